import { appendFit, finishFit, mergePartials } from "@crossbill/columns";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { TreeFold } from "@crossbill/numerics";
import { readWhole, sha256Hex } from "@crossbill/storage";
import { type Executor, makeTask, refPath, runCached, runInOrder, writeOutput } from "@crossbill/tasks";
import { rowSpec } from "./manifest.js";
import { type PlannedFile, shardRefs } from "./scan-files.js";
import { STEPS } from "./steps.js";

/** What both passes need. */
export interface PassOptions {
  readonly root: string;
  readonly build: string;
  readonly data: v1.DataSpec;
  readonly columns: readonly v1.ColumnSpec[];
  readonly executor: Executor;
  /** Of another model, for packs of the same rows in its terms. */
  readonly foreign?: v1.ForeignColumns;
  /** Do not take earlier results. */
  readonly fresh: boolean;
  readonly signal?: AbortSignal;
  /** Called as shards are done. */
  readonly onShard: (event: { bytes: number; rows: number }) => void;
}

/** What a pass made of one shard. */
export interface ShardResult {
  readonly file: PlannedFile;
  /** Index of the shard in its file. */
  readonly shard: number;
  readonly summary: v1.ShardSummary;
}

/** Runs one pass over all shards of `files`, in order; `last`: an input behind the shards' own. */
export async function runPass(step: string, files: readonly PlannedFile[], last: v1.Ref | null, options: PassOptions): Promise<ShardResult[]> {
  const { root, build, executor, signal } = options;
  const jobs = files.flatMap((file) => file.plan.shards.map((shard, index) => ({ file, shard, index })));
  const tasks: v1.Task[] = [];
  for (const { file, shard } of jobs) {
    const params = v1.ShardParams.create({
      data: rowSpec(options.data),
      columns: [...options.columns],
      fields: [...file.head.fields],
      role: file.source.role,
      offset: shard.range.offset,
      start: shard.start,
      end: shard.end,
      firstRow: shard.firstRow,
      firstLine: shard.firstLine,
      ...(options.foreign === undefined ? {} : { foreign: options.foreign }),
    });
    const inputs = await shardRefs(file.source.path, shard);
    tasks.push(makeTask({ step, params: encodeMessage(v1.ShardParams, params), inputs: last === null ? inputs : [...inputs, last], build }));
  }
  const run = {
    ...(signal === undefined ? {} : { signal }),
    onDone: ({ result, index }: { result: v1.Result; index: number }): void => {
      const { shard } = jobs[index]!;
      if (result.error == null) options.onShard({ bytes: shard.end - shard.start, rows: summaryOf(result).rowsRead });
    },
  };
  const results = options.fresh ? await runInOrder(executor, tasks, run) : (await runCached(executor, tasks, { ...run, root })).results;
  return results.map((result, i) => ({ file: jobs[i]!.file, shard: jobs[i]!.index, summary: summaryOf(result) }));
}

function summaryOf(result: v1.Result): v1.ShardSummary {
  return decodeMessage(v1.ShardSummary, result.summary, `result of task ${result.key}`);
}

/** Pass 1: what the training rows of `files` teach. null when there is no training row. */
export async function fitPass(files: readonly PlannedFile[], options: PassOptions): Promise<{ partial: v1.FeaturePartial | null; shards: ShardResult[] }> {
  const shards = await runPass(STEPS.fit, files, null, options);
  const fold = new TreeFold<v1.FeaturePartial>((a, b) => mergePartials(a, b));
  let trainRows = 0;
  for (const { summary } of shards) {
    trainRows += summary.trainRows;
    fold.push(decodeMessage(v1.FeaturePartial, await readVerified(options.root, summary.partial), summary.partial.uri));
  }
  return { partial: trainRows === 0 ? null : fold.finish(), shards };
}

/** Yesterday's state grown by a partial, or a state of its own. */
export function nextState(before: v1.FeatureState | null, columns: readonly v1.ColumnSpec[], partial: v1.FeaturePartial): v1.FeatureState {
  return before === null ? finishFit(columns, partial) : appendFit(before, partial);
}

/** Pass 2: packs of all rows of `files` under `state`. */
export async function encodePass(files: readonly PlannedFile[], state: v1.FeatureState, options: PassOptions): Promise<ShardResult[]> {
  const bytes = encodeMessage(v1.FeatureState, state);
  const ref = await writeOutput(options.root, sha256Hex(bytes), "state.pb", bytes);
  return runPass(STEPS.encode, files, ref, options);
}

async function readVerified(root: string, ref: v1.Ref): Promise<Uint8Array> {
  const path = refPath(root, ref);
  const bytes = await readWhole(path);
  if (sha256Hex(bytes) !== ref.sha256)
    throw new CrossbillError("E_CORRUPT", `${path}: not what the first pass wrote; run again with --fresh`, { details: { path } });
  return bytes;
}
