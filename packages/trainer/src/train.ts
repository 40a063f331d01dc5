import { createKernelMemory, instantiateKernels, kernelModule } from "@crossbill/kernels";
import { CrossbillError, HEAD_NAMES, isOfClasses, v1 } from "@crossbill/messages";
import type { Placement } from "@crossbill/models";
import { coreBudget, runGang } from "@crossbill/tasks";
import { type LoadedCheckpoint, readCheckpoint, sweep } from "./checkpoint.js";
import type { SamplingOptions } from "./class-sampler.js";
import { classFactors } from "./class-weights.js";
import { type ClipOptions, clipGroups } from "./clip.js";
import { squaredOnBinary } from "./diagnostics.js";
import { trainExact } from "./exact/train-exact.js";
import { heapOf } from "./heap.js";
import { denseFeatures, type Inputs, inputsOf, withLabels } from "./inputs.js";
import { type Layout, layoutOf, planLayout } from "./layout.js";
import { blockBounds } from "./loader.js";
import { largestShape } from "./needs.js";
import type { Observation } from "./observation.js";
import { makeOptimizers } from "./optimizer.js";
import { initializeState, needsTouched, type OptimizerOptions, type Penalties, stateWords } from "./optimizer-options.js";
import { atLeastZero, clipOf, optimizerOf, positiveInteger } from "./options.js";
import { batchBytes, type TrainPlan } from "./plan.js";
import { ABORT_INT, PHASES, Progress, type TrainData, type TrainResult } from "./protocol.js";
import { isRetried } from "./retry.js";
import { unpackState } from "./sparse-state.js";
import type { OnlineHead } from "./stepper.js";
import { initialState, type TrainState } from "./train-state.js";
import { trainingKey } from "./training-key.js";
import { sourceOf, type UsedRows, usedRows } from "./used-rows.js";
import { type ValidationMetric, validationMetric } from "./validation-metric.js";
import { startState } from "./warm-start.js";

/** Where training stands; for people. */
export interface TrainProgress {
  readonly phase: (typeof PHASES)[number];
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  /** Training rows processed by this run. */
  readonly rows: number;
  /** Progressive loss of this epoch; NaN before the first block. */
  readonly loss: number;
  readonly rowsPerSecond: number;
}

/** Weights of an earlier training that this one starts from. */
export interface InitialWeights {
  /** f64[outputs][F], features as placed now. */
  readonly weights: Float64Array;
  /** f64[outputs] */
  readonly intercepts: Float64Array;
  /** SHA-256 of what they are from: part of the training key. */
  readonly sha256: string;
  /** Of an online optimiser, as {@link TrainOutcome} has it. */
  readonly optimizerState?: Uint8Array;
  /** Weight of all examples behind that state; see {@link TrainOutcome}. */
  readonly seen?: number;
}

export interface TrainOptions {
  /** Work folder: packs are read below it, checkpoints written to `<root>/train`. */
  readonly root: string;
  /** Checkpoints go to `<this>/train` instead: each of several trainings at once needs a folder of its own. */
  readonly checkpointRoot?: string;
  readonly specs: { readonly model: v1.ModelSpec; readonly train: v1.TrainSpec };
  readonly manifest: v1.IngestManifest;
  readonly placement: Placement;
  /** Threads (W). They change the speed, never a bit of the result. */
  readonly workers: number;
  /** Ceiling for state and blocks together; with less than the blocks need they are loaded again and again. Changes the speed only. */
  readonly memoryBytes: number;
  /** Identifies this version of the program: part of the training key. */
  readonly build: string;
  /** Where to start; without it from zero. The exact solver's optimum does not depend on it, but for the last digits. */
  readonly initial?: InitialWeights;
  /** Start over: checkpoints and a finished result are ignored. */
  readonly fresh?: boolean;
  /** Aborting it writes a checkpoint and ends with E_ABORTED. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
}

export interface TrainOutcome {
  /** f32[F] of the online optimisers, f64[F] of the exact solver, by feature as placed; of several classes f64[outputs][F], classes as the manifest names them (see `outputsOf` of `@crossbill/models`). */
  readonly weights: Float32Array | Float64Array;
  /** Of several classes 0: their intercepts stand below. */
  readonly intercept: number;
  /** f64[outputs]; of the other heads the intercept alone. */
  readonly intercepts: Float64Array;
  /** Of the training, however often it was interrupted: they go into the model's files. */
  readonly metrics: v1.TrainMetrics;
  /** Little-endian float32, at the kept step with all penalties applied, for each feature and the intercept last: {z, n} (FTRL), {w, G} (Adagrad), {w} (SGD), {w, v} (momentum), {w, s} (RMSProp), {w, m, v, n} (Adam); of several classes one after the other. A view of the memory of the run, which lives as long. Empty: the exact solver has none. */
  readonly optimizerState: Uint8Array;
  /** Weight of all examples behind that state, those of earlier trainings that it was kept from included. */
  readonly seen: number;
  /** SHA-256 of build, specs, placement, packs and start. */
  readonly key: string;
  readonly resumedFromStep: number;
  /** Training rows that this run processed: fewer than all when it went on from a checkpoint, 0 when it was finished before. */
  readonly rowsProcessed: number;
  /** Training rows a second of this run, without loading, evaluations and checkpoints; 0 when it was finished before. */
  readonly rowsPerSecond: number;
  /** What the user should know: a damaged checkpoint that was not used, a lost worker. */
  readonly warnings: readonly string[];
}

