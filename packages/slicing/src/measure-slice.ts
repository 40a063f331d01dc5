import { ExactSum, log, normalQuantile } from "@crossbill/numerics";
import type { FactorSums } from "./factor-sums.js";
import type { SliceOptions } from "./inputs.js";
import { type ClassDraws, calibrationErrorOf, rankingOf } from "./slice-ranking.js";
import type { SliceSums } from "./slice-sums.js";
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
  readonly logLossLow: number;
  readonly logLossHigh: number;
  readonly brierScore: number;
  /** Log-loss over the entropy of the slice's own base rate; NaN with one class. */
  readonly normalizedEntropy: number;
  /** NaN with one class. */
  readonly auc: number;
  readonly aucLow: number;
  readonly aucHigh: number;
  /** The exact AUC is within this of `auc`: 0 up to the accumulator's capacity. */
  readonly aucErrorBound: number;
  /** Over at most 10 bins of equal weight. */
  readonly calibrationError: number;
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

/**
 * The metrics of some rows. Sums are exact, so that a row of integer weight k gives the bits of k rows; for x = p - y and for the losses, with their mean m,
 *   se^2 = n / (n - 1) sum w^2 (x - m)^2 / W^2    (importance; n rows of positive weight)
 *   se^2 = sum w (x - m)^2 / (W (W - 1))          (frequency)
 */
export function measureSlice(sums: SliceSums, options: Required<SliceOptions>): Omit<SliceMetrics, "slice"> {
  const importance = options.weightKind === "importance";
  const plain = sums.byWeight();
  const spread = importance ? sums.bySquare() : plain;
  const weight = plain.factors.value();
  const positiveWeight = plain.labels.value();
  const rate = positiveWeight / weight;
  const difference = plain.residuals.value() / weight;
  const logLoss = plain.losses.value() / weight;
  const draws = importance ? sums.positives + sums.negatives : weight;
  const errorOf = (squares: ExactSum, values: ExactSum, mean: number): number => {
    // sum f (x - m)^2 = sum f x^2 - 2 m sum f x + m^2 sum f, rounded once.
    const sum = new ExactSum().merge(squares);
    sum.addProduct(-2 * mean, values.value());
    sum.addProduct(mean * mean, spread.factors.value());
    const deviations = Math.max(0, sum.value()) / weight;
    return draws > 1 ? Math.sqrt(importance ? ((draws / (draws - 1)) * deviations) / weight : deviations / (weight - 1)) : Number.NaN;
  };
  const standardError = errorOf(spread.squares, spread.residuals, difference);
  // Few rows without a positive have hardly any spread of their own: the predictions' variance then tells what the interval must cover.
  const calibratedStandardError = Math.sqrt(importance ? sampledVariance(plain, spread) : plain.variances.value()) / weight;
  const quantile = normalQuantile((1 + options.level) / 2);
  const reach = quantile * Math.max(standardError, calibratedStandardError);
  const lossReach = quantile * errorOf(spread.squaredLosses, spread.losses, logLoss);
  const distinct = sums.distinct();
  const drawsOf = (rows: number, all: number, squared: number): ClassDraws =>
    importance ? { draws: rows, share: squared / all / all } : { draws: all, share: 1 / all };
  const negativeWeight = weight - positiveWeight;
  const ranking = rankingOf(
    distinct,
    sums.scores.roundedBits > 0,
    drawsOf(sums.positives, positiveWeight, spread.labels.value()),
    drawsOf(sums.negatives, negativeWeight, spread.factors.value() - spread.labels.value()),
    options.level,
  );
  return {
    rows: sums.rows,
    weight,
    positiveWeight,
    logLoss,
    logLossLow: logLoss - lossReach,
    logLossHigh: logLoss + lossReach,
    brierScore: plain.squares.value() / weight,
    normalizedEntropy: rate > 0 && rate < 1 ? logLoss / -(rate * log(rate) + (1 - rate) * log(1 - rate)) : Number.NaN,
    auc: ranking.auc,
    aucLow: ranking.low,
    aucHigh: ranking.high,
    aucErrorBound: ranking.errorBound,
    calibrationError: calibrationErrorOf(distinct, weight),
    bias: {
      meanPrediction: plain.predictions.value() / weight,
      meanLabel: rate,
      difference,
      ratio: positiveWeight > 0 ? plain.predictions.value() / positiveWeight : Number.NaN,
      standardError,
      calibratedStandardError,
      low: difference - reach,
      high: difference + reach,
    },
  };
}

/**
 * What sum w (y - p) of importance weights varies by if the predictions are true: an example of weight w stands for w drawn ones, of which one of label y has a variance of
 * W_y (y - p)^2, W_y = sum w^2 / sum w over the rows of label y. Together
 *   sum w p (1 - p) (W_1 (1 - p) + W_0 p),
 * which is sum w^2 p (1 - p) where weights do not go with the label, and right where they do, as those of down-sampled negatives. A label without rows has the other's W.
 */
function sampledVariance(plain: FactorSums, squared: FactorSums): number {
  const positives = plain.labels.value();
  const squaredPositives = squared.labels.value();
  const negatives = plain.factors.value() - positives;
  const squaredNegatives = squared.factors.value() - squaredPositives;
  const one = positives > 0 ? squaredPositives / positives : squaredNegatives / negatives;
  const zero = negatives > 0 ? squaredNegatives / negatives : one;
  const variance = plain.variances.value();
  if (one === zero) return one * variance;
  const ofOne = plain.positiveVariances.value();
  return one * ofOne + zero * (variance - ofOne);
}
