import { checkLogitRows, checkRows } from "../inputs.js";
import { type PooledRows, poolRows } from "../pool-rows.js";
import { clippedLogit } from "./clipped-logits.js";
import { fitLogistic } from "./logistic.js";
import { checkSome } from "./no-rows.js";
import type { PlattRecalibration } from "./recalibration.js";

export interface PlattOptions {
  /**
   * Targets (N1 + 1) / (N1 + 2) for label 1 and 1 / (N0 + 2) for label 0 in the place of 1 and 0, N1 and N0 their weights (Platt 1999): finite where the log-odds
   * separate the labels. Default false: the sum of predictions is that of the labels.
   */
  readonly smooth?: boolean;
}

/** How a fit ended. */
export interface FitEnd {
  /** false: the labels are separated (or all of one kind), so that the best numbers are infinite; those here are as far as it went. */
  readonly converged: boolean;
  readonly iterations: number;
}

/**
 * Platt's scaling (1999) on log-odds: the logistic regression of the labels on z = log(p / (1 - p)), slope and intercept, by Newton's method. Predictions that all
 * are equal keep the slope 1. p is clipped to [2^-52, 1 - 2^-52].
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_RECALIBRATION_ROWS
 */
export function fitPlatt(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: PlattOptions = {},
): PlattRecalibration & FitEnd {
  checkRows(labels, probabilities, weights);
  return plattOf(poolRows(labels, Float64Array.from(probabilities, clippedLogit), weights), options);
}

/** {@link fitPlatt} of log-odds. @param logits finite, length N @throws E_LOGIT_RANGE as well */
export function fitPlattFromLogits(
  labels: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: PlattOptions = {},
): PlattRecalibration & FitEnd {
  checkLogitRows(labels, logits, weights);
  return plattOf(poolRows(labels, logits, weights), options);
}

function plattOf(pooled: PooledRows, { smooth = false }: PlattOptions): PlattRecalibration & FitEnd {
  checkSome(pooled);
  const { values, negatives, positives } = pooled;
  const weights = negatives.map((negative, t) => negative + positives[t]!);
  const n0 = sum(negatives);
  const n1 = sum(positives);
  const [low, high] = smooth ? [1 / (n0 + 2), (n1 + 1) / (n1 + 2)] : [0, 1];
  const targets = smooth ? positives.map((positive, t) => high * positive + low * negatives[t]!) : positives;
  const finite = smooth || !isSeparated(pooled);
  const base = clippedLogit((low * n0 + high * n1) / (n0 + n1));
  if (values.length === 1) return { kind: "platt", slope: 1, intercept: base - values[0]!, converged: finite || (n0 > 0 && n1 > 0), iterations: 0 };
  const fit = fitLogistic({ columns: [values, new Float64Array(values.length).fill(1)], weights, targets }, [0, base]);
  const [slope, intercept] = fit.theta as [number, number];
  return { kind: "platt", slope, intercept, converged: finite && fit.converged, iterations: fit.iterations };
}

/** Whether some cut of the predictions has labels of one kind on either side: no finite slope and intercept are best then. */
export function isSeparated({ values, negatives, positives }: Omit<PooledRows, "facts">): boolean {
  const range = (weights: Float64Array): [number, number] => {
    let [least, most] = [Infinity, -Infinity];
    for (let t = 0; t < values.length; t++) if (weights[t]! > 0) [least, most] = [Math.min(least, values[t]!), Math.max(most, values[t]!)];
    return [least, most];
  };
  const [leastNegative, mostNegative] = range(negatives);
  const [leastPositive, mostPositive] = range(positives);
  return mostNegative <= leastPositive || mostPositive <= leastNegative;
}

function sum(xs: Float64Array): number {
  return xs.reduce((total, x) => total + x, 0);
}
