import type { v1 } from "@crossbill/messages";

/** Values that are meant as probabilities: rows outside [0, 1], and the bias that capping them there would have. null where some label is neither 0 nor 1. All f64[N]. */
export function unitInterval(labels: Float64Array, predictions: Float64Array, weights: Float64Array): v1.IUnitInterval | null {
  let [below, above, capped, total, sum] = [0, 0, 0, 0, 0];
  for (const [i, y] of labels.entries()) {
    if (y !== 0 && y !== 1) return null;
    const p = predictions[i]!;
    if (p < 0) below++;
    else if (p > 1) above++;
    capped += weights[i]! * Math.min(1, Math.max(0, p));
    total += weights[i]! * y;
    sum += weights[i]!;
  }
  return sum > 0 ? { below, above, cappedBias: (capped - total) / sum } : null;
}
