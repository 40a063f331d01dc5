/** A falling list of thresholds with what calling positive at each or above does. Rates of points are finite; the first threshold may be `null`: none. */
export interface DecisionPoints {
  /** Weight of label 1. */
  readonly positive: number;
  /** Weight of label 0. */
  readonly negative: number;
  readonly falsePositiveRate: readonly number[];
  readonly truePositiveRate: readonly number[];
  readonly thresholds: readonly (number | null)[];
}

/** Of one wrong decision. */
export interface Costs {
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** Counts are weights; ratios of nothing are NaN. */
export interface Decision {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  /** TP / (TP + FP) */
  readonly precision: number;
  /** TP / (TP + FN) */
  readonly recall: number;
  /** FP / (FP + TN) */
  readonly falsePositiveRate: number;
  /** 2 TP / (2 TP + FP + FN) */
  readonly f1: number;
  /** (TP + TN) / all */
  readonly accuracy: number;
  /** (TP + FP) / all */
  readonly positiveShare: number;
  /** FP * cost of a false positive + FN * cost of a false negative */
  readonly cost: number;
}

/** A weight that was divided by a total and multiplied by it again: whole where it was whole. */
function restored(rate: number, total: number): number {
  const weight = rate * total;
  const whole = Math.round(weight);
  return Math.abs(weight - whole) <= 1e-9 * Math.max(1, whole) ? whole : weight;
}

/** Index of the point that holds at `threshold`: the last whose threshold is not below it. */
export function pointAt({ thresholds }: DecisionPoints, threshold: number): number {
  let found = 0;
  for (let i = 1; i < thresholds.length && thresholds[i]! >= threshold; i++) found = i;
  return found;
}

/** The decision at point `index`. */
export function decide(points: DecisionPoints, index: number, costs: Costs): Decision {
  const tp = restored(points.truePositiveRate[index]!, points.positive);
  const fp = restored(points.falsePositiveRate[index]!, points.negative);
  return decisionOf(tp, fp, Math.max(0, points.positive - tp), Math.max(0, points.negative - fp), costs);
}

/** What follows from the weights of the four outcomes. */
export function decisionOf(tp: number, fp: number, fn: number, tn: number, costs: Costs): Decision {
  const all = tp + fp + fn + tn;
  return {
    truePositives: tp,
    falsePositives: fp,
    falseNegatives: fn,
    trueNegatives: tn,
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
    falsePositiveRate: fp / (fp + tn),
    f1: (2 * tp) / (2 * tp + fp + fn),
    accuracy: (tp + tn) / all,
    positiveShare: (tp + fp) / all,
    cost: fp * costs.falsePositive + fn * costs.falseNegative,
  };
}

/** Index of the cheapest point; of equals the one with the highest threshold. */
export function cheapest(points: DecisionPoints, costs: Costs): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < points.thresholds.length; i++) {
    const { cost } = decide(points, i, costs);
    if (cost < least) [best, least] = [i, cost];
  }
  return best;
}
