import { createKernelMemory, kernelModule } from "@crossbill/kernels";
import { CrossbillError, isOfClasses, v1 } from "@crossbill/messages";
import { coreBudget, runGang } from "@crossbill/tasks";
import { type Inputs, inputsOf, withLabels } from "../blocks/inputs.js";
import { MAX_MEMORY_BYTES } from "../blocks/layout.js";
import { ABORT_INT, type PHASES } from "../loop/protocol.js";
import { isRetried } from "../loop/retry.js";
import { trainingKey } from "../loop/training-key.js";
import { above, atLeastZero, positiveInteger } from "../options.js";
import { classFactors } from "../rows/class-weights.js";
import { rowsOf, type TrainPlan } from "../rows/plan.js";
import { estimatingSource, type UsedRows, usedRows } from "../rows/used-rows.js";
import { type InitialWeights, sourceKind, type TrainOptions, type TrainOutcome, type TrainSeams } from "../train-options.js";
import { squaredOnBinary } from "../watch/diagnostics.js";
import { type BinaryProblem, binaryProblems } from "./binary-problems.js";
import { CONTROL_WORDS } from "./commands.js";
import { BLOCK_ROWS, type MatrixShape, type Segment, tableWords } from "./matrix.js";
import type { ExactResult } from "./member.js";
import { type ExactHead, placeRowArrays } from "./passes.js";
import type { PathPlan } from "./path.js";
import { type ExactData, ExactProgress } from "./protocol.js";
import { diagnoseSolution } from "./run-off.js";
import { SharedArena } from "./shared-arena.js";
import type { Solution, Start } from "./solve.js";

const POLL_MS = 50;
/** Entries of the matrix, roughly, from which one more worker pays. */
const ENTRIES_PER_WORKER = 250_000;
/** Entries a row that a column of several values is taken to have there. */
const SEVERAL = 10;
/** A worker that shows no sign of life for so long is lost; a pass over all data takes less. */
const HANG_MS = 30_000;

/**
 * Trains by minimising the objective over all training rows, in float64. The result depends on build, specs, placement and packs alone. A killed or stopped run
 * starts again, to the same bits; after the loss of a worker it starts again once.
 * @throws E_NO_ROWS; E_TRAIN_SPEC; E_CORRUPT for damaged packs; E_MEMORY; E_ABORTED; the gang's errors
 */
export async function trainExact(options: TrainOptions, seams: TrainSeams): Promise<TrainOutcome> {
  const run = await prepare(options, seams);
  const { result, warnings } = await runExact(options, seams, run, null);
  return outcome(result, run, warnings);
}

/** @param path instead of the optimum at the model's l1 */
export async function runExact(
  options: TrainOptions,
  seams: TrainSeams,
  run: Run,
  path: PathPlan | null,
): Promise<{ readonly result: ExactResult; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  for (let attempt = 0; ; attempt++) {
    try {
      return { result: await once(options, seams, run, path), warnings };
    } catch (thrown) {
      if (attempt > 0 || !isRetried(thrown)) throw thrown;
      warnings.push(`training started again after: ${thrown.message}`);
    }
  }
}

/** What is minimised; of a head that is solved in parts, in each of them. */
const HEADS: Readonly<Record<number, ExactHead>> = {
  [v1.Head.LOGISTIC]: "logistic",
  [v1.Head.SQUARED]: "squared",
  [v1.Head.POISSON]: "poisson",
  [v1.Head.SOFTMAX]: "softmax",
  [v1.Head.ONE_VS_REST]: "logistic",
  [v1.Head.ONE_VS_ONE]: "logistic",
  [v1.Head.MULTI_LABEL]: "logistic",
};

export interface Run {
  readonly key: string;
  readonly plan: TrainPlan;
  readonly rowSampling: UsedRows["sampling"];
  readonly shifts: UsedRows["shifts"];
  readonly facts: UsedRows["facts"];
  readonly inputs: Inputs;
  readonly shape: MatrixShape;
  readonly head: ExactHead;
  readonly modelHead: v1.Head;
  readonly classes: number;
  readonly problems: readonly BinaryProblem[];
  /** Whether there are classes. */
  readonly several: boolean;
  /** Labels are numbers of classes below this; 0: of no class. */
  readonly labelClasses: number;
  readonly l1: number;
  readonly l2: number;
  readonly tolerance: number;
  readonly gap: number;
  readonly maxIterations: number;
  readonly initial: Start | null;
}

