import { openPack, type PackReader } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { outputRefPath } from "@crossbill/tasks";
import type { BlockSource, SourceRows } from "./block-source.js";
import type { PlannedPack } from "./plan.js";

/** A source over the packs of a work folder. */
export function packSource(root: string, packs: readonly PlannedPack[]): BlockSource {
  let reader: PackReader | undefined;
  return {
    async verify(index) {
      const pack = packs[index]!;
      const { rows } = await openPack(outputRefPath(root, pack), pack);
      if (rows !== pack.rows)
        throw new CrossbillError("E_CORRUPT", `${pack.uri}: ${rows} rows where the manifest says ${pack.rows}; ingest again with --fresh`);
    },
    async open(index) {
      reader = undefined;
      reader = await openPack(outputRefPath(root, packs[index]!));
    },
    read(from, to): SourceRows {
      const opened = reader as PackReader;
      const { rows, label, weight, ids, numbers, pairs } = opened.read(from, to);
      const column = <T>(map: ReadonlyMap<string, T>, name: string): T => {
        const values = map.get(name);
        if (values === undefined)
          throw new CrossbillError("E_CORRUPT", `${opened.path}: there is no column ${name}; packs and state do not belong together; ingest again`);
        return values;
      };
      return { rows, label, weight, ids: (name) => column(ids, name), numbers: (name) => column(numbers, name), pairs: (name) => column(pairs, name) };
    },
  };
}
