import { ExactSum, log, log1p, normalQuantile } from "@crossbill/numerics";
import type { SliceOptions } from "./inputs.js";
import { aucOfOrdered } from "./slice-auc.js";
import type { SliceValue } from "./slice-value.js";

export interface SliceMetrics {
  /** The fields of the slice and their values, in the order of the set; own properties, whatever the names. */
  readonly slice: Readonly<Record<string, SliceValue>>;
  /** Rows given, those of weight 0 too. */
  readonly rows: number;
  readonly weight: number;
  /** Weight of label 1. */
  readonly positiveWeight: number;
  /** Mean log-loss, probabilities clipped to [2^-52, 1 - 2^-52], natural logarithm. */
  readonly logLoss: number;
  readonly brierScore: number;
  /** Log-loss over the entropy of the slice's own base rate; NaN with one class. */
  readonly normalizedEntropy: number;
  /** NaN with one class. */
  readonly auc: number;
  readonly bias: SliceBias;
}

export interface SliceBias {
  readonly meanPrediction: number;
  readonly meanLabel: number;
  /** meanPrediction - meanLabel */
  readonly difference: number;
  /** meanPrediction / meanLabel; NaN without positives */
  readonly ratio: number;
  /** Of the difference; with the interval NaN where fewer than two rows (importance) or a weight of at most 1 (frequency) tell it. */
  readonly standardError: number;
  /** Of the difference if the predictions were the true probabilities: of the score test of no bias, z = difference / calibratedStandardError. */
  readonly calibratedStandardError: number;
  readonly low: number;
  readonly high: number;
}

/** Rows in columns. */
export interface SliceRows {
  /** 0 or 1, length N. */
  readonly labels: Uint8Array;
  /** In [0, 1], length N. */
  readonly probabilities: Float64Array;
  /** >= 0, length N; undefined: all 1. */
  readonly weights: Float64Array | undefined;
}

const CLIP = 2.220446049250313e-16;

/**
 * The metrics of some rows. Sums are exact, so that a row of integer weight k gives the bits of k rows; with d_i = p_i - y_i and their mean m
 *   se^2 = n / (n - 1) sum w^2 (d - m)^2 / W^2    (importance; n rows of positive weight)
 *   se^2 = sum w (d - m)^2 / (W (W - 1))          (frequency)
 * @param order the slice's rows, by rising probability, ties by weight
 */
export function measureSlice(rows: SliceRows, order: Uint32Array, options: Required<SliceOptions>): Omit<SliceMetrics, "slice"> {
  const importance = options.weightKind === "importance";
  const weights = new ExactSum();
  const predictions = new ExactSum();
  const positives = new ExactSum();
  const residuals = new ExactSum();
  const losses = new ExactSum();
  const squares = new ExactSum();
  const variances = new ExactSum();
  let draws = 0;
  for (const row of order) {
    const w = rows.weights === undefined ? 1 : rows.weights[row]!;
    if (w === 0) continue;
    const y = rows.labels[row]!;
    const p = rows.probabilities[row]!;
    const clipped = Math.min(Math.max(p, CLIP), 1 - CLIP);
    draws++;
    weights.add(w);
    predictions.addProduct(w, p);
    residuals.addProduct(w, p);
    squares.addProduct(w, (p - y) * (p - y));
    variances.addProduct(importance ? w * w : w, p * (1 - p));
    losses.addProduct(w, y === 1 ? -log(clipped) : -log1p(-clipped));
    if (y === 0) continue;
    positives.add(w);
    residuals.add(-w);
  }
  const weight = weights.value();
  const positiveWeight = positives.value();
  const rate = positiveWeight / weight;
  const difference = residuals.value() / weight;
  const deviations = new ExactSum();
  for (const row of order) {
    const w = rows.weights === undefined ? 1 : rows.weights[row]!;
    const d = rows.probabilities[row]! - rows.labels[row]! - difference;
    if (w > 0) deviations.addProduct(importance ? w * w : w, d * d);
  }
  const n = importance ? draws : weight;
  const spread = deviations.value() / weight;
  const standardError = n > 1 ? Math.sqrt(importance ? ((n / (n - 1)) * spread) / weight : spread / (weight - 1)) : NaN;
  // Few rows without a positive have hardly any spread of their own: the predictions' variance then tells what the interval must cover.
  const calibratedStandardError = Math.sqrt(variances.value()) / weight;
  const reach = normalQuantile((1 + options.level) / 2) * Math.max(standardError, calibratedStandardError);
  const logLoss = losses.value() / weight;
  return {
    rows: order.length,
    weight,
    positiveWeight,
    logLoss,
    brierScore: squares.value() / weight,
    normalizedEntropy: rate > 0 && rate < 1 ? logLoss / -(rate * log(rate) + (1 - rate) * log(1 - rate)) : NaN,
    auc: aucOfOrdered(order, rows.labels, rows.probabilities, rows.weights),
    bias: {
      meanPrediction: predictions.value() / weight,
      meanLabel: rate,
      difference,
      ratio: positiveWeight > 0 ? predictions.value() / positiveWeight : NaN,
      standardError,
      calibratedStandardError,
      low: difference - reach,
      high: difference + reach,
    },
  };
}