export async function prepare(options: TrainOptions, seams: TrainSeams): Promise<Run> {
  const { specs, manifest, placement, build, initial } = options;
  const { model, train } = specs;
  const exact = train.optimizer?.exact;
  const tolerance = above("exact.tolerance", exact?.tolerance ?? 0);
  const maxIterations = positiveInteger("exact.maxIterations", exact?.maxIterations ?? 0);
  if (model.network !== null)
    throw new CrossbillError("E_TRAIN_SPEC", "train.optimizer: exact is of linear models; allowed for a network are adagrad, adam, rmsprop, momentum and sgd", {
      exitCode: 2,
    });
  const inputs = withLabels(seams.inputs ?? inputsOf(placement), model.head, manifest);
  const { plan, sampling: rowSampling, shifts, facts } = await usedRows(options, sourceKind(seams), BLOCK_ROWS, inputs);
  if (plan.trainRows === 0)
    throw new CrossbillError("E_NO_ROWS", "there are no training rows: every row was rejected or went to another part; check data.split and the rejects");
  const head = HEADS[model.head];
  if (head === undefined) throw new CrossbillError("E_TRAIN_SPEC", `model.head: ${model.head} is unknown`, { exitCode: 2 });
  const classes = head === "softmax" ? manifest.classes.length : 1;
  const problems = binaryProblems(model.head, manifest.classes.length);
  return {
    key: trainingKey(build, model, train, inputs, plan, manifest.classes, initial),
    plan,
    rowSampling,
    shifts,
    facts,
    inputs,
    shape: shapeOf(plan, inputs),
    head,
    modelHead: model.head,
    classes,
    problems,
    several: isOfClasses(model.head),
    labelClasses: isOfClasses(model.head) && inputs.labels === undefined ? manifest.classes.length : 0,
    l1: atLeastZero("model.l1", model.l1),
    l2: atLeastZero("model.l2", model.l2),
    tolerance,
    gap: atLeastZero("exact.gap", exact?.gap ?? 0),
    maxIterations,
    initial: initial === undefined ? null : sharedStart(initial, problems.length || classes, inputs.features, shifts),
  };
}

/** Shared: every thread is given it. @param shifts what will be added to the intercepts that are found; null: nothing */
function sharedStart({ weights, intercepts }: InitialWeights, outputs: number, features: number, shifts: Float64Array | null): Start {
  if (weights.length !== outputs * features || intercepts.length !== outputs || !weights.every(Number.isFinite) || !intercepts.every(Number.isFinite))
    throw new CrossbillError(
      "E_TRAIN_SPEC",
      `initial: ${weights.length} weights and ${intercepts.length} intercepts; ${outputs} x ${features} finite weights and ${outputs} finite intercepts are needed`,
      { exitCode: 2 },
    );
  const shared = (numbers: Float64Array): Float64Array => {
    const copy = new Float64Array(new SharedArrayBuffer(numbers.byteLength));
    copy.set(numbers);
    return copy;
  };
  return { weights: shared(weights), intercepts: shared(intercepts.map((intercept, k) => intercept - (shifts?.[k] ?? 0))) };
}

/** Training packs one after the other, then, from a multiple of 64, validation packs. */
function shapeOf({ packs, trainRows, validationRows }: TrainPlan, { features }: Inputs): MatrixShape {
  const firstValidation = 64 * Math.ceil(trainRows / 64);
  const segments: Segment[] = [];
  let start = 0;
  for (const pack of packs) {
    const rows = rowsOf(pack);
    if (start === trainRows) start = firstValidation;
    segments.push({ start, rows });
    start += rows;
  }
  return { rows: trainRows, firstValidation, validationRows, features, segments };
}

