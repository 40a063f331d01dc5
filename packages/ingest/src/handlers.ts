import { ColumnReader } from "@crossbill/columns";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { type AtomicWriter, readWhole, sha256Hex } from "@crossbill/storage";
import { type Handler, openOutput, outputUri, refOf, type TaskContext, writeOutput } from "@crossbill/tasks";
import { ShardAudit } from "./audit/audit-shard.js";
import { type EncoderSession, type StateSource, withEncoder } from "./encoder-session.js";
import { formatOf } from "./formats.js";
import { HistoryCollector } from "./history-rows.js";
import { Outliers } from "./outliers.js";
import { PackBuilder, type PackInput } from "./pack-builder.js";
import { layoutOf } from "./pack-layout.js";
import { Profiler } from "./profile/profiler.js";
import { REJECTED } from "./row-rules.js";
import { withRuntime } from "./runtime.js";
import { encodeFields, fitFields, historyFields, type RowBatch, ShardRows } from "./shard-rows.js";
import { SliceTexts } from "./slice-texts.js";
import { spoolWork } from "./spool-work.js";
import { STEPS } from "./steps.js";
import { convertHandler } from "./tables/table-task.js";
import { countTimes } from "./time-counts.js";
import { TrainFitter } from "./train-fitter.js";

const PART_FILES = new Map([
  [v1.Part.TRAIN, "train.arrow"],
  [v1.Part.VALIDATION, "validation.arrow"],
  [v1.Part.TEST, "test.arrow"],
]);

const scan: Handler = (task, context) =>
  withRuntime(async (runtime) => {
    const params = decodeMessage(v1.ScanParams, task.params, "parameters of ingest.scan");
    const found = await formatOf(params.format).scan(params, runtime, () => context.beat());
    return { outputs: [], summary: encodeMessage(v1.TextScan, found) };
  });

/** For a split by time: the times of one shard's rows. Inputs: the shard's. */
const times: Handler = (task, context) =>
  withRuntime(async (runtime) => {
    const params = decodeMessage(v1.ShardParams, task.params, "parameters of ingest.times");
    const field = params.data.split?.time?.field ?? "";
    const text = await formatOf(params.data.format).open(runtime, params, shardInputs(task.inputs, context), new Set([field]));
    return { outputs: [], summary: encodeMessage(v1.TimeCounts, await countTimes(text, params.fields.indexOf(field), () => context.beat())) };
  });
/** Plain local bytes of a source. */
const spool: Handler = async (task, context) => {
  const found = await spoolWork(decodeMessage(v1.SpoolParams, task.params, "parameters of ingest.spool"), () => context.beat());
  return { outputs: [], summary: encodeMessage(v1.SpoolResult, found) };
};

/** What the rows of one shard bring to histories. Inputs: the shard's. */
const history: Handler = (task, context) =>
  withRuntime(async (runtime) => {
    const params = decodeMessage(v1.ShardParams, task.params, "parameters of ingest.history");
    // The rows as they are: histories are what becomes of them.
    const plain = v1.ShardParams.create(params);
    plain.data = v1.DataSpec.create(params.data);
    plain.data.histories = [];
    const reader = new ColumnReader(params.columns, params.fields, runtime);
    const rows = await ShardRows.open(runtime, plain, shardInputs(task.inputs, context), reader, historyFields(params));
    const collector = new HistoryCollector(params.data.histories);
    for (let batch = await rows.next(); batch !== null; batch = await rows.next()) {
      collector.add(batch);
      context.beat();
    }
    const partial = await writeOutput(context.root, task.key, "history.pb", encodeMessage(v1.HistoryRows, collector.message()));
    return finish(rows, { partial, packs: [] }, null);
  });

/** Pass 1: what the columns learn from the training rows of one shard. Inputs: the shard's. */
const fit: Handler = (task, context) =>
  withRuntime(async (runtime) => {
    const params = decodeMessage(v1.ShardParams, task.params, "parameters of ingest.fit");
    const reader = new ColumnReader(params.columns, params.fields, runtime);
    const rows = await ShardRows.open(runtime, params, shardInputs(task.inputs, context), reader, fitFields(params));
    const fitter = new TrainFitter(reader, rows, params);
    const rejectsFile = await readAll(rows, task, context, (batch) => fitter.update(batch));
    return finish(rows, { ...(await fitter.write(task, context)), packs: [] }, rejectsFile);
  });

