import { createKernelMemory, instantiateKernels, kernelModule } from "@crossbill/kernels";
import { CrossbillError, v1 } from "@crossbill/messages";
import { runGang } from "@crossbill/tasks";
import { heapOf } from "./blocks/heap.js";
import { denseFeatures } from "./blocks/inputs.js";
import { layoutOf, stateBytes } from "./blocks/layout.js";
import { trainExact } from "./exact/train-exact.js";
import { type LoadedCheckpoint, readCheckpoint, sweep } from "./loop/checkpoint.js";
import { classSampling } from "./loop/class-sampling.js";
import { planRun, type Run } from "./loop/plan-run.js";
import { ABORT_INT, PHASES, Progress, type TrainData, type TrainResult } from "./loop/protocol.js";
import { isRetried } from "./loop/retry.js";
import { initialState, type TrainState } from "./loop/train-state.js";
import { fillClock, type InitialTable, networkWeights, packNetwork, startNetwork, unpackNetwork } from "./network/network-state.js";
import { clipGroups } from "./optimizers/clip.js";
import { makeOptimizers } from "./optimizers/optimizer.js";
import { initializeState } from "./optimizers/optimizer-options.js";
import { unpackState } from "./optimizers/sparse-state.js";
import { atLeastZero } from "./options.js";
import { baseRateIntercepts } from "./rows/base-rate.js";
import type { BlockSource } from "./rows/block-source.js";
import { classFactors } from "./rows/class-weights.js";
import { estimatingSource, sourceOf } from "./rows/used-rows.js";
import { sourceKind, type TrainOptions, type TrainOutcome, type TrainSeams } from "./train-options.js";
import { inUnitsOf, startIntercepts, startState } from "./warm-start.js";
import { diagnose } from "./watch/diagnose.js";
import type { Observation } from "./watch/observation.js";

const POLL_MS = 50;
/** Validation rows that are ranked in a millisecond at least, on a busy machine: the others wait for it. */
const SLOW_RANKING = 100;
/** What an engine may take to load, or for a block of rows: it gives no sign of life meanwhile. */
const ENGINE_MS = 120_000;
/** A lost worker is noticed after so long, and what a checkpoint of all state takes on a slow disk (bytes a millisecond): the others wait for it. */
const HANG_MS = 10_000;
const SLOW_DISK = 20_000;

/**
 * Trains a linear model on the manifest's TRAIN packs: with the optimiser `exact` see trainExact; with the others it validates on its VALIDATION packs, where there
 * are any, and then returns the weights of the best evaluation. The result depends on build, specs, placement and packs alone: not on workers, memory, interruptions or time. A run that was interrupted goes on
 * from its last checkpoint; one that is finished returns at once. After the loss of a worker (it threw, ended or hangs)
 * training goes on once from the last checkpoint (with `fresh` from the start).
 * @throws E_NO_ROWS; E_TRAIN_SPEC; E_DIVERGED naming step, epoch, pack, row, column and value; E_CORRUPT for damaged packs; E_MEMORY; E_ABORTED; the gang's errors
 */
export async function train(options: TrainOptions): Promise<TrainOutcome> {
  return trainWith(options, {});
}

export async function trainWith(options: TrainOptions, seams: TrainSeams): Promise<TrainOutcome> {
  if (options.specs.train.optimizer?.exact != null) return trainExact(options, seams);
  const run = await planRun(options, seams);
  const warnings: string[] = seams.plan === undefined ? [...run.used.warnings] : [];
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

async function resume(root: string, run: Run, warnings: string[]): Promise<LoadedCheckpoint | null> {
  const { checkpoint, warnings: found } = await readCheckpoint(root, run.key);
  warnings.push(...found);
  return checkpoint !== null && checkpoint.state.step > run.pauseStep ? null : checkpoint;
}

async function once(options: TrainOptions, seams: TrainSeams, run: Run, start: LoadedCheckpoint | null, warnings: readonly string[]): Promise<TrainOutcome> {
  const { layout, plan, inputs } = run;
  const memory = createKernelMemory(layout.bytes);
  const state = start?.state ?? initialState(seenBefore(run));
  let result: TrainResult = { state, aborted: false, rows: 0, seconds: 0, engine: null };
  if (state.finished) fill(memory, run, start, null, []);
  else {
    if (options.signal?.aborted) throw aborted(options.signal, state);
    const { train: spec } = options.specs;
    const source = sourceKind(seams);
    const used = { source, root: options.root, plan, inputs, rowSampling: run.used.sampling };
    const rows = (): Promise<BlockSource> => estimatingSource(used);
    const stopped = (): void => {
      if (options.signal?.aborted) throw aborted(options.signal, initialState());
    };
    const factors = await classFactors(options.specs, options.manifest, plan, rows);
    const intercepts =
      start === null && run.startsAtBaseRate && run.labelScale === null
        ? await baseRateIntercepts(run.head, layout.outputs, plan, await sourceOf({ ...used, classFactors: factors }), stopped)
        : null;
    state.clock = fill(memory, run, start, intercepts, options.tables ?? []);
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
      classFactors: factors,
      head: run.head,
      labelScale: run.labelScale,
      sampling: await classSampling(options, run, rows, stopped),
      rowSampling: run.used.sampling,
      shifts: run.used.shifts,
      optimizer: run.optimizer,
      penalties: run.penalties,
      clip: run.clip,
      network: run.network,
      epochs: run.epochs,
      seed: spec.seed,
      shuffle: spec.shuffle,
      evaluateEverySteps: spec.evaluateEverySteps,
      checkpoint: { everySteps: spec.checkpointEverySteps, everySeconds: atLeastZero("train.checkpoint.everySeconds", spec.checkpointEverySeconds) },
      metric: run.metric,
      keepLast: run.keepLast,
      earlyStopping: spec.earlyStopping == null ? null : { patience: spec.earlyStopping.patience ?? 0, minimumGain: spec.earlyStopping.minimumGain ?? 0 },
      pauseStep: run.pauseStep,
      start: state,
    };
    result = await runMembers(options, seams, run, data);
    if (result.aborted) throw aborted(options.signal, result.state);
  }
  return outcome(memory, run, result, state.step, warnings);
}

