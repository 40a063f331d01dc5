import type { v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";

const BINS = 50;

/** Predictions in 50 equal bins of [low, high]: rows, weight and weight of label 1 (0 where labels are no classes). Predictions outside count in the end bins. */
export function histogram(label: Float64Array, prediction: Float64Array, weight: Float64Array, low: number, high: number): v1.IHistogram {
  const rows = new Array<number>(BINS).fill(0);
  const weights = Array.from({ length: BINS }, () => new ExactSum());
  const positives = Array.from({ length: BINS }, () => new ExactSum());
  for (let i = 0; i < label.length; i++) {
    const share = high > low ? (prediction[i]! - low) / (high - low) : 0;
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(share * BINS)));
    rows[bin] = rows[bin]! + 1;
    weights[bin]!.add(weight[i]!);
    if (label[i] === 1) positives[bin]!.add(weight[i]!);
  }
  return { low, high, rows, weight: weights.map((sum) => sum.value()), positiveWeight: positives.map((sum) => sum.value()) };
}