/** Pass 2: the packs of one shard. Inputs: the shard's, and last the FeatureState. */
const encode: Handler = (task, context) => {
  const ref = task.inputs.at(-1)!;
  return encodeShard(task, context, { inputs: task.inputs.slice(0, -1), key: ref.sha256, read: () => readState(ref, context) });
};

/** Both passes at once, for columns that encode alike under every state: a shard of train gives its partial too. Inputs: the shard's. */
const both: Handler = (task, context) =>
  encodeShard(task, context, {
    inputs: task.inputs,
    key: "",
    read: ({ columns }) => Promise.resolve(v1.FeatureState.create({ columns })),
    fits: true,
  });

interface EncodeSource extends StateSource {
  /** The shard's. */
  readonly inputs: readonly v1.Ref[];
  readonly fits?: true;
}

function encodeShard(task: v1.Task, context: TaskContext, source: EncodeSource): ReturnType<Handler> {
  return withEncoder(task, source, async (given) => {
    const { runtime, params } = given;
    const parts = params.foreign == null ? [...PART_FILES.keys()] : [params.foreign.part ?? v1.Part.TRAIN];
    const opener = (part: v1.Part) => () => openOutput(context.root, task.key, PART_FILES.get(part)!);
    const builders = new Map(parts.map((part) => [part, new PackBuilder(runtime, layoutOf(params, part), task.build, opener(part))]));
    try {
      return await encodeTo(builders, task, context, source, given);
    } catch (thrown) {
      for (const builder of builders.values()) await builder.abort();
      throw thrown;
    }
  });
}

async function encodeTo(
  builders: ReadonlyMap<v1.Part, PackBuilder>,
  task: v1.Task,
  context: TaskContext,
  source: EncodeSource,
  { runtime, params, reader, judge, encoder, state }: EncoderSession & { readonly params: v1.ShardParams },
): ReturnType<Handler> {
  const outliers = new Outliers(params.columns, params.foreign == null ? state : v1.FeatureState.create({ states: params.foreign.own ?? [] }));
  const rows = await ShardRows.open(runtime, params, shardInputs(source.inputs, context), judge, encodeFields(params), outliers);
  const fitter = source.fits === true && params.role === v1.Part.TRAIN ? new TrainFitter(reader, rows, params) : null;
  const selected = new Uint32Array(8192);
  const profiler = params.foreign == null && params.role === v1.Part.TRAIN ? new Profiler(runtime, reader, params) : null;
  const keep = new Uint8Array(8192);
  const texts = new SliceTexts(params, state);
  const rejectsFile = await readAll(rows, task, context, async (batch) => {
    fitter?.update(batch);
    const encoded = encoder.encodeInPlace(judge === reader ? batch.prepared : reader.prepare(batch.text));
    const input: PackInput = {
      label: batch.judged.label,
      labels: batch.judged.labels,
      weight: batch.judged.weight,
      ids: encoded.ids,
      numbers: encoded.numbers,
      pairs: encoded.pairs,
      ...texts.of(batch, encoded, runtime),
    };
    if (profiler !== null) {
      for (let r = 0; r < batch.prepared.rows; r++) keep[r] = batch.judged.parts[r] === REJECTED ? 0 : 1;
      profiler.update(batch.prepared, encoded, batch.text, keep, batch.judged);
    }
    for (const [part, builder] of builders) {
      let n = 0;
      for (let r = 0; r < batch.prepared.rows; r++) if (batch.judged.parts[r] === part) selected[n++] = r;
      if (n > 0) await builder.add(input, selected.subarray(0, n));
    }
  });
  // The disk takes its time for each file: they wait together, while the rest is made.
  const finishing = [...builders].map(async ([part, builder]) => ({ part, builder, written: await builder.finish() }));
  const profiling = profiler === null ? null : writeOutput(context.root, task.key, "profile.pb", encodeMessage(v1.DataProfile, profiler.profile()));
  const learning = fitter === null ? { trainRows: builders.get(v1.Part.TRAIN)?.rows ?? 0 } : fitter.write(task, context);
  const [profile, learned, ...finished] = await settled([profiling, learning, ...finishing] as const);
  context.beat();
  const packs = finished.flatMap(({ part, builder, written }): v1.Pack.$Properties[] => {
    if (written === null) return [];
    const { rows: packed, weight, positiveWeight, chunkPairs } = builder;
    return [{ file: refOf(outputUri(task.key, PART_FILES.get(part)!), written), part, rows: packed, weight, positiveWeight, chunkPairs }];
  });
  return finish(rows, { packs, outliers: outliers.counts(), ...(profile === null ? {} : { profile }), ...learned }, rejectsFile);
}

