import type { DifferenceInterval, PredictionBias, WeightKind } from "@crossbill/calibration";
import type { v1 } from "@crossbill/messages";
import { meanInterval } from "./mean-interval.js";

export function biasMessage(bias: PredictionBias, interval: Pick<DifferenceInterval, "low" | "high" | "standardError">): v1.IBias {
  const { meanPrediction, meanLabel, difference, ratio } = bias;
  return { meanPrediction, meanLabel, difference, ratio, low: interval.low, high: interval.high, standardError: interval.standardError };
}

/** Bias of values of any size: mean prediction - mean label, with the interval of the mean of the rows' differences. */
export function squaredBias(label: Float64Array, prediction: Float64Array, weight: Float64Array, weightKind: WeightKind, level: number): v1.IBias {
  const mean = (value: (i: number) => number) => meanInterval(label.keys(), weight, value, weightKind, level);
  const meanPrediction = mean((i) => prediction[i]!).mean;
  const meanLabel = mean((i) => label[i]!).mean;
  const { mean: difference, standardError, low, high } = mean((i) => prediction[i]! - label[i]!);
  return { meanPrediction, meanLabel, difference, ratio: meanPrediction / meanLabel, low, high, standardError };
}
