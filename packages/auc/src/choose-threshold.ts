import { CrossbillError } from "@crossbill/messages";
import { type Confusion, confusionAtIndex } from "./confusion.js";
import { type Ranking, rankRows } from "./ranking.js";

/** What a threshold may maximize: f1; youden = recall + specificity - 1; accuracy. */
export type ThresholdMetric = "f1" | "youden" | "accuracy";
export type ThresholdCriterion = ThresholdMetric | { readonly maximize: ThresholdMetric };

export interface ChosenThreshold extends Confusion {
  readonly metric: ThresholdMetric;
  /** The metric at the threshold; NaN when it is undefined everywhere (the threshold is then NaN too). */
  readonly value: number;
}

const MEASURES: Readonly<Record<ThresholdMetric, (c: Confusion) => number>> = {
  f1: (c) => c.f1,
  youden: (c) => c.recall + c.specificity - 1,
  accuracy: (c) => c.accuracy,
};

/**
 * The threshold with the largest value of a metric, among Infinity (nothing positive) and the distinct scores; of equal values the highest threshold.
 * The weights may stand before or after the criterion.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; E_THRESHOLD_CRITERION for an unknown criterion
 */
export function chooseThreshold(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  criterion: ThresholdCriterion,
  weights?: ArrayLike<number>,
): ChosenThreshold;
export function chooseThreshold(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  criterion: ThresholdCriterion,
): ChosenThreshold;
export function chooseThreshold(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  third: ThresholdCriterion | ArrayLike<number> | undefined,
  fourth?: ThresholdCriterion | ArrayLike<number>,
): ChosenThreshold {
  const [criterion, weights] = isCriterion(third) ? [third, fourth] : [fourth, third];
  return chooseThresholdOf(rankRows(labels, scores, weights as ArrayLike<number> | undefined), criterion as ThresholdCriterion);
}

/** {@link chooseThreshold} of a ranking. */
export function chooseThresholdOf(ranking: Ranking, criterion: ThresholdCriterion): ChosenThreshold {
  const metric = typeof criterion === "object" && criterion !== null ? criterion.maximize : criterion;
  if (!Object.hasOwn(MEASURES, metric))
    throw new CrossbillError("E_THRESHOLD_CRITERION", `threshold criterion is ${String(metric)}, allowed are ${Object.keys(MEASURES).join(", ")}`, {
      exitCode: 2,
    });
  const measure = MEASURES[metric];
  let best = confusionAtIndex(ranking, 0, Infinity);
  let value = measure(best);
  for (let k = 0; k < ranking.thresholds.length; k++) {
    const candidate = confusionAtIndex(ranking, k + 1, ranking.thresholds[k]!);
    const found = measure(candidate);
    if (found > value || (Number.isNaN(value) && !Number.isNaN(found))) {
      best = candidate;
      value = found;
    }
  }
  return { ...best, threshold: Number.isNaN(value) ? NaN : best.threshold, metric, value };
}

function isCriterion(x: unknown): x is ThresholdCriterion {
  return typeof x === "string" || (typeof x === "object" && x !== null && "maximize" in x);
}
