import { type PackReader, readPack } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { readWholeInto, sha256Hex } from "@crossbill/storage";
import { outputRefPath } from "@crossbill/tasks";
import type { BlockSource, SourceRows } from "./block-source.js";
import type { PlannedPack } from "./plan.js";

/** A source over the packs of a work folder. One pack is in memory at a time, in one buffer. */
export function packSource(root: string, packs: readonly PlannedPack[]): BlockSource {
  let reader: PackReader | undefined;
  let room = new Uint8Array(0);
  const fill = async (path: string): Promise<Uint8Array> => {
    reader = undefined;
    const bytes = await readWholeInto(path, room);
    if (bytes.buffer !== room.buffer) room = bytes;
    return bytes;
  };
  return {
    async verify(index) {
      const pack = packs[index]!;
      const path = outputRefPath(root, pack);
      const bytes = await fill(path);
      if (bytes.length !== pack.length || sha256Hex(bytes) !== pack.sha256)
        throw new CrossbillError("E_CORRUPT", `${path}: not the pack of ${pack.length} bytes with SHA-256 ${pack.sha256}; ingest again with --fresh`, {
          details: { path },
        });
      const { rows } = await readPack(path, bytes);
      if (rows !== pack.rows)
        throw new CrossbillError("E_CORRUPT", `${pack.uri}: ${rows} rows where the manifest says ${pack.rows}; ingest again with --fresh`);
    },
    async open(index) {
      const path = outputRefPath(root, packs[index]!);
      reader = await readPack(path, await fill(path));
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