/** What tests and benches may replace. */
export interface TrainSeams {
  readonly gangModule?: URL | string;
  readonly source?: TrainData["source"];
  readonly plan?: TrainPlan;
  readonly inputs?: Inputs;
  /** Exact solver: entries of the matrix for each worker. */
  readonly entriesPerWorker?: number;
}

/** Of a member, for a record batch in the shared memory. */
const MOST_ROOM = 2 ** 24;
const POLL_MS = 50;
/** What ranking a validation row takes beside the shared memory: sort keys, order, distinct scores with their weights. */
const RANKING_BYTES = 80;
/** Validation rows that are ranked in a millisecond at least, on a busy machine: the others wait for it. */
const SLOW_RANKING = 100;
/** A lost worker is noticed after so long, and what a checkpoint of all state takes on a slow disk (bytes a millisecond): the others wait for it. */
const HANG_MS = 10_000;
const SLOW_DISK = 20_000;

/**
 * Trains a linear model on the manifest's TRAIN packs: with the optimiser `exact` see trainExact; with the others it validates on its VALIDATION packs, where there
 * are any, and then returns the weights of the best evaluation. The result depends on build, specs, placement and packs alone: not on workers, memory, interruptions or time. A run that was interrupted goes on
 * from its last checkpoint; one that is finished returns at once. After the loss of a worker (it threw, ended or hangs)
 * training goes on once from the last checkpoint (with `fresh` from the start).
 * @throws E_NO_ROWS; E_TRAIN_SPEC; E_DIVERGED naming step, epoch, pack and row; E_CORRUPT for damaged packs; E_MEMORY; E_ABORTED; the gang's errors
 */
export async function train(options: TrainOptions): Promise<TrainOutcome> {
  return trainWith(options, {});
}

export async function trainWith(options: TrainOptions, seams: TrainSeams): Promise<TrainOutcome> {
  if (options.specs.train.optimizer?.exact != null) return trainExact(options, seams);
  const run = await prepare(options, seams);
  const warnings: string[] = [];
  const checkpoints = options.checkpointRoot ?? options.root;
  await sweep(checkpoints);
  let start = options.fresh === true ? null : await resume(checkpoints, run, warnings);
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(options, seams, run, start, warnings);
    } catch (thrown) {
      if (!isRetried(thrown)) throw thrown;
      if (attempt > 0) throw givenUp(thrown);
      warnings.push(`training went on from its last checkpoint after: ${thrown.message}`);
      // A checkpoint found now may be older than this call, which `fresh` forbids to use.
      start = options.fresh === true ? null : await resume(checkpoints, run, warnings);
    }
  }
}

