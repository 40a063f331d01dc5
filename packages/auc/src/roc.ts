import { countRows } from "./count-rows.js";
import { type Ranking, rankRows } from "./ranking.js";
import { TwoSum } from "./two-sum.js";

export interface RocCurve {
  /** Share of the weight of label 0 at the threshold or above, length T + 1, from 0 to 1; NaN without negatives. */
  readonly falsePositiveRate: Float64Array;
  /** Share of the weight of label 1 at the threshold or above, length T + 1, from 0 to 1; NaN without positives. */
  readonly truePositiveRate: Float64Array;
  /** Infinity (nothing predicted positive), then the distinct scores, falling, length T + 1. */
  readonly thresholds: Float64Array;
}

/**
 * Area under the ROC curve: the probability that a random row of label 1 scores above one of label 0, ties counted half, rows drawn by weight.
 * AUC = sum_t neg_t (TP_{t-1} + pos_t / 2) / (P N)   (Hanley and McNeil 1982; the Mann-Whitney statistic)
 * @param labels 0 or 1, length N
 * @param scores any number but NaN, length N; only their order counts
 * @param weights >= 0, length N; default all 1
 * @returns in [0, 1]; NaN when a class has no weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function rocAuc(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): number {
  const area = new RocArea();
  countRows(labels, scores, weights, (part) => area.add(part.positives, part.negatives, part.size));
  return area.value();
}

/** {@link rocAuc} of a ranking. */
export function rocAucOf(ranking: Ranking): number {
  const area = new RocArea();
  area.add(ranking.positives, ranking.negatives, ranking.thresholds.length);
  return area.value();
}

/** sum_t neg_t (TP_{t-1} + pos_t / 2) over distinct scores that come by falling score, part by part. */
class RocArea {
  private readonly ordered = new TwoSum();
  private readonly positives = new TwoSum();
  private readonly negatives = new TwoSum();

  add(positives: Float64Array, negatives: Float64Array, size: number): void {
    for (let k = 0; k < size; k++) {
      if (negatives[k]! > 0) {
        this.ordered.add(negatives[k]! * (this.positives.value() + positives[k]! / 2));
        this.negatives.add(negatives[k]!);
      }
      this.positives.add(positives[k]!);
    }
  }

  value(): number {
    const [positives, negatives] = [this.positives.value(), this.negatives.value()];
    if (!(positives > 0 && negatives > 0)) return NaN;
    return Math.min(1, this.ordered.value() / positives / negatives); // two divisions may round past 1
  }
}

/**
 * The ROC curve at every distinct score: none is dropped, so that the curve of two halves can be compared point by point.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function rocCurve(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): RocCurve {
  return rocCurveOf(rankRows(labels, scores, weights));
}

/** {@link rocCurve} of a ranking. */
export function rocCurveOf(ranking: Ranking): RocCurve {
  const size = ranking.thresholds.length + 1;
  const falsePositiveRate = new Float64Array(size);
  const truePositiveRate = new Float64Array(size);
  const thresholds = new Float64Array(size);
  thresholds[0] = Infinity;
  thresholds.set(ranking.thresholds, 1);
  for (let k = 0; k < size; k++) {
    falsePositiveRate[k] = (k === 0 ? 0 : ranking.falsePositives[k - 1]!) / ranking.negativeWeight;
    truePositiveRate[k] = (k === 0 ? 0 : ranking.truePositives[k - 1]!) / ranking.positiveWeight;
  }
  return { falsePositiveRate, truePositiveRate, thresholds };
}
