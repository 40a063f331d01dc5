import { createKernelMemory, instantiateKernels, type OneHead } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import { type Shape, shapeBytes } from "./blocks/block.js";
import { BlockBuilder, type CsrRows } from "./blocks/block-builder.js";
import { heapOf } from "./blocks/heap.js";
import type { Inputs } from "./blocks/inputs.js";
import { planLayout } from "./blocks/layout.js";
import type { Certificate } from "./exact/certificate.js";
import { fitExact } from "./exact/fit-exact.js";
import type { FitLinearData } from "./fit-linear-data.js";
import { ALONE, Stepper } from "./loop/stepper.js";
import { meanLoss } from "./mean-loss.js";
import { clipGroups } from "./optimizers/clip.js";
import { makeOptimizers } from "./optimizers/optimizer.js";
import { initializeState, needsTouched, type OptimizerOptions, type Penalties, stateWords } from "./optimizers/optimizer-options.js";
import type { Schedule } from "./optimizers/schedule.js";
import { atLeastZero, checkOptimizer, clipOf, ONLINE, positiveInteger } from "./options.js";

export interface FitLinearOptions {
  /** Default "logistic": -y log p - (1 - y) log(1 - p); "squared": (y - prediction)^2; "poisson": prediction - y log prediction, prediction = exp(logit). */
  readonly loss?: OneHead;
  readonly solver: (typeof ONLINE)[number] | "exact";
  /**
   * Penalties on the weighted mean loss, loss + l1 sum |w| + l2 sum w^2. ftrl: lambda1 and lambda2 of McMahan et al. 2013, as
   * `ftrl({ l1, l2 })` in a configuration. Default 0. The intercept is never penalised.
   */
  readonly l1?: number;
  readonly l2?: number;
  /** ftrl: default 0.1 and 1. */
  readonly alpha?: number;
  readonly beta?: number;
  /** All but ftrl and exact: default 0.1 (adagrad), 0.01 (sgd, momentum), 0.001 (rmsprop, adam). */
  readonly learningRate?: number;
  /** How it falls with the updates; default constant. */
  readonly schedule?: Schedule;
  /** Updates in which it rises to `learningRate` before; default 0. */
  readonly warmUp?: number;
  /** Decoupled (Loshchilov and Hutter 2019): w decays by learningRate * weightDecay an update; default 0. */
  readonly weightDecay?: number;
  /** adagrad: default 0.1. */
  readonly initialAccumulator?: number;
  /** momentum: default 0.9 and false. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** rmsprop: default 0.9. */
  readonly rho?: number;
  /** adam: default 0.9 and 0.999. */
  readonly beta1?: number;
  readonly beta2?: number;
  /** rmsprop, adam: default 1e-8. */
  readonly epsilon?: number;
  /** What the gradient of a batch's weighted mean loss is kept within: each number of it, the norm of the weights' part and of the intercept's, or its norm. Default: none. */
  readonly clip?: { readonly value: number } | { readonly norm: number } | { readonly globalNorm: number };
  /** Passes over the rows, always in the given order. Default 1. */
  readonly epochs?: number;
  /** Rows an update. Default 1, as in the papers. */
  readonly batchSize?: number;
  /** Default true. */
  readonly intercept?: boolean;
  /** exact: of the relative gradient norm; default 1e-8. */
  readonly tolerance?: number;
  /** exact: it also ends where the duality gap is at most this share of the objective at the best constant prediction. Default 0: the tolerance alone decides. */
  readonly gap?: number;
  /** exact: Newton steps at most; default 200. */
  readonly maxIterations?: number;
  /** exact: where to start, f64[F] weights as an earlier fit has them. The optimum does not depend on it, but for the last digits. */
  readonly initial?: { readonly weights: ArrayLike<number>; readonly intercept: number };
}

export interface FitLinearResult {
  /** f64[F]; of the online optimisers float32 numbers. */
  readonly weights: Float64Array;
  readonly intercept: number;
  /**
   * Weighted mean loss + l1 sum |w| + l2 sum w^2 at these weights. ftrl: its lambdas belong to the sum over all examples seen (epochs times
   * the weights), so mean loss + (lambda1 sum |w| + lambda2 / 2 sum w^2) / seen.
   */
  readonly objective: number;
  /** null: online optimisers have none. */
  readonly certificate: Certificate | null;
  /** Updates done; of the exact solver Newton steps. */
  readonly iterations: number;
}

/**
 * Fits a linear model on the calling thread with the trainer's kernels.
 * @throws E_FIT_INPUT (exit code 2) for data that do not fit together; E_TRAIN_SPEC (exit code 2); E_DIVERGED
 */