/** What all of them give, once none is under way any more. @throws what the first of them in order threw */
async function settled<T extends readonly unknown[]>(all: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(all);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

/** The keys of columns that hash. Inputs: the shard's, and last an AuditRequest. */
const audit: Handler = async (task, context) => {
  const ref = task.inputs.at(-1)!;
  const request = await readRequest(ref, context);
  return withEncoder(task, { key: ref.sha256, read: () => Promise.resolve(request.state!) }, async ({ runtime, params, reader, encoder, state }) => {
    const rows = await ShardRows.open(
      runtime,
      params,
      shardInputs(task.inputs.slice(0, -1), context),
      reader,
      encodeFields(params),
      new Outliers(params.columns, state),
    );
    const keys = new ShardAudit(runtime, params, request.wanted);
    for (let batch = await rows.next(); batch !== null; batch = await rows.next()) {
      keys.update(batch, encoder.encodeInPlace(batch.prepared));
      context.beat();
    }
    const output = await writeOutput(context.root, task.key, "keys.pb", encodeMessage(v1.AuditPartial, keys.partial()));
    return { outputs: [output], summary: new Uint8Array(0) };
  });
};

/** Handlers of the executor's threads. */
export const handlers: Readonly<Record<string, Handler>> = {
  [STEPS.scan]: scan,
  [STEPS.table]: convertHandler,
  [STEPS.times]: times,
  [STEPS.history]: history,
  [STEPS.spool]: spool,
  [STEPS.fit]: fit,
  [STEPS.encode]: encode,
  [STEPS.both]: both,
  [STEPS.audit]: audit,
};

/** Runs `take` over every batch; writes the rejected rows to an output, if there are any. */
async function readAll(rows: ShardRows, task: v1.Task, context: TaskContext, take: (batch: RowBatch) => Promise<void> | void): Promise<v1.Ref | null> {
  const name = "rejects.jsonl";
  let rejects: AtomicWriter | null = null;
  try {
    for (let batch = await rows.next(); batch !== null; batch = await rows.next()) {
      await take(batch);
      context.beat();
      if (batch.rejectLines === "") continue;
      rejects ??= await openOutput(context.root, task.key, name);
      await rejects.write(Buffer.from(batch.rejectLines));
    }
    return rejects === null ? null : refOf(outputUri(task.key, name), await rejects.commit());
  } catch (thrown) {
    await rejects?.abort();
    throw thrown;
  }
}

function finish(
  rows: ShardRows,
  made: Pick<v1.ShardSummary.$Properties, "packs" | "partial" | "profile" | "trainRows" | "outliers" | "classes">,
  rejectsFile: v1.Ref | null,
): { outputs: v1.Ref[]; summary: Uint8Array } {
  const summary = v1.ShardSummary.create({
    ...made,
    rowsRead: rows.rowsRead,
    rowsRejected: rows.rowsRejected,
    rejects: rows.rejects(),
    ...(rejectsFile === null ? {} : { rejectsFile }),
  });
  const outputs = [...summary.packs.map((pack) => pack.file), summary.partial, summary.profile, summary.rejectsFile].filter((ref) => ref != null);
  return { outputs, summary: encodeMessage(v1.ShardSummary, summary) };
}

function shardInputs(inputs: readonly v1.Ref[], context: TaskContext) {
  return inputs.map((ref) => ({ path: context.inputPath(ref), offset: ref.offset, length: ref.length, sha256: ref.sha256 }));
}

async function readState(ref: v1.Ref, context: TaskContext): Promise<v1.FeatureState> {
  const path = context.inputPath(ref);
  const bytes = await readWhole(path);
  if (sha256Hex(bytes) !== ref.sha256)
    throw new CrossbillError("E_CORRUPT", `${path}: not the FeatureState that was written; run again with --fresh`, { details: { path } });
  return decodeMessage(v1.FeatureState, bytes, path);
}

async function readRequest(ref: v1.Ref, context: TaskContext): Promise<v1.AuditRequest> {
  const path = context.inputPath(ref);
  return decodeMessage(v1.AuditRequest, await readWhole(path), path);
}