/** The error of the second attempt, saying that there was a first one and which worker was lost. */
function givenUp(thrown: CrossbillError): CrossbillError {
  const { code, details, exitCode } = thrown;
  const worker = typeof details["member"] === "number" ? `worker ${details["member"]}: ` : "";
  return new CrossbillError(code, `training lost a worker twice and ends; the same command goes on from the last checkpoint: ${worker}${thrown.message}`, {
    cause: thrown,
    details,
    exitCode,
  });
}

/** All of a run that does not change between attempts. */
interface Run {
  readonly key: string;
  readonly plan: TrainPlan;
  readonly used: UsedRows;
  readonly inputs: Inputs;
  readonly layout: Layout;
  /** null: from zero. */
  readonly initial: InitialWeights | null;
  readonly optimizer: OptimizerOptions;
  readonly penalties: Penalties;
  readonly clip: ClipOptions | null;
  readonly head: OnlineHead;
  /** Whether there are classes. */
  readonly several: boolean;
  /** Of logits, where classes are sampled; null: they are not. */
  readonly correction: "logExpectedCount" | "none" | null;
  readonly metric: ValidationMetric;
  readonly keepLast: boolean;
  readonly epochs: number;
  readonly workers: number;
}

const HEADS: ReadonlyMap<v1.Head, OnlineHead> = new Map([
  [v1.Head.LOGISTIC, "logistic"],
  [v1.Head.SQUARED, "squared"],
  [v1.Head.POISSON, "poisson"],
  [v1.Head.SOFTMAX, "softmax"],
  [v1.Head.ONE_VS_REST, "oneVsRest"],
  [v1.Head.SAMPLED_SOFTMAX, "sampledSoftmax"],
  [v1.Head.NCE, "nce"],
  [v1.Head.MULTI_LABEL, "multiLabel"],
]);

async function prepare(options: TrainOptions, seams: TrainSeams): Promise<Run> {
  const { specs, manifest, placement, build, initial, memoryBytes, workers: asked } = options;
  const { model, train: spec } = specs;
  const epochs = positiveInteger("train.epochs", spec.epochs);
  const batchSize = positiveInteger("train.batchSize", spec.batchSize);
  const penalties = { l1: atLeastZero("model.l1", model.l1), l2: atLeastZero("model.l2", model.l2) };
  const optimizer = optimizerOf(spec.optimizer);
  const clip = clipOf(spec.clip);
  const workers = coreBudget(asked);
  const head = HEADS.get(model.head);
  if (head === undefined)
    throw new CrossbillError("E_UNSUPPORTED", `model.head ${HEAD_NAMES[model.head]} is trained by the optimiser exact only: set train.optimizer to exact`, {
      exitCode: 2,
    });
  const outputs = isOfClasses(model.head) ? manifest.classes.length : 1;
  const used = await usedRows(options, seams.source ?? { kind: "packs" }, batchSize);
  const plan = seams.plan ?? used.plan;
  const inputs = withLabels(seams.inputs ?? inputsOf(placement), model.head, manifest);
  if (plan.trainRows === 0)
    throw new CrossbillError("E_NO_ROWS", "there are no training rows: every row was rejected or went to another part; check data.split and the rejects");
  const bounds = blockBounds(plan, inputs);
  const { metric, keepLast } = keptBy(spec, model.head);
  if (inputs.labels !== undefined && !metric.isLoss)
    throw new CrossbillError("E_TRAIN_SPEC", `the metric ${metric.name} is not defined where a label is a number for each class; allowed is loss`, {
      exitCode: 2,
    });
  const scoredRows = metric.score === "none" ? 0 : plan.validationRows;
  const layout = planLayout({
    parameters: inputs.features + 1,
    outputs,
    steps: epochs * plan.trainBlocks,
    largest: largestShape(plan, inputs),
    blocks: plan.blocks.length,
    allBlocksBytes: sumOf(bounds),
    members: workers,
    columnSizes: [...inputs.categorical, ...inputs.multi].map(({ size }) => size),
    roomBytes: seams.source === undefined ? Math.min(batchBytes(plan.packs), MOST_ROOM) : 0,
    scoredRows,
    touched: needsTouched(optimizer, penalties),
    keepsLast: plan.validationRows === 0 || keepLast,
    once: isUsedOnce(spec, plan, bounds, memoryBytes),
    words: stateWords(optimizer),
    clipGroups: clip === null ? null : clipGroups(clip, inputs).length,
    memoryBytes: memoryBytes - RANKING_BYTES * scoredRows,
  });
  return {
    key: trainingKey(build, model, spec, inputs, plan, manifest.classes, initial),
    initial: initial ?? null,
    plan,
    used,
    inputs,
    layout,
    optimizer,
    penalties,
    clip,
    head: head === "softmax" && inputs.labels !== undefined ? "softSoftmax" : head,
    several: isOfClasses(model.head),
    correction: head !== "sampledSoftmax" && head !== "nce" ? null : model.samples < outputs ? "logExpectedCount" : "none",
    metric,
    keepLast,
    epochs,
    workers,
  };
}

