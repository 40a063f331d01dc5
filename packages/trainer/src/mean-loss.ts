import type { OneHead } from "@crossbill/kernels";
import { exp, softplus } from "@crossbill/numerics";
import type { FitLinearData } from "./fit-linear-data.js";

/** Weighted mean of the loss per row (float64, rows in order): logistic softplus(z) - y z, squared (y - z)^2, poisson exp(z) - y z, z = intercept + sum of w x. */
export function meanLoss({ rows, labels, weights }: FitLinearData, loss: OneHead, w: Float64Array, intercept: number): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    let z = intercept;
    for (let k = rows.offsets[i]!; k < rows.offsets[i + 1]!; k++) z += w[rows.indices[k]!]! * rows.values[k]!;
    const y = labels[i]!;
    const weight = weights?.[i] ?? 1;
    sum += weight * (loss === "logistic" ? softplus(z) - y * z : loss === "squared" ? (y - z) * (y - z) : Math.min(exp(z), Number.MAX_VALUE) - y * z);
    total += weight;
  }
  return sum / total;
}
