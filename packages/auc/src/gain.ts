import { type Ranking, rankRows } from "./ranking.js";

export interface GainCurve {
  /** Share of the weight of all rows at the threshold or above, length T + 1, from 0 to 1. */
  readonly share: Float64Array;
  /** Share of the weight of label 1 at the threshold or above (recall), length T + 1, from 0 to 1; NaN without positives. */
  readonly gain: Float64Array;
  /** Infinity (no row), then the distinct scores, falling, length T + 1. */
  readonly thresholds: Float64Array;
}

export interface LiftCurve {
  /** Share of the weight of all rows at the threshold or above, length T, up to 1. */
  readonly share: Float64Array;
  /** Precision over the base rate, length T, 1 at the end; NaN without positives. */
  readonly lift: Float64Array;
  /** Distinct scores, falling, length T. */
  readonly thresholds: Float64Array;
}

/**
 * Cumulative gains: the share TP_t / P of the positives that lie among the share (TP_t + FP_t) / W of rows with the highest scores, at every distinct score.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function gainCurve(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): GainCurve {
  return gainCurveOf(rankRows(labels, scores, weights));
}

/** {@link gainCurve} of a ranking. */
export function gainCurveOf(ranking: Ranking): GainCurve {
  const { truePositives, falsePositives, positiveWeight, negativeWeight } = ranking;
  const size = ranking.thresholds.length + 1;
  const curve = { share: new Float64Array(size), gain: new Float64Array(size), thresholds: new Float64Array(size) };
  curve.gain[0] = positiveWeight > 0 ? 0 : NaN;
  curve.thresholds[0] = Infinity;
  curve.thresholds.set(ranking.thresholds, 1);
  for (let k = 1; k < size; k++) {
    curve.share[k] = (truePositives[k - 1]! + falsePositives[k - 1]!) / (positiveWeight + negativeWeight);
    curve.gain[k] = truePositives[k - 1]! / positiveWeight;
  }
  return curve;
}

/**
 * Lift: how many times as many positives as at random lie among the rows with the highest scores, (TP_t / (TP_t + FP_t)) / (P / W), at every distinct score.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function liftCurve(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): LiftCurve {
  return liftCurveOf(rankRows(labels, scores, weights));
}

/** {@link liftCurve} of a ranking. */
export function liftCurveOf(ranking: Ranking): LiftCurve {
  const { truePositives, falsePositives, positiveWeight, negativeWeight } = ranking;
  const baseRate = positiveWeight / (positiveWeight + negativeWeight);
  const share = truePositives.map((tp, k) => (tp + falsePositives[k]!) / (positiveWeight + negativeWeight));
  const lift = truePositives.map((tp, k) => tp / (tp + falsePositives[k]!) / baseRate);
  return { share, lift, thresholds: ranking.thresholds.slice() };
}
