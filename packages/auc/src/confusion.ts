import { CrossbillError } from "@crossbill/messages";
import { type Ranking, rankRows } from "./ranking.js";

/** What predicting "positive" at scores >= threshold does; counts are weights, undefined ratios NaN. */
export interface Confusion {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  /** (TP + TN) / all */
  readonly accuracy: number;
  /** TP / (TP + FP) */
  readonly precision: number;
  /** TP / (TP + FN), the true positive rate */
  readonly recall: number;
  /** TN / (TN + FP) */
  readonly specificity: number;
  /** 2 TP / (2 TP + FP + FN) */
  readonly f1: number;
}

/**
 * The confusion matrix at one threshold. The weights may stand before or after the threshold.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; E_THRESHOLD_RANGE for a threshold that is no number
 */
export function confusionAt(labels: ArrayLike<number>, scores: ArrayLike<number>, threshold: number, weights?: ArrayLike<number>): Confusion;
export function confusionAt(labels: ArrayLike<number>, scores: ArrayLike<number>, weights: ArrayLike<number> | undefined, threshold: number): Confusion;
export function confusionAt(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  third: number | ArrayLike<number> | undefined,
  fourth?: number | ArrayLike<number>,
): Confusion {
  const [threshold, weights] = typeof third === "number" ? [third, fourth] : [fourth, third];
  if (typeof threshold !== "number" || Number.isNaN(threshold))
    throw new CrossbillError(
      "E_THRESHOLD_RANGE",
      `threshold is ${typeof threshold === "number" ? threshold : `a ${typeof threshold}`}, allowed is any number but NaN`,
      { exitCode: 2 },
    );
  return confusionOf(rankRows(labels, scores, weights as ArrayLike<number> | undefined), threshold);
}

/** {@link confusionAt} of a ranking. */
export function confusionOf(ranking: Ranking, threshold: number): Confusion {
  let above = 0; // thresholds [0, above) are >= threshold
  for (let end = ranking.thresholds.length; above < end; ) {
    const middle = (above + end) >>> 1;
    if (ranking.thresholds[middle]! >= threshold) above = middle + 1;
    else end = middle;
  }
  return confusionAtIndex(ranking, above, threshold);
}

/** The confusion when the `above` highest distinct scores are predicted positive. */
export function confusionAtIndex(ranking: Ranking, above: number, threshold: number): Confusion {
  const tp = above === 0 ? 0 : ranking.truePositives[above - 1]!;
  const fp = above === 0 ? 0 : ranking.falsePositives[above - 1]!;
  const fn = Math.max(0, ranking.positiveWeight - tp);
  const tn = Math.max(0, ranking.negativeWeight - fp);
  return {
    threshold,
    truePositives: tp,
    falsePositives: fp,
    trueNegatives: tn,
    falseNegatives: fn,
    accuracy: (tp + tn) / (ranking.positiveWeight + ranking.negativeWeight),
    precision: tp / (tp + fp),
    recall: tp / ranking.positiveWeight,
    specificity: tn / ranking.negativeWeight,
    f1: (2 * tp) / (2 * tp + fp + fn),
  };
}
