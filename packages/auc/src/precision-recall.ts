import { type Ranking, rankRows } from "./ranking.js";
import { TwoSum } from "./two-sum.js";

export interface PrecisionRecallCurve {
  /** Share of label 1 among what is predicted positive, length T + 1; the last entry is 1 by convention. */
  readonly precision: Float64Array;
  /** Share of label 1 that is predicted positive, length T + 1, falling, the last entry 0; NaN without positives. */
  readonly recall: Float64Array;
  /** Distinct scores, rising, length T: the last point has none. */
  readonly thresholds: Float64Array;
}

/**
 * Average precision: AP = sum_t (R_t - R_{t-1}) P_t over the distinct scores, falling; no interpolation.
 * @param labels 0 or 1, length N
 * @param scores any number but NaN, length N; only their order counts
 * @param weights >= 0, length N; default all 1
 * @returns in (0, 1]; NaN without positives
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function averagePrecision(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): number {
  return averagePrecisionOf(rankRows(labels, scores, weights));
}

/** {@link averagePrecision} of a ranking. */
export function averagePrecisionOf(ranking: Ranking): number {
  if (!(ranking.positiveWeight > 0)) return NaN;
  const sum = new TwoSum();
  for (let k = 0; k < ranking.thresholds.length; k++) {
    if (ranking.positives[k]! > 0) sum.add(ranking.positives[k]! * precisionAt(ranking, k));
  }
  return sum.value() / ranking.positiveWeight;
}

/**
 * Precision and recall at every distinct score.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function precisionRecallCurve(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): PrecisionRecallCurve {
  return precisionRecallCurveOf(rankRows(labels, scores, weights));
}

/** {@link precisionRecallCurve} of a ranking. */
export function precisionRecallCurveOf(ranking: Ranking): PrecisionRecallCurve {
  const size = ranking.thresholds.length;
  const precision = new Float64Array(size + 1);
  const recall = new Float64Array(size + 1);
  for (let k = 0; k < size; k++) {
    precision[k] = precisionAt(ranking, size - 1 - k);
    recall[k] = ranking.truePositives[size - 1 - k]! / ranking.positiveWeight;
  }
  precision[size] = 1;
  recall[size] = ranking.positiveWeight > 0 ? 0 : NaN;
  return { precision, recall, thresholds: ranking.thresholds.slice().reverse() };
}

function precisionAt(ranking: Ranking, k: number): number {
  return ranking.truePositives[k]! / (ranking.truePositives[k]! + ranking.falsePositives[k]!);
}
