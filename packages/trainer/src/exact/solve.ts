import { CrossbillError } from "@crossbill/messages";
import { log } from "@crossbill/numerics";
import { centre } from "./centre.js";
import type { Certificate } from "./certificate.js";
import { type DescendOptions, type Descent, descend, gapAt, type Reference } from "./descend.js";
import { type Fit, fitOf } from "./fit.js";
import type { KernelObjective } from "./kernel-objective.js";
import type { MatrixShape } from "./matrix.js";
import { gradientNorms, type IterationState, smallestDerivative } from "./minimise.js";
import type { ExactHead } from "./passes.js";
import { polish } from "./polish.js";
import { picked, reachable } from "./reachable.js";
import { LIKELY, Screened } from "./screen.js";
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
  /** f64[K]: added to the intercepts where validation rows are predicted; null: nothing. */
  readonly shifts?: Float64Array | null;
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
  /** Over all features, and over working sets of features alone. */
  readonly passes: number;
  readonly partPasses: number;
  readonly converged: boolean;
  /** Not known of the points of a path. */
  readonly fit: Fit;
  readonly curve: readonly SolvePoint[];
}

/** Of the gap, after the first round. */
const LEFT = 0.01;

/** Minimises the objective over the matrix from zero weights and the best constant prediction, or from the given start. */
export function solve(objective: KernelObjective, shape: MatrixShape, options: SolveOptions): Solution {
  const before = objective.passes;
  const F = shape.features;
  const w = objective.vector();
  const labelSums = sumLabels(objective, options);
  if (options.intercept) for (const [k, start] of startIntercepts(labelSums, objective.weight, shape.rows, options).entries()) w[k * (F + 1) + F] = start;
  const curve: SolvePoint[] = [];
  const { initial } = options;
  const steps: DescendOptions = { ...options, before: 0, onIteration: follow(objective, options, curve) };
  const found = options.l1 > 0 ? screened(objective, w, initial, steps) : smooth(objective, w, initial, steps);
  const solution = solutionAt(objective, found, labelSums, options);
  return { ...solution, fit: fitOf(objective, options.head), ...passesSince(objective, before), curve };
}

/** @param before the counts then */
export function passesSince({ passes }: KernelObjective, before: KernelObjective["passes"]): Pick<Solution, "passes" | "partPasses"> {
  return { passes: passes.whole - before.whole, partPasses: passes.part - before.part };
}

/** Collects the points of a curve. */
export function follow(objective: KernelObjective, { classes, onIteration }: SolveOptions, curve: SolvePoint[]): DescendOptions["onIteration"] {
  return (state, w) => {
    const each = w.length / classes;
    let nonZero = 0;
    for (let i = 0; i < w.length; i++) if (w[i] !== 0 && i % each !== each - 1) nonZero++;
    const point = { ...state, meanLoss: objective.meanLoss(), nonZero };
    curve.push(point);
    onIteration?.(point);
  };
}

/** Where a descent ended. */
export interface Ended {
  readonly descent: Descent;
  /** Of all features, or those that can leave 0; what else there is is 0. */
  readonly features: Uint32Array | null;
  /** f64[K][features + 1], the intercepts polished; it was evaluated last. */
  readonly w: Float64Array;
  /** Of f. */
  readonly gradient: Float64Array;
}

function smooth(objective: KernelObjective, w: Float64Array, initial: Start | undefined, options: DescendOptions): Ended {
  const reference = initial === undefined ? null : startAt(objective, w, options, initial);
  const gradient = objective.vector();
  const found = descend(objective, w, { l1: null, reference, known: null, newton: null }, options);
  if (options.classes > 1) {
    centre(w, options.classes, 0);
    objective.evaluateRows(w);
  }
  if (options.intercept) polish(objective, w, options);
  objective.gradient(w, gradient);
  return { descent: { ...found, objective: objective.value(w) }, features: null, w, gradient };
}

function screened(objective: KernelObjective, w: Float64Array, initial: Start | undefined, options: DescendOptions): Ended {
  const reference = startAt(objective, w, options, initial);
  const features = reachable(objective, w, options, options.l1);
  const own = features === null ? w : picked(objective, w, features, options.classes);
  const all = new Screened(features === null ? objective : objective.view(features), own, options.classes, reference);
  const zero = own.every((x, i) => x === 0 || (i + 1) % (own.length / options.classes) === 0);
  const before = zero ? all.approach(options) : 0;
  const descent = all.descend({ ...options, before, above: LIKELY * options.l1, left: LEFT, ahead: null, scaled: true });
  return { descent, features, w: own, gradient: all.gradient };
}