export function fitLinear(data: FitLinearData, options: FitLinearOptions): FitLinearResult {
  checkData(data, options.loss ?? "logistic");
  if (options.solver === "exact") return fitExact(data, options);
  if (options.initial !== undefined) throw new CrossbillError("E_UNSUPPORTED", 'fitLinear: initial is taken by the solver "exact" only', { exitCode: 2 });
  const { penalties, optimizer: chosen } = solverOf(options);
  const { features } = data;
  const intercept = options.intercept ?? true;
  const epochs = positiveInteger("epochs", options.epochs ?? 1);
  const n = data.labels.length;
  const batchSize = Math.min(n, positiveInteger("batchSize", options.batchSize ?? 1));
  const batches = Math.ceil(n / batchSize);
  const matrix: CsrRows = { ...data.rows, labels: data.labels, weights: data.weights ?? null };
  const inputs: Inputs = { features, categorical: [], multi: [], numeric: [] };

  const largest = largestBatch(matrix, n, batchSize, features);
  const clip = clipOf(options.clip);
  const groups = clip === null ? null : clipGroups(clip, inputs);
  const layout = planLayout({
    parameters: features + 1,
    steps: epochs * batches,
    largest,
    blocks: 1,
    allBlocksBytes: shapeBytes(largest),
    members: 1,
    columnSizes: [features],
    touched: needsTouched(chosen, penalties),
    words: stateWords(chosen),
    clipGroups: groups?.length ?? null,
    memoryBytes: Infinity,
  });
  const memory = createKernelMemory(layout.bytes);
  const heap = heapOf(memory);
  const kernels = instantiateKernels(memory);
  const optimizers = makeOptimizers(chosen, penalties, kernels, layout);
  const optimizer = optimizers[0]!;
  initializeState(heap.u32.subarray(layout.state / 4, layout.state / 4 + layout.words * (features + 1)), chosen);
  if (groups !== null) heap.u32.set(groups, layout.clip.starts / 4);
  heap.u32[layout.denseIds / 4] = features;
  const builder = new BlockBuilder(heap, kernels, layout, inputs, largest, 0);
  const stepper = new Stepper({ heap, kernels, layout, optimizers, head: options.loss ?? "logistic", team: ALONE, dense: intercept ? 1 : 0, intercept, clip });

  const now = { seen: 0, clock: 0 };
  for (let step = 0; step < epochs * batches; step++) {
    const from = (step % batches) * batchSize;
    heap.i32[layout.control / 4] = 0;
    const block = builder.buildCsr(matrix, from, Math.min(n, from + batchSize), intercept);
    const found = stepper.forward(block, now);
    if (!Number.isFinite(found.loss)) throw diverged(step, batches, from);
    now.seen += found.weight;
    now.clock += optimizer.tick(step, found.weight);
    heap.f64[layout.clock / 8 + step + 1] = now.clock;
    stepper.update(block, step, found.weight);
  }

  const bytes = 4 * layout.words;
  optimizer.flush(layout.best, 0, features, now);
  heap.u8.copyWithin(layout.best + bytes * features, layout.state + bytes * features, layout.state + bytes * (features + 1));
  optimizer.weights(layout.state, 0, features, layout.best, now.seen);
  optimizer.weightsFree(layout.state + 4 * features, features, features + 1, layout.best);
  const weights = Float64Array.from(heap.f32.subarray(layout.state / 4, layout.state / 4 + features));
  const bias = intercept ? heap.f32[layout.state / 4 + features]! : 0;
  if (!weights.every(Number.isFinite) || !Number.isFinite(bias)) throw diverged(epochs * batches - 1, batches, 0);
  return { weights, intercept: bias, objective: objectiveOf(data, options, weights, bias, now.seen), certificate: null, iterations: epochs * batches };
}

