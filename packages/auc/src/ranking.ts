import { ExactSum } from "@crossbill/numerics";
import { checkRows } from "./inputs.js";
import { scoreKeys, scoreOfKey } from "./score-keys.js";
import { sortKeys } from "./sort-keys.js";
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
  checkRows(labels, scores, weights);
  const n = labels.length;
  const hi = new Uint32Array(n);
  const lo = new Uint32Array(n);
  scoreKeys(hi, lo, 0, scores);
  const order = sortKeys(hi, lo);
  const thresholds = new Float64Array(n);
  const positives = new Float64Array(n);
  const negatives = new Float64Array(n);
  const rounded = weights !== undefined && !addExactly(weights);
  let size = 0;
  for (let end = n; end > 0; ) {
    const first = order[end - 1]!;
    let start = end - 1;
    while (start > 0 && hi[order[start - 1]!] === hi[first] && lo[order[start - 1]!] === lo[first]) start--;
    let weight = 0;
    for (let k = start; k < end; k++) {
      const row = order[k]!;
      const w = weights === undefined ? 1 : weights[row]!;
      if (labels[row] === 1) positives[size]! += w;
      else negatives[size]! += w;
      weight += w;
    }
    if (weight > 0) {
      if (rounded && end - start > 2) {
        positives[size] = tiedWeight(order, start, end, labels, weights, 1);
        negatives[size] = tiedWeight(order, start, end, labels, weights, 0);
      }
      thresholds[size++] = scoreOfKey(hi[first]!, lo[first]!);
    }
    end = start;
  }
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

/** Whether plain additions of these weights are exact in any order: integers whose sum is at most 2^53. */
function addExactly(weights: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    if (!Number.isInteger(weights[i]!)) return false;
    sum += weights[i]!;
  }
  return sum <= Number.MAX_SAFE_INTEGER;
}

/** Correctly rounded weight of one label over tied rows. */
function tiedWeight(order: Uint32Array, start: number, end: number, labels: ArrayLike<number>, weights: ArrayLike<number>, label: number): number {
  const sum = new ExactSum();
  for (let k = start; k < end; k++) if (labels[order[k]!] === label) sum.add(weights[order[k]!]!);
  return sum.value();
}