/** Whether every block is used once; shuffled ones that memory does not hold are rather read in as few rounds as possible. */
function isUsedOnce(spec: v1.TrainSpec, { validationRows }: TrainPlan, bounds: readonly number[], memoryBytes: number): boolean {
  if (spec.epochs > 1 || (spec.evaluateEverySteps > 0 && validationRows > 0)) return false;
  return !spec.shuffle || sumOf(bounds) <= memoryBytes;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0);
}

async function resume(root: string, run: Run, warnings: string[]): Promise<LoadedCheckpoint | null> {
  const { checkpoint, warnings: found } = await readCheckpoint(root, run.key);
  warnings.push(...found);
  return checkpoint;
}

async function once(options: TrainOptions, seams: TrainSeams, run: Run, start: LoadedCheckpoint | null, warnings: readonly string[]): Promise<TrainOutcome> {
  const { layout, plan, inputs } = run;
  const memory = createKernelMemory(layout.bytes);
  const state = start?.state ?? initialState(seenBefore(run));
  state.clock = fill(memory, run, start);
  let result: TrainResult = { state, aborted: false, rows: 0, seconds: 0 };
  if (!state.finished) {
    if (options.signal?.aborted) throw aborted(options.signal, state);
    const { train: spec } = options.specs;
    const source = seams.source ?? { kind: "packs" };
    const data: TrainData = {
      memory,
      module: kernelModule(),
      root: options.root,
      checkpointRoot: options.checkpointRoot ?? options.root,
      key: run.key,
      plan,
      inputs,
      layout,
      source,
      classFactors: await classFactors(options.specs, options.manifest.classes, plan, () =>
        sourceOf({ source, root: options.root, plan, inputs, rowSampling: run.used.sampling, classFactors: null }),
      ),
      head: run.head,
      sampling: await samplingOf(options, seams, run),
      rowSampling: run.used.sampling,
      shifts: run.used.shifts,
      optimizer: run.optimizer,
      penalties: run.penalties,
      clip: run.clip,
      epochs: run.epochs,
      seed: spec.seed,
      shuffle: spec.shuffle,
      evaluateEverySteps: spec.evaluateEverySteps,
      checkpoint: { everySteps: spec.checkpointEverySteps, everySeconds: atLeastZero("train.checkpoint.everySeconds", spec.checkpointEverySeconds) },
      metric: run.metric,
      keepLast: run.keepLast,
      earlyStopping: spec.earlyStopping == null ? null : { patience: spec.earlyStopping.patience ?? 0, minimumGain: spec.earlyStopping.minimumGain ?? 0 },
      start: state,
    };
    result = await runMembers(options, seams, run, data);
    if (result.aborted) throw aborted(options.signal, result.state);
  }
  return outcome(memory, run, result, state.step, warnings);
}