async function once(options: TrainOptions, seams: TrainSeams, run: Run, path: PathPlan | null): Promise<ExactResult> {
  const { shape, classes, plan } = run;
  if (options.signal?.aborted)
    throw new CrossbillError("E_ABORTED", "training was stopped by request; the same command starts it again", { cause: options.signal.reason });
  const limitBytes = Math.min(options.memoryBytes, MAX_MEMORY_BYTES);
  const memory = createKernelMemory(2 ** 20, limitBytes);
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  const source = sourceKind(seams);
  const data: ExactData = {
    ...run,
    path,
    memory,
    module: kernelModule(),
    limitBytes,
    control,
    table: new Uint32Array(new SharedArrayBuffer(4 * tableWords(shape))),
    rowArrays: placeRowArrays(new SharedArena(memory, control, limitBytes), shape, classes, run.inputs.labels ?? 0),
    root: options.root,
    packs: plan.packs,
    source,
    classFactors: await classFactors(options.specs, options.manifest, plan, () =>
      estimatingSource({ source, root: options.root, plan, inputs: run.inputs, rowSampling: run.rowSampling }),
    ),
  };
  const [result] = await (seams.gang ?? runGang)<ExactResult | null>({
    module: seams.gangModule ?? new URL("./member.js", import.meta.url),
    workers: workersFor(run, options.workers, seams.entriesPerWorker ?? ENTRIES_PER_WORKER),
    data,
    pollMs: POLL_MS,
    hangTimeoutMs: HANG_MS,
    onPoll({ ints, floats }) {
      // Not runGang's own signal: members end with an error that says what to do.
      if (options.signal?.aborted) Atomics.store(ints, ABORT_INT, 1);
      const passes = floats[ExactProgress.PASSES]!;
      const phase: (typeof PHASES)[number] = passes > 0 ? "train" : "load";
      const rows = passes * plan.trainRows;
      options.onProgress?.({
        phase,
        epoch: passes,
        epochs: 0,
        step: floats[ExactProgress.ITERATIONS]!,
        steps: 0,
        rows,
        loss: passes > 0 ? floats[ExactProgress.LOSS]! : Number.NaN,
        rowsPerSecond: floats[ExactProgress.SECONDS]! > 0 ? rows / floats[ExactProgress.SECONDS]! : 0,
      });
    },
  });
  return result as ExactResult;
}

/** Intercepts of a model of sampled rows, corrected. */
export function shifted(intercepts: Float64Array, shifts: Float64Array | null): Float64Array {
  return intercepts.map((intercept, k) => intercept + (shifts?.[k] ?? 0));
}

/** A small problem is solved sooner by few threads; the bits are the same. */
function workersFor({ shape, inputs, classes }: Run, asked: number, entriesPerWorker: number): number {
  const width = inputs.categorical.length + inputs.numeric.length + SEVERAL * inputs.multi.length;
  const entries = shape.rows * width * classes;
  return Math.min(coreBudget(asked), Math.max(1, Math.ceil(entries / entriesPerWorker)));
}

function outcome({ solution: found, seconds, outside }: ExactResult, run: Run, warnings: readonly string[]): TrainOutcome {
  const solution = found as Solution;
  const { certificate, iterations, converged, meanLoss } = solution;
  const passes = solution.passes + solution.partPasses;
  const rows = passes * run.plan.trainRows;
  const intercepts = shifted(solution.intercepts, run.shifts);
  const short = converged
    ? []
    : [
        `the exact solver stopped after ${iterations} steps at a relative gradient norm of ${certificate.relativeGradientNorm.toExponential(2)}, above the tolerance ${run.tolerance}: ${
          iterations < run.maxIterations ? "no step improves it any more; allow a larger tolerance" : "allow more maxIterations"
        }; without l2, separable data have no optimum at all`,
      ];
  return {
    weights: solution.weights,
    intercept: run.several ? 0 : intercepts[0]!,
    intercepts,
    network: null,
    networkScale: 1,
    metrics: v1.TrainMetrics.create({
      epochs: passes,
      steps: iterations,
      bestStep: iterations,
      progressiveLoss: meanLoss,
      validationLoss: solution.validationLoss,
      curve: solution.curve.map(({ iteration, meanLoss: progressiveLoss, nonZero, gradientNorm }) => ({
        step: iteration,
        epoch: iteration,
        progressiveLoss,
        validationLoss: Number.NaN,
        nonZero,
        gradientNorm,
        observedLoss: progressiveLoss,
      })),
      diagnostics: [
        ...(outside === null ? [] : [squaredOnBinary(outside, run.plan.validationRows)]),
        ...diagnoseSolution(solution, { ...run, head: run.modelHead }),
      ],
      ...(run.facts === null ? {} : { rowSampling: run.facts }),
      certificate: { ...certificate, objective: solution.objective, meanLoss, converged },
    }),
    networkState: null,
    optimizerState: new Uint8Array(0),
    seen: 0,
    shifts: run.shifts ?? new Float64Array(intercepts.length),
    engine: null,
    key: run.key,
    resumedFromStep: 0,
    rowsProcessed: rows,
    rowsPerSecond: seconds > 0 ? rows / seconds : 0,
    warnings: [...warnings, ...short],
  };
}
