import { fieldsOf } from "@crossbill/columns";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { readWhole, sha256Hex } from "@crossbill/storage";
import { outputRefPath, writeOutput } from "@crossbill/tasks";
import { mergeHistories } from "./merge-histories.js";
import { type PassOptions, runPass } from "./passes.js";
import type { PlannedFile } from "./scan-files.js";
import { STEPS } from "./steps.js";

/** For each file, for each of its shards: what holds the histories of its rows. */
export type HistoryRefs = ReadonlyMap<PlannedFile, readonly v1.Ref[]>;

/**
 * The histories of the rows of `files` (all of the window, in order: what came before may stand in any of them): a task per shard says what its rows bring,
 * and they are merged here. Shards that were read before, under the same split, are not read again. Empty where the data have no histories.
 */
export async function readHistories(files: readonly PlannedFile[], options: Omit<PassOptions, "onShard">): Promise<HistoryRefs> {
  const { root, data } = options;
  const refs = new Map<PlannedFile, v1.Ref[]>();
  if (data.histories.length === 0) return refs;
  const names = new Set(data.histories.map(({ name }) => name));
  const columns = options.columns.filter((column) => !fieldsOf(column, options.columns).some((field) => names.has(field)));
  const shards = await runPass(STEPS.history, files, null, { ...options, columns, onShard: () => undefined });
  const rows: v1.HistoryRows[] = [];
  for (const { summary } of shards) rows.push(decodeMessage(v1.HistoryRows, await readOutput(root, summary.partial), summary.partial.uri));
  for (const [i, lists] of mergeHistories(data.histories, rows).entries()) {
    const bytes = encodeMessage(v1.HistoryLists, lists);
    const ref = await writeOutput(root, sha256Hex(bytes), "history.pb", bytes);
    const of = refs.get(shards[i]!.file) ?? [];
    of.push(ref);
    refs.set(shards[i]!.file, of);
  }
  return refs;
}

async function readOutput(root: string, ref: v1.Ref): Promise<Uint8Array> {
  const path = outputRefPath(root, ref);
  const bytes = await readWhole(path);
  if (sha256Hex(bytes) !== ref.sha256)
    throw new CrossbillError("E_CORRUPT", `${path}: not what the histories' pass wrote; run again with --fresh`, { details: { path } });
  return bytes;
}
