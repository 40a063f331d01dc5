import type { DifferenceInterval, IntervalOptions, PredictionBias } from "@crossbill/calibration";
import type { v1 } from "@crossbill/messages";
import type { Group } from "./group-means.js";

/** A bias of which nothing is defined. */
export const NO_BIAS: v1.IBias = {
  meanPrediction: Number.NaN,
  meanLabel: Number.NaN,
  difference: Number.NaN,
  ratio: Number.NaN,
  low: Number.NaN,
  high: Number.NaN,
  standardError: Number.NaN,
};

export function biasMessage(bias: PredictionBias, interval: Pick<DifferenceInterval, "low" | "high" | "standardError">): v1.IBias {
  const { meanPrediction, meanLabel, difference, ratio } = bias;
  return { meanPrediction, meanLabel, difference, ratio, low: interval.low, high: interval.high, standardError: interval.standardError };
}

/** Names of a model's measures in a group. */
export interface BiasNames {
  readonly prediction: string;
  readonly label: string;
  /** prediction - label */
  readonly difference: string;
}

/** Mean prediction - mean label, with the interval of the mean of the rows' differences. The ratio is NaN where the labels sum to 0. */
export function groupBias(group: Group, { prediction, label, difference }: BiasNames, interval: IntervalOptions): v1.IBias {
  const { standardError, low, high } = group.interval(difference, interval);
  const labels = group.sum(label);
  return {
    meanPrediction: group.mean(prediction),
    meanLabel: group.mean(label),
    difference: group.mean(difference),
    ratio: labels === 0 ? Number.NaN : group.sum(prediction) / labels,
    low,
    high,
    standardError,
  };
}
