import type { v1 } from "@crossbill/messages";
import { ExactSum, normalQuantile } from "@crossbill/numerics";
import { readSum } from "./exact-bytes.js";
import { type IntervalOptions, intervalOptions } from "./inputs.js";

export interface MeanInterval {
  readonly mean: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Sums of d_i = a_i - b_i with weights w_i, for their mean m = sum w d / W and its normal interval m -+ z se, with
 *   se^2 = n / (n - 1) sum w^2 (d - m)^2 / W^2    (importance; n rows of positive weight)
 *   se^2 = sum w (d - m)^2 / (W (W - 1))          (frequency)
 * which agree when every weight is 1. All sums are exact, so order and merging leave no trace.
 */
export class MeanSums {
  rows = 0;
  readonly weight = new ExactSum();
  readonly value = new ExactSum();
  readonly square = new ExactSum();
  private readonly squaredWeight = new ExactSum();
  private readonly squaredValue = new ExactSum();
  private readonly squaredSquare = new ExactSum();

  /** Adds one row of weight w > 0. */
  add(w: number, a: number, b: number): void {
    const d = a - b;
    const square = d * d;
    const ww = w * w;
    this.rows++;
    this.weight.add(w);
    this.value.addProduct(w, a);
    this.value.addProduct(w, -b);
    this.square.addProduct(w, square);
    this.squaredWeight.add(ww);
    this.squaredValue.addProduct(ww, d);
    this.squaredSquare.addProduct(ww, square);
  }

  merge(other: MeanSums): void {
    this.rows += other.rows;
    for (const name of SUMS) this[name].merge(other[name]);
  }

  /** sum w d / W; NaN without weight. */
  mean(): number {
    return this.value.value() / this.weight.value();
  }

  /** NaN with fewer than two rows (importance) or a weight of at most 1 (frequency). */
  interval(options: IntervalOptions): MeanInterval {
    const { weightKind, level } = intervalOptions(options);
    const mean = this.mean();
    const importance = weightKind === "importance";
    const [w, wd, wdd] = (importance ? [this.squaredWeight, this.squaredValue, this.squaredSquare] : [this.weight, this.value, this.square]).map((sum) =>
      sum.value(),
    ) as [number, number, number];
    const total = this.weight.value();
    const spread = Math.max(0, wdd - 2 * mean * wd + mean * mean * w) / total;
    const draws = importance ? this.rows : total;
    const variance = draws > 1 ? (importance ? ((draws / (draws - 1)) * spread) / total : spread / (total - 1)) : NaN;
    const standardError = Math.sqrt(variance);
    const reach = normalQuantile((1 + level) / 2) * standardError;
    return { mean, standardError, low: mean - reach, high: mean + reach };
  }

  toMessage(): v1.MeanAccumulator.$Properties {
    const bytes = Object.fromEntries(SUMS.map((name) => [name, this[name].toBytes()])) as Record<(typeof SUMS)[number], Uint8Array>;
    return { rows: this.rows, ...bytes };
  }

  /** @throws E_MESSAGE_CORRUPT */
  static fromMessage(message: v1.MeanAccumulator.$Properties | null | undefined): MeanSums {
    const sums = new MeanSums();
    sums.rows = message?.rows ?? 0;
    for (const name of SUMS) sums[name].merge(readSum(message?.[name], name));
    return sums;
  }
}

const SUMS = ["weight", "value", "square", "squaredWeight", "squaredValue", "squaredSquare"] as const;
