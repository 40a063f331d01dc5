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
  return areaOf((area) => countRows(labels, scores, weights, (part) => area.add(part.positives, part.negatives, part.size)));
}

/** {@link rocAuc} of a ranking. */
export function rocAucOf(ranking: Ranking): number {
  return areaOf((area) => area.add(ranking.positives, ranking.negatives, ranking.thresholds.length));
}

/** Products of a positive and a negative weight within these lose nothing to the ends of float64. */
const [LEAST_PRODUCT, MOST_PRODUCT] = [2 ** -800, 2 ** 1000];

/** Where the products of the weights would leave float64, every weight is scaled by a power of two first: the area does not depend on the scale. */
function areaOf(count: (area: RocArea) => void): number {
  const area = new RocArea();
  count(area);
  const { positives, negatives } = area;
  const product = positives * negatives;
  if (!(positives > 0 && negatives > 0) || (product > LEAST_PRODUCT && product < MOST_PRODUCT)) return area.value();
  const scaled = new RocArea(powerBelow(1 / positives), powerBelow(1 / negatives));
  count(scaled);
  return scaled.value();
}

/** The power of two at or just below x > 0. */
function powerBelow(x: number): number {
  let power = 1;
  while (power > x) power /= 2;
  while (power * 2 <= x && power < 2 ** 1023) power *= 2;
  return power;
}

/** sum_t neg_t (TP_{t-1} + pos_t / 2) over distinct scores that come by falling score, part by part. */
class RocArea {
  private readonly ordered = new TwoSum();
  private readonly ofPositives = new TwoSum();
  private readonly ofNegatives = new TwoSum();

  /** @param positiveScale, negativeScale powers of two */
  constructor(
    private readonly positiveScale = 1,
    private readonly negativeScale = 1,
  ) {}

  add(positives: Float64Array, negatives: Float64Array, size: number): void {
    const { positiveScale, negativeScale } = this;
    for (let k = 0; k < size; k++) {
      const positive = positives[k]! * positiveScale;
      const negative = negatives[k]! * negativeScale;
      if (negative > 0) {
        this.ordered.add(negative * (this.ofPositives.value() + positive / 2));
        this.ofNegatives.add(negative);
      }
      this.ofPositives.add(positive);
    }
  }

  get positives(): number {
    return this.ofPositives.value();
  }

  get negatives(): number {
    return this.ofNegatives.value();
  }

  value(): number {
    const { positives, negatives } = this;
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
