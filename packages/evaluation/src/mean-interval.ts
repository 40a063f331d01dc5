import type { WeightKind } from "@crossbill/calibration";
import { ExactSum, normalQuantile } from "@crossbill/numerics";

export interface MeanInterval {
  readonly mean: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

/** Squares of smaller weights lose what makes a variance to the lower end of float64. */
const LEAST_WEIGHT = 2 ** -400;

/**
 * Weighted mean m = sum w d / W of d_i = `value(i)` for the rows i, with its normal interval m -+ z se (formulas as in `@crossbill/calibration`):
 *   se^2 = n / (n - 1) sum w^2 (d - m)^2 / W^2    (importance; n rows of positive weight)
 *   se^2 = sum w (d - m)^2 / (W (W - 1))          (frequency)
 * Sums are exact, so the order of the rows leaves no trace. For values of any size; losses of probabilities have accumulators of their own.
 * @param weight >= 0, by row
 * @returns NaN without weight; error and interval NaN with fewer than two draws, or where squared weights leave float64 (beyond about 1e-120 and 1e150)
 */
export function meanInterval(
  rows: Iterable<number>,
  weight: Float64Array,
  value: (row: number) => number,
  weightKind: WeightKind,
  level: number,
): MeanInterval {
  const list = [...rows].filter((i) => weight[i]! > 0);
  const total = new ExactSum();
  const sum = new ExactSum();
  for (const i of list) {
    total.add(weight[i]!);
    sum.addProduct(weight[i]!, value(i));
  }
  const w = total.value();
  const mean = sum.value() / w;
  const spread = new ExactSum();
  for (const i of list) {
    const d = value(i) - mean;
    spread.addProduct(weightKind === "importance" ? weight[i]! * weight[i]! : weight[i]!, d * d);
  }
  const draws = weightKind === "importance" ? list.length : w;
  const isTold = draws > 1 && !(weightKind === "importance" && w < LEAST_WEIGHT);
  const variance = isTold ? (weightKind === "importance" ? ((draws / (draws - 1)) * spread.value()) / w / w : spread.value() / w / (w - 1)) : Number.NaN;
  const standardError = Math.sqrt(variance);
  const reach = normalQuantile((1 + level) / 2) * standardError;
  return { mean, standardError, low: mean - reach, high: mean + reach };
}
