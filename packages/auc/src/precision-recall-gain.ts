import { type Ranking, rankRows } from "./ranking.js";
import { TwoSum } from "./two-sum.js";

export interface PrecisionRecallGainCurve {
  /** At most 1; 0 is what predicting everything positive reaches, below 0 is worse. Ends at 0. */
  readonly precisionGain: Float64Array;
  /** From 0 to 1, rising. */
  readonly recallGain: Float64Array;
  /** Distinct scores, falling; NaN for a first point that lies between two of them. */
  readonly thresholds: Float64Array;
}

/**
 * Precision-recall-gain (Flach and Kull 2015), in which linear interpolation and areas are meant as they are drawn. With pi = P / (P + N),
 *   precision gain = (precision - pi) / ((1 - pi) precision) = 1 - (P FP) / (N TP)
 *   recall gain    = (recall - pi) / ((1 - pi) recall)       = 1 - (P FN) / (N TP)
 * at every distinct score with a recall gain of at least 0; the curve begins at a recall gain of 0 (TP = P^2 / (P + N)), FP interpolated where no score has it.
 * @returns without points when a class has no weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function precisionRecallGainCurve(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): PrecisionRecallGainCurve {
  return precisionRecallGainCurveOf(rankRows(labels, scores, weights));
}

/** {@link precisionRecallGainCurve} of a ranking. */
export function precisionRecallGainCurveOf(ranking: Ranking): PrecisionRecallGainCurve {
  const { thresholds, truePositives, falsePositives, positiveWeight: p, negativeWeight: n } = ranking;
  if (!(p > 0 && n > 0)) return { precisionGain: new Float64Array(0), recallGain: new Float64Array(0), thresholds: new Float64Array(0) };
  const start = p * (p / (p + n));
  const first = truePositives.findIndex((tp) => tp >= start);
  const between = truePositives[first]! > start ? 1 : 0;
  const size = thresholds.length - first + between;
  const curve = { precisionGain: new Float64Array(size), recallGain: new Float64Array(size), thresholds: new Float64Array(size) };
  if (between === 1) {
    const [tp, fp] = first === 0 ? [0, 0] : [truePositives[first - 1]!, falsePositives[first - 1]!];
    const share = (start - tp) / (truePositives[first]! - tp);
    curve.precisionGain[0] = 1 - (p / n) * ((fp + share * (falsePositives[first]! - fp)) / start);
    curve.thresholds[0] = NaN;
  }
  for (let k = first, at = between; at < size; k++, at++) {
    curve.precisionGain[at] = 1 - (p / n) * (falsePositives[k]! / truePositives[k]!);
    curve.recallGain[at] = 1 - (p / n) * (Math.max(0, p - truePositives[k]!) / truePositives[k]!);
    curve.thresholds[at] = thresholds[k]!;
  }
  if (between === 0) curve.recallGain[0] = 0;
  curve.precisionGain[size - 1] = 0;
  return curve;
}

/**
 * Area under the precision-recall-gain curve: sum of trapezoids over the recall gain from 0 to 1. Its expectation orders models as their expected F1 does.
 * @returns at most 1, 0 for constant scores, possibly negative; NaN when a class has no weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function precisionRecallGainArea(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): number {
  return precisionRecallGainAreaOf(rankRows(labels, scores, weights));
}

/** {@link precisionRecallGainArea} of a ranking. */
export function precisionRecallGainAreaOf(ranking: Ranking): number {
  const { precisionGain, recallGain } = precisionRecallGainCurveOf(ranking);
  if (recallGain.length === 0) return NaN;
  const area = new TwoSum();
  for (let k = 1; k < recallGain.length; k++) area.add(((recallGain[k]! - recallGain[k - 1]!) * (precisionGain[k]! + precisionGain[k - 1]!)) / 2);
  return area.value();
}
