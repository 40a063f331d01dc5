import { countRows } from "./count-rows.js";
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
  const mean = new PrecisionMean();
  countRows(labels, scores, weights, (part) => mean.add(part.positives, part.negatives, part.size));
  return mean.value();
}

/** {@link averagePrecision} of a ranking. */
export function averagePrecisionOf(ranking: Ranking): number {
  const mean = new PrecisionMean();
  mean.add(ranking.positives, ranking.negatives, ranking.thresholds.length);
  return mean.value();
}

/** sum_t pos_t TP_t / (TP_t + FP_t) / P over distinct scores that come by falling score, part by part. */
class PrecisionMean {
  private readonly sum = new TwoSum();
  private readonly positives = new TwoSum();
  private readonly negatives = new TwoSum();

  add(positives: Float64Array, negatives: Float64Array, size: number): void {
    for (let k = 0; k < size; k++) {
      this.negatives.add(negatives[k]!);
      if (positives[k]! === 0) continue;
      this.positives.add(positives[k]!);
      const above = this.positives.value();
      this.sum.add(positives[k]! * (above / (above + this.negatives.value())));
    }
  }

  value(): number {
    const positives = this.positives.value();
    return positives > 0 ? this.sum.value() / positives : NaN;
  }
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