async function runMembers(options: TrainOptions, seams: TrainSeams, run: Run, data: TrainData): Promise<TrainResult> {
  const steps = run.epochs * run.plan.trainBlocks;
  const results = await runGang<TrainResult | null>({
    module: seams.gangModule ?? new URL("./member.js", import.meta.url),
    workers: run.workers,
    data,
    pollMs: POLL_MS,
    hangTimeoutMs: HANG_MS + (2 * run.layout.outputs * run.layout.strides.state) / SLOW_DISK + run.plan.validationRows / SLOW_RANKING,
    // Not runGang's own signal: members must come to a block's end and write a checkpoint first.
    onPoll({ ints, floats }) {
      if (options.signal?.aborted) Atomics.store(ints, ABORT_INT, 1);
      options.onProgress?.({
        phase: PHASES[floats[Progress.PHASE]!] ?? "load",
        epoch: floats[Progress.EPOCH]! + 1,
        epochs: run.epochs,
        step: floats[Progress.STEP]!,
        steps,
        rows: floats[Progress.ROWS]!,
        loss: floats[Progress.LOSS]!,
        rowsPerSecond: floats[Progress.ROWS_PER_SECOND]!,
      });
    },
  });
  return results[0] as TrainResult;
}

/** What decides the kept step. @throws E_TRAIN_SPEC (exit code 2) */
function keptBy({ keep, earlyStopping }: v1.TrainSpec, head: v1.Head): { metric: ValidationMetric; keepLast: boolean } {
  if (earlyStopping == null) return { metric: validationMetric(keep === "last" ? "" : keep, head), keepLast: keep === "last" };
  if (keep !== "")
    throw new CrossbillError("E_TRAIN_SPEC", "train.keep: early stopping returns to the best step of its own metric; leave one of the two out", {
      exitCode: 2,
    });
  return { metric: validationMetric(earlyStopping.metric ?? "", head), keepLast: false };
}

const SAMPLERS = {
  [v1.ModelSpec.Sampler.LOG_UNIFORM]: "logUniform",
  [v1.ModelSpec.Sampler.UNIFORM]: "uniform",
  [v1.ModelSpec.Sampler.UNIGRAM]: "unigram",
} as const;

/** How classes are sampled; for that the training rows of each are counted. null: they are not. */
async function samplingOf(
  { root, specs, manifest, signal }: TrainOptions,
  seams: TrainSeams,
  { head, plan, inputs, used }: Run,
): Promise<SamplingOptions | null> {
  if (head !== "sampledSoftmax" && head !== "nce") return null;
  const { model, train: spec } = specs;
  const sampler = SAMPLERS[model.sampler];
  const samples = positiveInteger("model.head.samples", model.samples);
  const counts = new Array<number>(manifest.classes.length).fill(0);
  if (sampler !== "uniform") {
    const source = await sourceOf({ root, source: seams.source ?? { kind: "packs" }, plan, inputs, rowSampling: used.sampling, classFactors: null });
    let opened = -1;
    for (const { pack, from, to } of plan.blocks.slice(0, plan.trainBlocks)) {
      if (signal?.aborted) throw aborted(signal, initialState());
      if (pack !== opened) await source.open(pack);
      opened = pack;
      for (const y of (await source.read(from, to)).label) if (y < counts.length) counts[y] = (counts[y] ?? 0) + 1;
    }
  }
  return { sampler, samples, counts, seed: spec.seed };
}

/** Weight of the examples behind a kept state: FTRL's penalties go by it. */
function seenBefore({ initial }: Run): number {
  return initial?.optimizerState === undefined ? 0 : (initial.seen ?? 0);
}

/** The initial state of the optimiser, or that of a checkpoint. Returns the penalties' clock. */
function fill(memory: WebAssembly.Memory, run: Run, start: LoadedCheckpoint | null): number {
  const { layout, inputs } = run;
  const heap = heapOf(memory);
  const words = (at: number, n: number): Uint32Array => heap.u32.subarray(at / 4, at / 4 + n);
  const parameters = layout.outputs * (inputs.features + 1);
  heap.u32.set(denseFeatures(inputs), layout.denseIds / 4);
  if (run.clip !== null) heap.u32.set(clipGroups(run.clip, inputs), layout.clip.starts / 4);
  initializeState(words(layout.state, layout.words * parameters), run.optimizer);
  heap.f64[layout.seen / 8] = seenBefore(run);
  if (start === null) {
    if (run.initial !== null) startState(words(layout.state, layout.words * parameters), run.initial, run.optimizer, inputs.features);
    return 0;
  }
  if (start.optimizer !== null)
    unpackState(
      start.optimizer,
      words(layout.state, layout.words * parameters),
      layout.words,
      layout.last === 0 ? null : words(layout.last, parameters),
      "the checkpoint",
    );
  if (start.best !== null) {
    initializeState(words(layout.best, layout.words * parameters), run.optimizer);
    unpackState(start.best, words(layout.best, layout.words * parameters), layout.words, null, "the checkpoint's best state");
  }
  heap.u8.set(start.seen, layout.seen);
  const [optimizer] = makeOptimizers(run.optimizer, run.penalties, instantiateKernels(memory), layout);
  const [seen, clock] = [layout.seen / 8, layout.clock / 8];
  for (let step = 0; step < start.state.step; step++)
    heap.f64[clock + step + 1] = heap.f64[clock + step]! + optimizer!.tick(step, heap.f64[seen + step + 1]! - heap.f64[seen + step]!);
  return heap.f64[clock + start.state.step]!;
}

