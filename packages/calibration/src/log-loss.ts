import { ExactSum, log } from "@crossbill/numerics";
import { checkLogitRows, checkRows } from "./inputs.js";
import { rowLogLoss, rowLogLossFromLogit } from "./row-loss.js";

/**
 * Mean log-loss: sum_i w_i (-y_i log p_i - (1 - y_i) log(1 - p_i)) / sum_i w_i, p clipped to [2^-52, 1 - 2^-52], natural logarithm.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @returns >= 0; NaN when the weights sum to 0
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function logLoss(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): number {
  checkRows(labels, probabilities, weights);
  return weightedMean(labels, probabilities, weights, rowLogLoss);
}

/**
 * Mean log-loss from log-odds: sum_i w_i (softplus(z_i) - y_i z_i) / sum_i w_i; exact where probabilities have run into 0 or 1.
 * @param logits finite, length N
 * @returns >= 0; NaN when the weights sum to 0
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_LOGIT_RANGE, E_WEIGHT_RANGE
 */
export function logLossFromLogits(labels: ArrayLike<number>, logits: ArrayLike<number>, weights?: ArrayLike<number>): number {
  checkLogitRows(labels, logits, weights);
  return weightedMean(labels, logits, weights, rowLogLossFromLogit);
}

/**
 * Brier score: sum_i w_i (p_i - y_i)^2 / sum_i w_i.
 * @returns in [0, 1]; NaN when the weights sum to 0
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function brierScore(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): number {
  checkRows(labels, probabilities, weights);
  return weightedMean(labels, probabilities, weights, (y, p) => (p - y) * (p - y));
}

/**
 * Log-loss over the entropy of the base rate (He et al. 2014): 1 is what the base rate alone reaches, smaller is better.
 * @returns >= 0; NaN with one class, or without weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function normalizedEntropy(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): number {
  checkRows(labels, probabilities, weights);
  const rate = weightedMean(labels, labels, weights, (y) => y);
  return weightedMean(labels, probabilities, weights, rowLogLoss) / entropy(rate);
}

/** -r log r - (1 - r) log(1 - r); NaN at 0 and 1, where a quotient by it is undefined. */
export function entropy(rate: number): number {
  return rate > 0 && rate < 1 ? -(rate * log(rate) + (1 - rate) * log(1 - rate)) : NaN;
}

function weightedMean(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  measure: (label: number, prediction: number) => number,
): number {
  const sum = new ExactSum();
  const weight = new ExactSum();
  for (let i = 0; i < labels.length; i++) {
    const x = measure(labels[i]!, predictions[i]!);
    if (weights === undefined) sum.add(x);
    else {
      sum.addProduct(weights[i]!, x);
      weight.add(weights[i]!);
    }
  }
  return sum.value() / (weights === undefined ? labels.length : weight.value());
}