/** What is known of the point where a descent ended. @throws E_DIVERGED */
export function solutionAt(
  objective: KernelObjective,
  { descent, features, w, gradient }: Ended,
  labelSums: readonly number[],
  options: SolveOptions,
): Omit<Solution, "passes" | "partPasses" | "fit" | "curve"> {
  if (!Number.isFinite(descent.objective))
    throw new CrossbillError(
      "E_DIVERGED",
      `the loss of the best constant prediction is ${descent.objective}: a label, weight or number is too large for float64; clip and scale the numeric columns`,
    );
  const { classes } = options;
  const gap = descent.gap ?? gapAt(objective, w, gradient, options);
  const [meanLoss, sums] = [objective.meanLoss(), Array.from({ length: classes }, (_, k) => objective.sumPredictions(k))];
  const far = (k: number): number => Math.abs(sums[k]! - labelSums[k]!);
  const worst = sums.reduce((most, _, k) => (far(k) > far(most) ? k : most), 0);
  const start = spread(w, features, objective.size / classes - 1, classes);
  return {
    ...start,
    objective: descent.objective,
    meanLoss,
    validationLoss: objective.validationLoss({ ...start, intercepts: start.intercepts.map((x, k) => x + (options.shifts?.[k] ?? 0)) }),
    certificate: {
      gradientNorm: subgradientNorm(gradient, w, options),
      relativeGradientNorm: descent.relativeGradient,
      dualityGap: gap,
      relativeGap: gap === 0 ? 0 : gap / Math.abs(descent.constant),
      sumPredictions: sums[worst]!,
      sumLabels: labelSums[worst]!,
    },
    iterations: descent.iterations,
    converged: descent.converged,
  };
}

/** f64[K][F] and f64[K] of weights f64[K][features + 1]. */
function spread(w: Float64Array, features: Uint32Array | null, F: number, classes: number): Start {
  const each = w.length / classes;
  const weights = new Float64Array(classes * F);
  for (let k = 0; k < classes; k++) {
    const own = w.subarray(k * each, (k + 1) * each - 1);
    if (features === null) weights.set(own, k * F);
    else for (const [i, f] of features.entries()) weights[k * F + f] = own[i]!;
  }
  return { weights, intercepts: Float64Array.from({ length: classes }, (_, k) => w[(k + 1) * each - 1]!) };
}

function subgradientNorm(gradient: Float64Array, w: Float64Array, { l1, classes }: SolveOptions): number {
  const each = w.length / classes;
  let sum = 0;
  for (let i = 0; i < w.length; i++) {
    const g = smallestDerivative(gradient[i]!, w[i]!, i % each === each - 1 ? 0 : l1);
    sum += g * g;
  }
  return Math.sqrt(sum);
}

/**
 * The gradient norms and the objective at w, the best constant prediction, which a share of the gradient is a share of wherever the solve starts. Then moves w to the
 * given start, if the objective is lower there.
 */
function startAt(objective: KernelObjective, w: Float64Array, { intercept, l1 }: DescendOptions, initial: Start | undefined): Reference {
  return objective.scope(() => {
    const [gradient, m] = [objective.vector(), objective.vector()];
    const constant = objective.evaluate(w, gradient);
    objective.diagonal(m);
    const reference = { ...gradientNorms(gradient, m), constant };
    if (initial === undefined) return reference;
    const { weights, intercepts } = initial;
    const [K, there] = [intercepts.length, objective.vector()];
    const F = weights.length / K;
    for (let k = 0; k < K; k++) {
      there.set(weights.subarray(k * F, (k + 1) * F), k * (F + 1));
      if (intercept) there[k * (F + 1) + F] = intercepts[k]!;
    }
    let penalty = 0;
    for (const x of weights) penalty += l1 * Math.abs(x);
    if (objective.evaluate(there, gradient) + penalty < constant) w.set(there);
    return reference;
  });
}

/** Weighted sum of the labels; of several classes, the weight of each. */
export function sumLabels(objective: KernelObjective, { head, classes }: SolveOptions): number[] {
  const { labels, vectors, weights } = objective;
  const label = (i: number, k: number): number => (head !== "softmax" ? labels[i]! : vectors !== null ? vectors[i * classes + k]! : labels[i] === k ? 1 : 0);
  const of = (k: number): Float64Array => weights.map((weight, i) => weight * label(i, k));
  return Array.from({ length: classes }, (_, k) => treeSum(of(k), 0, labels.length));
}

/** The best constant prediction (with half a row's weight of every class, or of a count where all are 0, so that it is finite). */
export function startIntercepts(sums: readonly number[], weight: number, rows: number, { head }: SolveOptions): number[] {
  const half = (0.5 * weight) / rows;
  if (head === "squared") return [sums[0]! / weight];
  if (head === "poisson") return [log((sums[0]! > 0 ? sums[0]! : half) / weight)];
  if (head === "logistic") return [log((sums[0]! + half) / (weight - sums[0]! + half))];
  const logs = sums.map((sum) => log(sum + half));
  const mean = treeSum(Float64Array.from(logs), 0, logs.length) / logs.length;
  return logs.map((one) => one - mean);
}
