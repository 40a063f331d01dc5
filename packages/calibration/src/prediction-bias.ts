import { ExactSum } from "@crossbill/numerics";
import { checkRows, type IntervalOptions } from "./inputs.js";
import { type MeanInterval, MeanSums } from "./mean-sums.js";

export interface PredictionBias {
  /** sum w p / sum w */
  readonly meanPrediction: number;
  /** sum w y / sum w */
  readonly meanLabel: number;
  /** meanPrediction - meanLabel */
  readonly difference: number;
  /** meanPrediction / meanLabel; NaN without positives */
  readonly ratio: number;
}

/** A difference (of means, or a mean of differences) with its standard error and normal interval. */
export interface DifferenceInterval {
  readonly difference: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Rows of positive weight. */
  readonly rows: number;
  readonly weight: number;
}

/**
 * How far the predictions are off on the whole; sum of predictions = sum of labels is a bias of 0.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @returns NaN in every field when the weights sum to 0
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function predictionBias(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): PredictionBias {
  checkRows(labels, probabilities, weights);
  const weight = new ExactSum();
  const predictions = new ExactSum();
  const positives = new ExactSum();
  const residuals = new ExactSum();
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    weight.add(w);
    predictions.addProduct(w, probabilities[i]!);
    residuals.addProduct(w, probabilities[i]!);
    if (labels[i] === 0) continue;
    positives.add(w);
    residuals.add(-w);
  }
  return biasOf(weight.value(), predictions.value(), positives.value(), residuals.value());
}

/** The bias from the sums of w, w p, w y and w (p - y). */
export function biasOf(weight: number, predictions: number, positives: number, residuals: number): PredictionBias {
  return {
    meanPrediction: predictions / weight,
    meanLabel: positives / weight,
    difference: residuals / weight,
    ratio: positives > 0 ? predictions / positives : NaN,
  };
}

/**
 * The bias with its interval: the mean of p_i - y_i, its standard error as in {@link MeanSums}.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function biasInterval(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: IntervalOptions = {},
): DifferenceInterval {
  checkRows(labels, probabilities, weights);
  const sums = new MeanSums();
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    if (w > 0) sums.add(w, probabilities[i]!, labels[i]!);
  }
  return differenceOf(sums, sums.interval(options));
}

export function differenceOf(sums: MeanSums, interval: MeanInterval): DifferenceInterval {
  const { mean, standardError, low, high } = interval;
  return { difference: mean, standardError, low, high, rows: sums.rows, weight: sums.weight.value() };
}
