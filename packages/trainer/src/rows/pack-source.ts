import { openPack, type PackReader, type PackRows, verifyPack } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { outputRefPath } from "@crossbill/tasks";
import type { BlockSource, SourceRows } from "./block-source.js";
import type { PlannedPack } from "./plan.js";

/** Bytes for a record batch where nothing else is said: more are taken where one is larger. */
const ROOM = 2 ** 20;

/**
 * A source over the packs of a work folder. One record batch is in memory at a time, in one buffer.
 * @param room that buffer, while it suffices; rows in it are read in place where it is kernel memory
 */
export function packSource(root: string, packs: readonly PlannedPack[], room: Uint8Array = new Uint8Array(ROOM)): BlockSource {
  const readers = new Map<number, PackReader>();
  let opened: PackReader | undefined;
  const pathOf = (index: number): string => outputRefPath(root, packs[index]!);
  const readerOf = async (index: number): Promise<PackReader> => {
    const reader = readers.get(index) ?? (await openPack(pathOf(index), undefined, room));
    readers.set(index, reader);
    return reader;
  };
  return {
    async verify(index) {
      const pack = packs[index]!;
      await verifyPack(pathOf(index), pack);
      const { rows } = await readerOf(index);
      if (rows !== pack.rows)
        throw new CrossbillError("E_CORRUPT", `${pack.uri}: ${rows} rows where the manifest says ${pack.rows}; ingest again with --fresh`);
    },
    async open(index) {
      opened?.forget();
      opened = await readerOf(index);
    },
    async read(from, to) {
      return rowsOf(opened!, await opened!.read(from, to));
    },
  };
}

function rowsOf({ path }: PackReader, { rows, label, labels, weight, ids, numbers, pairs }: PackRows): SourceRows {
  const column = <T>(map: ReadonlyMap<string, T>, name: string): T => {
    const values = map.get(name);
    if (values === undefined)
      throw new CrossbillError("E_CORRUPT", `${path}: there is no column ${name}; packs and state do not belong together; ingest again`);
    return values;
  };
  return { rows, label, labels, weight, ids: (name) => column(ids, name), numbers: (name) => column(numbers, name), pairs: (name) => column(pairs, name) };
}
