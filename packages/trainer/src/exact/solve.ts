import { CrossbillError } from "@crossbill/messages";
import { log } from "@crossbill/numerics";
import type { Certificate } from "./certificate.js";
import { descend, gapAt, type Reference } from "./descend.js";
import type { KernelObjective } from "./kernel-objective.js";
import type { MatrixShape } from "./matrix.js";
import { gradientNorms, type IterationState, smallestSubgradient } from "./minimise.js";
import type { ExactHead } from "./passes.js";
import { polish } from "./polish.js";
import { treeSum } from "./vectors.js";

export interface SolveOptions {
  readonly head: ExactHead;
  /** K; 1 for the heads of one prediction. */
  readonly classes: number;
  readonly intercept: boolean;
  /** f + l1 sum |w| is minimised, without the intercepts. */
  readonly l1: number;
  readonly tolerance: number;
  /** Relative duality gap that is enough, too; 0: the tolerance alone decides. */
  readonly gap: number;
  readonly maxIterations: number;
  /** Where to start, if the objective is lower there than at the best constant prediction. */
  readonly initial?: Start | undefined;
  readonly onIteration?: (point: SolvePoint) => void;
}

/** f64[K][F] and f64[K] */
export interface Start {
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
}

/** Where a solve stands after a Newton step. */
export interface SolvePoint extends IterationState {
  readonly meanLoss: number;
  readonly nonZero: number;
}

export interface Solution {
  /** f64[K][F] */
  readonly weights: Float64Array;
  /** f64[K] */
  readonly intercepts: Float64Array;
  readonly objective: number;
  readonly meanLoss: number;
  readonly validationLoss: number;
  readonly certificate: Certificate;
  readonly iterations: number;
  readonly passes: number;
  readonly converged: boolean;
  readonly curve: readonly SolvePoint[];
}

/** Minimises the objective over the matrix from zero weights and the best constant prediction, or from the given start. */
export function solve(objective: KernelObjective, shape: MatrixShape, options: SolveOptions): Solution {
  const F = shape.features;
  const before = objective.passes;
  const w = objective.vector();
  const labelSums = sumLabels(objective, options);
  if (options.intercept) for (const [k, start] of startIntercepts(labelSums, objective.weight, shape.rows, options).entries()) w[k * (F + 1) + F] = start;
  const l1 = options.l1 === 0 ? null : new Float64Array(objective.size).map((_, i) => (i % (F + 1) === F ? 0 : options.l1));
  const curve: SolvePoint[] = [];
  const { initial } = options;
  const warm = initial === undefined ? null : objective.scope(() => startAt(objective, w, options, l1, initial));
  const found = descend(objective, w, l1, warm, {
    ...options,
    onIteration(state) {
      let nonZero = 0;
      for (let i = 0; i < w.length; i++) if (w[i] !== 0 && i % (F + 1) !== F) nonZero++;
      const point = { ...state, meanLoss: objective.meanLoss(), nonZero };
      curve.push(point);
      options.onIteration?.(point);
    },
  });
  if (!Number.isFinite(found.objective))
    throw new CrossbillError(
      "E_DIVERGED",
      `the loss of the best constant prediction is ${found.objective}: a label, weight or number is too large for float64; clip and scale the numeric columns`,
    );
  if (options.classes > 1) centre(w, options.classes, l1 === null ? 0 : F);
  const gradient = objective.vector();
  let value = objective.evaluate(w, gradient);
  if (options.intercept) value = polish(objective, w, gradient, value, options);
  const gap = gapAt(objective, w, gradient, options);
  const [meanLoss, sums] = [objective.meanLoss(), Array.from({ length: options.classes }, (_, k) => objective.sumPredictions(k))];
  const far = (k: number): number => Math.abs(sums[k]! - labelSums[k]!);
  const worst = sums.reduce((most, _, k) => (far(k) > far(most) ? k : most), 0);
  if (l1 !== null) value += smallestSubgradient(gradient, gradient, w, l1);
  const norm = Math.sqrt(
    treeSum(
      gradient.map((g) => g * g),
      0,
      gradient.length,
    ),
  );
  return {
    weights: Float64Array.from({ length: options.classes * F }, (_, i) => w[Math.floor(i / F) * (F + 1) + (i % F)]!),
    intercepts: Float64Array.from({ length: options.classes }, (_, k) => w[k * (F + 1) + F]!),
    objective: value,
    meanLoss,
    validationLoss: objective.validationLoss(w),
    certificate: {
      gradientNorm: norm,
      relativeGradientNorm: found.relativeGradient,
      dualityGap: gap,
      relativeGap: gap === 0 ? 0 : gap / found.constant,
      sumPredictions: sums[worst]!,
      sumLabels: labelSums[worst]!,
    },
    iterations: found.iterations,
    passes: objective.passes - before,
    converged: found.converged,
    curve,
  };
}

/**
 * Moves w from the best constant prediction to the given start, if that is lower. Returns the gradient norms at the former, which a share of the gradient is a share of
 * wherever the solve starts.
 */
function startAt(objective: KernelObjective, w: Float64Array, { intercept }: SolveOptions, l1: Float64Array | null, { weights, intercepts }: Start): Reference {
  const K = intercepts.length;
  const F = weights.length / K;
  const [gradient, m, there] = [objective.vector(), objective.vector(), objective.vector()];
  const constant = objective.evaluate(w, gradient);
  objective.diagonal(m);
  const reference = gradientNorms(gradient, m);
  for (let k = 0; k < K; k++) {
    there.set(weights.subarray(k * F, (k + 1) * F), k * (F + 1));
    if (intercept) there[k * (F + 1) + F] = intercepts[k]!;
  }
  const value = objective.evaluate(there, gradient) + (l1 === null ? 0 : smallestSubgradient(gradient, gradient, there, l1));
  if (value < constant) w.set(there);
  return { ...reference, constant };
}

/**
 * Weights that are the same for every class change no probability: a feature's K weights are made to add up to 0, the smallest that predict the same. From feature
 * `first` on: with l1 the intercepts alone, since the others have an optimum of their own.
 */
function centre(w: Float64Array, classes: number, first: number): void {
  const each = w.length / classes;
  for (let f = first; f < each; f++) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += w[k * each + f]!;
    for (let k = 0; k < classes; k++) w[k * each + f] = w[k * each + f]! - sum / classes;
  }
}

/** Weighted sum of the labels; of several classes, the weight of each. */
export function sumLabels(objective: KernelObjective, { head, classes }: SolveOptions): number[] {
  const { labels, weights } = objective;
  const of = (k: number): Float64Array => weights.map((weight, i) => (head === "softmax" ? (labels[i] === k ? weight : 0) : weight * labels[i]!));
  return Array.from({ length: classes }, (_, k) => treeSum(of(k), 0, labels.length));
}

/** The best constant prediction (with half a row's weight of every class, so that it is finite). */
export function startIntercepts(sums: readonly number[], weight: number, rows: number, { head }: SolveOptions): number[] {
  const half = (0.5 * weight) / rows;
  if (head === "squared") return [sums[0]! / weight];
  if (head === "logistic") return [log((sums[0]! + half) / (weight - sums[0]! + half))];
  const logs = sums.map((sum) => log(sum + half));
  const mean = treeSum(Float64Array.from(logs), 0, logs.length) / logs.length;
  return logs.map((one) => one - mean);
}