function solverOf(options: FitLinearOptions): { penalties: Penalties; optimizer: OptimizerOptions } {
  const l1 = atLeastZero("l1", options.l1 ?? 0);
  const l2 = atLeastZero("l2", options.l2 ?? 0);
  const { solver, schedule, warmUp, weightDecay } = options;
  if (solver === "ftrl")
    return { penalties: { l1: 0, l2: 0 }, optimizer: checkOptimizer({ kind: "ftrl", alpha: options.alpha ?? 0.1, beta: options.beta ?? 1, l1, l2 }) };
  const rate = (standard: number) => ({ learningRate: options.learningRate ?? standard, schedule, warmUp, weightDecay });
  const { initialAccumulator = 0.1, momentum = 0.9, nesterov = false, rho = 0.9, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const make: Record<string, () => OptimizerOptions> = {
    adagrad: () => ({ kind: "adagrad", ...rate(0.1), initialAccumulator }),
    adam: () => ({ kind: "adam", ...rate(0.001), beta1, beta2, epsilon }),
    rmsprop: () => ({ kind: "rmsprop", ...rate(0.001), rho, epsilon }),
    momentum: () => ({ kind: "momentum", ...rate(0.01), momentum, nesterov }),
    sgd: () => ({ kind: "sgd", ...rate(0.01) }),
  };
  if (!Object.hasOwn(make, solver))
    throw new CrossbillError("E_TRAIN_SPEC", `solver: ${String(solver)}; allowed are ${[...ONLINE, "exact"].map((name) => `"${name}"`).join(", ")}`, {
      exitCode: 2,
    });
  return { penalties: { l1, l2 }, optimizer: checkOptimizer(make[solver]!()) };
}

function objectiveOf(data: FitLinearData, options: FitLinearOptions, weights: Float64Array, bias: number, seen: number): number {
  const ftrl = options.solver === "ftrl" && seen > 0;
  const l1 = (options.l1 ?? 0) / (ftrl ? seen : 1);
  const l2 = (options.l2 ?? 0) / (ftrl ? 2 * seen : 1);
  let penalty = 0;
  for (const w of weights) penalty += l1 * Math.abs(w) + l2 * w * w;
  return meanLoss(data, options.loss ?? "logistic", weights, bias) + penalty;
}

function largestBatch({ offsets }: CsrRows, n: number, batchSize: number, features: number): Shape {
  let entries = 0;
  for (let from = 0; from < n; from += batchSize) entries = Math.max(entries, offsets[Math.min(n, from + batchSize)]! - offsets[from]!);
  const distinct = Math.min(entries, features);
  return { rows: batchSize, width: 0, columns: 1, distinct, dense: 1, perColumn: Math.max(1, distinct), entries, transposed: true };
}

/** Which labels a loss takes. */
const LABELS: Readonly<Record<OneHead, { readonly from: number; readonly to: number; readonly shown: string }>> = {
  logistic: { from: 0, to: 1, shown: "[0, 1]" },
  squared: { from: Number.NEGATIVE_INFINITY, to: Infinity, shown: "a finite number" },
  poisson: { from: 0, to: Infinity, shown: "a finite number from 0" },
};

export function checkData({ rows, features, labels, weights }: FitLinearData, loss: OneHead): void {
  const bad = (what: string): never => {
    throw new CrossbillError("E_FIT_INPUT", `fitLinear: ${what}`, { exitCode: 2 });
  };
  const n = labels.length;
  if (!Number.isInteger(features) || features < 1 || features >= 2 ** 32 - 1) bad(`features is ${features}; allowed is an integer from 1`);
  if (n === 0) bad("there are no rows");
  const allowed = LABELS[loss];
  if (allowed === undefined) bad(`loss is ${String(loss)}; allowed are ${Object.keys(LABELS).join(", ")}`);
  if (rows.offsets.length !== n + 1 || rows.offsets[0] !== 0)
    bad(`rows.offsets has ${rows.offsets.length} numbers from ${rows.offsets[0]}; ${n + 1} from 0 are needed for ${n} labels`);
  for (let i = 0; i < n; i++) {
    if (!(rows.offsets[i + 1]! >= rows.offsets[i]!)) bad(`rows.offsets falls at row ${i}`);
    const y = labels[i]!;
    if (!(Number.isFinite(y) && y >= allowed.from && y <= allowed.to)) bad(`label ${i} is ${y}; allowed is ${allowed.shown}`);
    if (weights !== undefined && !(weights[i]! >= 0 && weights[i]! < Infinity)) bad(`weight ${i} is ${weights[i]}; allowed is a finite number from 0`);
  }
  if (weights !== undefined && weights.length !== n) bad(`${weights.length} weights for ${n} labels`);
  const entries = rows.offsets[n]!;
  if (rows.indices.length < entries || rows.values.length < entries)
    bad(`${rows.indices.length} indices and ${rows.values.length} values; ${entries} are needed`);
  for (let k = 0; k < entries; k++) {
    if (!Number.isInteger(rows.indices[k]) || rows.indices[k]! < 0 || rows.indices[k]! >= features)
      bad(`index ${k} is ${rows.indices[k]}; allowed is an integer in [0, ${features})`);
    if (!Number.isFinite(rows.values[k])) bad(`value ${k} is ${rows.values[k]}; allowed is a finite number`);
  }
}

function diverged(step: number, batches: number, row: number): CrossbillError {
  return new CrossbillError(
    "E_DIVERGED",
    `fitLinear diverged: the loss or a weight is not finite at step ${step + 1}, epoch ${Math.floor(step / batches) + 1}, from row ${row}; a smaller learning rate helps`,
    { details: { step: step + 1, row } },
  );
}
