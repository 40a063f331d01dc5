import { appendFit, finishFit } from "@crossbill/columns";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { type Executor, makeTask, runCached, runInOrder } from "@crossbill/tasks";
import { PartialFold } from "./fold-partials.js";
import type { ProfileFold } from "./fold-profiles.js";
import { HeldState } from "./held-state.js";
import { rowSpec } from "./manifest.js";
import type { Shard } from "./plan-file.js";
import type { HistoryRefs } from "./read-histories.js";
import { type PlannedFile, shardRefs } from "./scan-files.js";
import type { SplitCut } from "./split-cut.js";
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
  /** Of files of train, when the data are split by order or time: where their rows are cut, and the cut under which the state has learned from them already. */
  readonly cuts?: ReadonlyMap<PlannedFile, { readonly cut: SplitCut; readonly counted?: SplitCut | undefined }>;
  /** What holds the histories of each shard's rows; absent while they are made. */
  readonly histories?: HistoryRefs;
  /** Do not take earlier results. */
  readonly fresh: boolean;
  readonly signal?: AbortSignal;
  /** Called as shards are done. */
  readonly onShard: (event: { bytes: number; rows: number }) => void;
  /** Called with each result as it comes, in any order: to begin early with what follows. */
  readonly onSummary?: (index: number, summary: v1.ShardSummary) => void;
  /** Of a pass that encodes: takes the profiles of these files as they come. */
  readonly profiles?: { readonly fold: ProfileFold; readonly of: ReadonlySet<PlannedFile> };
}

/** What a pass made of one shard. */
export interface ShardResult {
  readonly file: PlannedFile;
  /** Index of the shard in its file. */
  readonly shard: number;
  readonly summary: v1.ShardSummary;
}

/** The result of one shard's task. */
export interface ShardTaskResult {
  readonly file: PlannedFile;
  /** Index of the shard in its file. */
  readonly index: number;
  readonly result: v1.Result;
}

/** Runs a task for each shard of `files`, in order; `last`: an input behind the shards' own. */
export async function runShards(
  step: string,
  files: readonly PlannedFile[],
  last: v1.Ref | null,
  options: PassOptions,
  onDone: (done: { result: v1.Result; index: number; shard: Shard; file: PlannedFile }) => void = () => undefined,
): Promise<ShardTaskResult[]> {
  const { root, build, executor, signal } = options;
  const unread = files.find(({ plan }) => plan.rows > 0 && plan.shards.length === 0);
  if (unread !== undefined)
    throw new CrossbillError(
      "E_FORMAT",
      `${unread.path}: step ${step} does not read files of format ${JSON.stringify(options.data.format)}; convert them to CSV for it`,
      {
        exitCode: 2,
      },
    );
  const jobs = files.flatMap((file) => file.plan.shards.map((shard, index) => ({ file, shard, index })));
  const tasks: v1.Task[] = [];
  const names = options.histories === undefined ? [] : options.data.histories.map(({ name }) => name);
  for (const { file, shard, index } of jobs) {
    const { cut, counted } = options.cuts?.get(file) ?? {};
    const params = v1.ShardParams.create({
      data: rowSpec(options.data),
      columns: [...options.columns],
      fields: [...file.head.fields, ...names],
      role: file.source.role,
      offset: shard.range.offset,
      start: shard.start,
      end: shard.end,
      firstRow: shard.firstRow,
      firstLine: shard.firstLine,
      checksum: shard.checksum,
      ...(options.foreign === undefined ? {} : { foreign: options.foreign }),
      ...(cut === undefined ? {} : { cut: v1.SplitCut.create(cut) }),
      ...(counted === undefined || step === STEPS.encode ? {} : { counted: v1.SplitCut.create(counted) }),
    });
    const history = options.histories?.get(file)?.[index];
    const table = file.tables?.[index];
    const inputs = [...(table === undefined ? await shardRefs(file.path, shard) : [table]), ...(history === undefined ? [] : [history])];
    tasks.push(makeTask({ step, params: encodeMessage(v1.ShardParams, params), inputs: last === null ? inputs : [...inputs, last], build }));
  }
  const run = {
    ...(signal === undefined ? {} : { signal }),
    onDone: ({ result, index }: { result: v1.Result; index: number }): void => {
      if (result.error == null) onDone({ result, index, shard: jobs[index]!.shard, file: jobs[index]!.file });
    },
  };
  const results = options.fresh ? await runInOrder(executor, tasks, run) : (await runCached(executor, tasks, { ...run, root })).results;
  return results.map((result, i) => ({ file: jobs[i]!.file, index: jobs[i]!.index, result }));
}

/** Runs one pass over all shards of `files`, in order; `last`: an input behind the shards' own. */
export async function runPass(step: string, files: readonly PlannedFile[], last: v1.Ref | null, options: PassOptions): Promise<ShardResult[]> {
  const results = await runShards(step, files, last, options, ({ result, index, shard, file }) => {
    const summary = summaryOf(result);
    options.onShard({ bytes: shard.end - shard.start, rows: summary.rowsRead });
    options.onSummary?.(index, summary);
    options.profiles?.fold.take(index, options.profiles.of.has(file) ? summary : null);
  });
  return results.map(({ file, index, result }) => ({ file, shard: index, summary: summaryOf(result) }));
}

function summaryOf(result: v1.Result): v1.ShardSummary {
  return decodeMessage(v1.ShardSummary, result.summary, `result of task ${result.key}`);
}

/**
 * Pass 1: what the training rows of `files` teach. null when there is no training row.
 * @param step `STEPS.fit`, or `STEPS.both` for both passes at once (the files of train come first)
 */
export async function fitPass(
  step: string,
  files: readonly PlannedFile[],
  options: PassOptions,
): Promise<{ partial: v1.FeaturePartial | null; shards: ShardResult[] }> {
  const folding = new PartialFold(options.root);
  try {
    const shards = await runPass(step, files, null, { ...options, onSummary: (index, summary) => folding.take(index, summary.partial ?? null) });
    const trainRows = shards.reduce((sum, { summary }) => sum + summary.trainRows, 0);
    const partial = await folding.finish(async () => options.executor.rest?.());
    return { partial: trainRows === 0 ? null : partial, shards };
  } finally {
    await folding.settle();
  }
}

/** Yesterday's state grown by what was fitted, or a state of its own. The partial, which may be as large, is let go. */
export async function learn(
  root: string,
  yesterday: v1.FeatureState | null,
  columns: readonly v1.ColumnSpec[],
  fitted: { partial: v1.FeaturePartial | null },
): Promise<HeldState> {
  return HeldState.of(root, nextState(yesterday, columns, fitted));
}

function nextState(yesterday: v1.FeatureState | null, columns: readonly v1.ColumnSpec[], fitted: { partial: v1.FeaturePartial | null }): v1.FeatureState {
  const { partial } = fitted;
  fitted.partial = null;
  if (partial === null) return yesterday!;
  return yesterday === null ? finishFit(columns, partial) : appendFit(yesterday, partial);
}

/** Pass 2: packs of all rows of `files` under the state that `state` holds for encoding. */
export async function encodePass(files: readonly PlannedFile[], state: v1.Ref, options: PassOptions): Promise<ShardResult[]> {
  return runPass(STEPS.encode, files, state, options);
}