async function runMembers(options: TrainOptions, seams: TrainSeams, run: Run, data: TrainData): Promise<TrainResult> {
  const steps = run.pauseStep;
  const results = await (seams.gang ?? runGang)<TrainResult | null>({
    module: seams.gangModule ?? new URL("./loop/member.js", import.meta.url),
    workers: run.workers,
    data,
    pollMs: POLL_MS,
    hangTimeoutMs:
      HANG_MS +
      (run.network?.engine == null ? 0 : ENGINE_MS) +
      stateBytes(run.layout) / SLOW_DISK +
      (run.plan.validationRows * (run.metric.score === "logits" ? run.layout.outputs : 1)) / SLOW_RANKING,
    // Not runGang's own signal: members must come to a block's end and write a checkpoint first.
    onPoll({ ints, floats }) {
      if (options.signal?.aborted) Atomics.store(ints, ABORT_INT, 1);
      options.onProgress?.({
        phase: PHASES[floats[Progress.PHASE]!] ?? "load",
        epoch: floats[Progress.EPOCH]! + 1,
        epochs: steps / run.plan.trainBlocks,
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

/** Weight of the examples behind a kept state: FTRL's penalties go by it. */
function seenBefore({ initial }: Run): number {
  return initial?.optimizerState === undefined ? 0 : (initial.seen ?? 0);
}

/** The initial state of the optimiser, with these intercepts (null: 0) where there is no earlier training, or that of a checkpoint. Returns the penalties' clock. */
function fill(memory: WebAssembly.Memory, run: Run, start: LoadedCheckpoint | null, intercepts: Float64Array | null, tables: readonly InitialTable[]): number {
  const { layout, inputs } = run;
  const heap = heapOf(memory);
  const words = (at: number, n: number): Uint32Array => heap.u32.subarray(at / 4, at / 4 + n);
  const parameters = layout.outputs * (inputs.features + 1);
  heap.u32.set(denseFeatures(inputs), layout.denseIds / 4);
  if (run.clip !== null) heap.u32.set(clipGroups(run.clip, inputs), layout.clip.starts / 4);
  initializeState(words(layout.state, layout.words * parameters), run.optimizer);
  if (run.network !== null) startNetwork(heap, run.network, run.workers, tables, run.initial?.network ?? null);
  heap.f64[layout.seen / 8] = seenBefore(run);
  if (start === null) {
    const state = words(layout.state, layout.words * parameters);
    if (run.initial !== null) startState(state, inUnitsOf(run.labelScale, run.initial), run.optimizer, inputs.features, run.used.shifts);
    else if (intercepts !== null) startIntercepts(state, intercepts, run.optimizer, inputs.features);
    return 0;
  }
  if (start.learned !== null)
    unpackState(
      start.learned.optimizer,
      words(layout.state, layout.words * parameters),
      layout.words,
      layout.last === 0 ? null : words(layout.last, parameters),
      "the checkpoint",
    );
  if (start.best !== null) {
    initializeState(words(layout.best, layout.words * parameters), run.optimizer);
    unpackState(start.best.optimizer, words(layout.best, layout.words * parameters), layout.words, null, "the checkpoint's best state");
  }
  heap.u8.set(start.seen, layout.seen);
  if (run.network !== null) {
    if (start.learned !== null) unpackNetwork(heap, run.network, run.workers, false, start.learned.network ?? {}, "the checkpoint");
    if (start.best !== null) unpackNetwork(heap, run.network, run.workers, true, start.best.network ?? {}, "the checkpoint's best state");
    fillClock(heap, run.network, layout.seen, start.state.step);
  }
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
  const { layout, inputs, network } = run;
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
  const { mean, deviation } = run.labelScale ?? { mean: 0, deviation: 1 };
  if (run.labelScale !== null) {
    for (let f = 0; f < weights.length; f++) weights[f] = deviation * weights[f]!;
    for (let k = 0; k < outputs; k++) intercepts[k] = mean + deviation * intercepts[k]!;
  }
  return {
    weights,
    intercept: run.several ? 0 : intercepts[0]!,
    intercepts,
    network: network === null ? null : networkWeights(heap, network, state.bestSeen),
    networkState:
      network === null ? null : { pack: () => packNetwork(heap, network, true), steps: network.before.optimizer + state.bestStep, labelScale: run.labelScale },
    networkScale: deviation,
    metrics: metricsOf(state, run, weights),
    optimizerState: heap.u8.subarray(layout.best, layout.best + outputs * layout.strides.state),
    seen: state.bestSeen,
    shifts: run.used.shifts ?? new Float64Array(outputs),
    engine: result.engine,
    key: run.key,
    resumedFromStep,
    rowsProcessed: result.rows,
    rowsPerSecond: result.seconds > 0 ? result.rows / result.seconds : 0,
    warnings,
  };
}

function metricsOf(state: TrainState, run: Run, weights: Float32Array): v1.TrainMetrics {
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
    diagnostics: diagnose({ ...run, state, weights, cold: run.initial === null }),
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
