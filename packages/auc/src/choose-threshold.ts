import { type Confusion, confusionAtIndex } from "./confusion.js";
import { type Ranking, rankRows } from "./ranking.js";
import { type ThresholdCriterion, thresholdRule } from "./threshold-criteria.js";

/** Every number is NaN where no threshold fulfils the criterion's bound, or its metric is undefined at all of them. */
export interface ChosenThreshold extends Confusion {
  /** "f1", "youden", "accuracy", "fBeta", "recall", "precision", "cost", "positiveRate" or "quantile". */
  readonly metric: string;
  /** The metric at the threshold: what was maximized, the mean cost, the share of rows predicted positive; of a quantile the share of rows at the threshold or below. */
  readonly value: number;
}

/**
 * The threshold that a criterion picks among Infinity (nothing predicted positive) and the distinct scores; of equally good ones the highest.
 * The weights may stand before or after the criterion.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; E_THRESHOLD_CRITERION for an unknown criterion or a bound that is none
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
  const { metric, objective, value } = thresholdRule(criterion);
  const { thresholds, truePositives, falsePositives, positiveWeight, negativeWeight } = ranking;
  const all = positiveWeight + negativeWeight;
  const below = (k: number): number => (k === 0 ? NaN : k === 1 ? 1 : (all - (truePositives[k - 2]! + falsePositives[k - 2]!)) / all);
  const at = (k: number): Confusion => confusionAtIndex(ranking, k, k === 0 ? Infinity : thresholds[k - 1]!);
  let best = -1;
  let most = NaN;
  for (let k = 0; k <= thresholds.length; k++) {
    const found = objective(at(k), below(k));
    if (!(found > most || (best < 0 && !Number.isNaN(found)))) continue;
    best = k;
    most = found;
  }
  if (best < 0) return { ...confusionAtIndex(NOTHING, 0, NaN), ...UNDEFINED_COUNTS, metric, value: NaN };
  const chosen = at(best);
  return { ...chosen, metric, value: value(most, below(best), chosen) };
}

const NO_SCORES = new Float64Array(0);
/** Its ratios are all undefined. */
const NOTHING: Ranking = {
  thresholds: NO_SCORES,
  positives: NO_SCORES,
  negatives: NO_SCORES,
  truePositives: NO_SCORES,
  falsePositives: NO_SCORES,
  positiveWeight: 0,
  negativeWeight: 0,
};
const UNDEFINED_COUNTS = { truePositives: NaN, falsePositives: NaN, trueNegatives: NaN, falseNegatives: NaN };

function isCriterion(x: unknown): x is ThresholdCriterion {
  return typeof x === "string" || (typeof x === "object" && x !== null && !("length" in x));
}