/** Features whose weights are made at once, in the place of blocks. */
const PIECE = 2 ** 16;

/** The weights of the kept step. */
function outcome(memory: WebAssembly.Memory, run: Run, result: TrainResult, resumedFromStep: number, warnings: readonly string[]): TrainOutcome {
  const { layout, inputs } = run;
  const { features } = inputs;
  const { state } = result;
  const heap = heapOf(memory);
  const { outputs } = layout;
  const weights = new Float32Array(outputs * features);
  const intercepts = new Float64Array(outputs);
  for (const [k, optimizer] of makeOptimizers(run.optimizer, run.penalties, instantiateKernels(memory), layout).entries()) {
    const own = layoutOf(layout, k);
    const piece = Math.min(PIECE, layout.poolBytes / 4);
    for (let from = 0; from < features; from += piece) {
      const to = Math.min(features, from + piece);
      optimizer.weights(layout.pool, from, to, own.best, state.bestSeen);
      weights.set(heap.f32.subarray(layout.pool / 4, layout.pool / 4 + to - from), k * features + from);
    }
    optimizer.weightsFree(layout.pool, features, features + 1, own.best);
    intercepts[k] = heap.f32[layout.pool / 4]! + (run.used.shifts?.[k] ?? 0);
  }
  return {
    weights,
    intercept: run.several ? 0 : intercepts[0]!,
    intercepts,
    metrics: metricsOf(state, run),
    optimizerState: heap.u8.subarray(layout.best, layout.best + outputs * layout.strides.state),
    seen: state.bestSeen,
    key: run.key,
    resumedFromStep,
    rowsProcessed: result.rows,
    rowsPerSecond: result.seconds > 0 ? result.rows / result.seconds : 0,
    warnings,
  };
}

function metricsOf(state: TrainState, run: Run): v1.TrainMetrics {
  return v1.TrainMetrics.create({
    epochs: Math.ceil(state.step / run.plan.trainBlocks),
    steps: state.step,
    bestStep: state.bestStep,
    stoppedEarly: state.stoppedEarly,
    progressiveLoss: state.epochWeightSum > 0 ? state.epochLossSum / state.epochWeightSum : NaN,
    validationLoss: run.plan.validationRows > 0 ? state.bestLoss : NaN,
    metric: run.metric.name,
    bestMetric: run.plan.validationRows > 0 ? state.bestMetric : NaN,
    curve: state.curve,
    progressive: state.progressive,
    diagnostics: run.head === "squared" && !state.otherLabels ? [squaredOnBinary(state.kept?.outside ?? 0, run.plan.validationRows)] : [],
    ...(run.used.facts === null ? {} : { rowSampling: run.used.facts }),
    ...(state.kept !== null && run.correction !== null ? { sampledLoss: sampledLoss(state.kept, run.correction) } : {}),
  });
}

function sampledLoss({ rows, weight, sampledLoss: sampled, fullLoss }: Observation, correction: string): v1.SampledLoss.$Properties {
  return { rows, sampled: sampled / weight, full: fullLoss / weight, correction };
}

function aborted(signal: AbortSignal | undefined, state: TrainState): CrossbillError {
  return new CrossbillError("E_ABORTED", `training was stopped by request after step ${state.step}; the same command goes on from there`, {
    cause: signal?.reason,
    details: { step: state.step },
  });
}
