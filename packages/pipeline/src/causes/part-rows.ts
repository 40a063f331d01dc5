import { openPack, type PackRows } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import { outputRefPath, throwIfAborted } from "@crossbill/tasks";

const ROWS_AT_ONCE = 8192;

/** Gives rows of packs, about `most` of them: the first ones of each pack, in proportion to its rows. They are valid until the next ones. */
export async function eachRows(
  { root, signal }: { readonly root: string; readonly signal: AbortSignal },
  packs: readonly v1.Pack[],
  most: number,
  take: (rows: PackRows) => void,
): Promise<void> {
  const all = packs.reduce((sum, pack) => sum + pack.rows, 0);
  for (const { file, rows } of packs) {
    const ref = v1.Ref.create(file ?? {});
    const pack = await openPack(outputRefPath(root, ref), ref);
    const end = Math.min(pack.rows, Math.ceil((most * rows) / Math.max(all, most)));
    for (let from = 0; from < end; from += ROWS_AT_ONCE) {
      throwIfAborted(signal);
      take(await pack.read(from, Math.min(end, from + ROWS_AT_ONCE)));
    }
  }
}
