import { countRows } from "./count-rows.js";
import { TwoSum } from "./two-sum.js";

/**
 * What every ranking metric is made of: the T distinct scores, falling, and the weights behind them. Rows of weight 0 leave no trace.
 * "Positive" is label 1; a row is predicted positive at threshold t when its score >= t.
 */
export interface Ranking {
  /** Distinct scores, falling, length T. */
  readonly thresholds: Float64Array;
  /** Weight of label 1 at exactly that score, length T; correctly rounded sums of the weights. */
  readonly positives: Float64Array;
  /** Weight of label 0 at exactly that score, length T. */
  readonly negatives: Float64Array;
  /** Weight of label 1 at that score or above, length T. */
  readonly truePositives: Float64Array;
  /** Weight of label 0 at that score or above, length T. */
  readonly falsePositives: Float64Array;
  /** Weight of all rows of label 1. */
  readonly positiveWeight: number;
  /** Weight of all rows of label 0. */
  readonly negativeWeight: number;
}

/**
 * Counts rows by distinct score. O(N); the order of the rows leaves no trace in the bits.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function rankRows(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): Ranking {
  const n = labels.length;
  const [thresholds, positives, negatives] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  let size = 0;
  countRows(labels, scores, weights, (part) => {
    thresholds.set(part.thresholds.subarray(0, part.size), size);
    positives.set(part.positives.subarray(0, part.size), size);
    negatives.set(part.negatives.subarray(0, part.size), size);
    size += part.size;
  });
  if (size === n) return rankingOf(thresholds, positives, negatives);
  return rankingOf(thresholds.slice(0, size), positives.slice(0, size), negatives.slice(0, size));
}

/** A ranking from its distinct scores, falling, and the weights at them; the arrays become the ranking's. */
export function rankingOf(thresholds: Float64Array, positives: Float64Array, negatives: Float64Array): Ranking {
  const size = thresholds.length;
  const truePositives = new Float64Array(size);
  const falsePositives = new Float64Array(size);
  const tp = new TwoSum();
  const fp = new TwoSum();
  for (let k = 0; k < size; k++) {
    tp.add(positives[k]!);
    fp.add(negatives[k]!);
    truePositives[k] = tp.value();
    falsePositives[k] = fp.value();
  }
  return { thresholds, positives, negatives, truePositives, falsePositives, positiveWeight: tp.value(), negativeWeight: fp.value() };
}
