import type { SliceValue } from "../slice-value.js";
import { FairnessAccumulator, type FairnessValue, type FairnessValueOptions } from "./fairness-accumulator.js";

export interface FairnessOptions extends FairnessValueOptions {
  /** Predicted positive: probability >= threshold, in [0, 1]; default 0.5. Predictions of 0 and 1 are taken as they are. */
  readonly threshold?: number;
  /** >= 0, length N; default all 1. */
  readonly weights?: ArrayLike<number>;
}

/**
 * Rates of decisions by group (Hardt, Price and Srebro 2016): of predicted positives, of true and false positives, precision, with Wilson's intervals; and the largest differences between
 * two groups of
 *   demographic parity   P(positive | a) - P(positive | b)
 *   equal opportunity    P(positive | y = 1, a) - P(positive | y = 1, b)
 *   equalised odds       the larger of that and P(positive | y = 0, a) - P(positive | y = 0, b)
 * with Newcombe's intervals, wide enough for the choice of the two groups among all.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, or predictions of 0 and 1, length N
 * @param groups values texts, numbers or null, length N
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_SLICE_VALUE, E_THRESHOLD_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function fairness(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  groups: ArrayLike<SliceValue | undefined>,
  options: FairnessOptions = {},
): FairnessValue {
  const accumulator = new FairnessAccumulator(options.threshold === undefined ? {} : { threshold: options.threshold });
  accumulator.update(labels, probabilities, groups, options.weights);
  return accumulator.value(options);
}
