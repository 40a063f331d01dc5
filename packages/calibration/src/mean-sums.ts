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

  /** NaN with fewer than two rows (importance) or a weight of at most 1 (frequency), and where squared weights leave float64 (beyond about 1e-120 and 1e150). */
  interval(options: IntervalOptions): MeanInterval {
    const { weight, value, square, squaredWeight, squaredValue, squaredSquare } = this.powers();
    const plain = [weight, value, square] as const;
    const squared = [squaredWeight, squaredValue, squaredSquare] as const;
    return meanInterval({ rows: this.rows, weight, mean: value / weight, plain, squared }, options);
  }

  /** Every sum, rounded. */
  powers(): Record<(typeof SUMS)[number], number> {
    return Object.fromEntries(SUMS.map((name) => [name, this[name].value()])) as Record<(typeof SUMS)[number], number>;
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

/** Of rows of positive weight. */
interface WeightedPowers {
  readonly rows: number;
  readonly weight: number;
  readonly mean: number;
  /** sum w, sum w d, sum w d^2 */
  readonly plain: readonly [number, number, number];
  /** sum w^2, sum w^2 d, sum w^2 d^2 */
  readonly squared: readonly [number, number, number];
}

/** Below it a sum of squared weights has lost what makes a variance to the lower end of float64 (weights of about 1e-120). */
const LEAST_SQUARES = 2 ** -800;

/** The interval of a mean as in {@link MeanSums}. @throws E_LEVEL_RANGE, E_WEIGHT_KIND */
export function meanInterval({ rows, weight, mean, plain, squared }: WeightedPowers, options: IntervalOptions): MeanInterval {
  const { weightKind, level } = intervalOptions(options);
  const importance = weightKind === "importance";
  const [w, wd, wdd] = importance ? squared : plain;
  const spread = Math.max(0, wdd - 2 * mean * wd + mean * mean * w) / weight;
  const draws = importance ? rows : weight;
  const isTold = draws > 1 && !(importance && w < LEAST_SQUARES);
  const variance = isTold ? (importance ? ((draws / (draws - 1)) * spread) / weight : spread / (weight - 1)) : NaN;
  const standardError = Math.sqrt(variance);
  const reach = normalQuantile((1 + level) / 2) * standardError;
  return { mean, standardError, low: mean - reach, high: mean + reach };
}
