import { openPack, type PackReader, type PackRows, verifyPack } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { outputRefPath } from "@crossbill/tasks";
import type { BlockSource, SourceRows } from "./block-source.js";
import type { PlannedPack } from "./plan.js";

/** Bytes for a record batch: more are taken where one is larger. */
const ROOM = 2 ** 20;

/** A source over the packs of a work folder. One record batch is in memory at a time, in one buffer. */
export function packSource(root: string, packs: readonly PlannedPack[]): BlockSource {
  let opened: PackReader | undefined;
  const room = new Uint8Array(ROOM);
  const pathOf = (index: number): string => outputRefPath(root, packs[index]!);
  return {
    async verify(index) {
      const pack = packs[index]!;
      const path = pathOf(index);
      await verifyPack(path, pack);
      const { rows } = await openPack(path);
      if (rows !== pack.rows)
        throw new CrossbillError("E_CORRUPT", `${pack.uri}: ${rows} rows where the manifest says ${pack.rows}; ingest again with --fresh`);
    },
    async open(index) {
      opened = await openPack(pathOf(index), undefined, room);
    },
    async read(from, to) {
      return rowsOf(opened!, await opened!.read(from, to));
    },
  };
}

function rowsOf({ path }: PackReader, { rows, label, weight, ids, numbers, pairs }: PackRows): SourceRows {
  const column = <T>(map: ReadonlyMap<string, T>, name: string): T => {
    const values = map.get(name);
    if (values === undefined)
      throw new CrossbillError("E_CORRUPT", `${path}: there is no column ${name}; packs and state do not belong together; ingest again`);
    return values;
  };
  return { rows, label, weight, ids: (name) => column(ids, name), numbers: (name) => column(numbers, name), pairs: (name) => column(pairs, name) };
}
