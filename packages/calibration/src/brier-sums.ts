import type { v1 } from "@crossbill/messages";
import { ExactSum, normalCdf } from "@crossbill/numerics";
import { readSum } from "./exact-bytes.js";
import { type IntervalOptions, intervalOptions } from "./inputs.js";
import { type MeanInterval, type MeanSums, meanInterval } from "./mean-sums.js";

/** A statistic that is standard normal if the hypothesis holds. */
export interface TestOfZero {
  readonly z: number;
  /** Two-sided. */
  readonly pValue: number;
}

/** What a Brier score's interval and Spiegelhalter's test need of rows beyond the sums of the residuals. All sums are exact. */
export class BrierSums {
  private readonly fourth = new ExactSum();
  private readonly squaredFourth = new ExactSum();
  private readonly deviation = new ExactSum();
  private readonly variance = new ExactSum();
  private readonly squaredVariance = new ExactSum();

  /** Adds one row of weight w > 0. */
  add(w: number, p: number, y: number): void {
    const d = p - y;
    const tilt = 1 - 2 * p;
    const variance = tilt * tilt * (p * (1 - p));
    const ww = w * w;
    const fourth = d * d * (d * d);
    this.fourth.addProduct(w, fourth);
    this.squaredFourth.addProduct(ww, fourth);
    this.deviation.addProduct(w, -d * tilt);
    this.variance.addProduct(w, variance);
    this.squaredVariance.addProduct(ww, variance);
  }

  merge(other: BrierSums): void {
    for (const name of SUMS) this[name].merge(other[name]);
  }

  /** sum w (p - y)^2 / W with its interval. @param residual of the same rows */
  interval(residual: MeanSums, options: IntervalOptions): MeanInterval {
    const sums = residual.powers();
    return meanInterval(
      {
        rows: residual.rows,
        weight: sums.weight,
        mean: sums.square / sums.weight,
        plain: [sums.weight, sums.square, this.fourth.value()],
        squared: [sums.squaredWeight, sums.squaredSquare, this.squaredFourth.value()],
      },
      options,
    );
  }

  /** Spiegelhalter's test. @throws E_WEIGHT_KIND */
  test(options: Pick<IntervalOptions, "weightKind">): TestOfZero {
    const { weightKind } = intervalOptions(options);
    const z = this.deviation.value() / Math.sqrt((weightKind === "importance" ? this.squaredVariance : this.variance).value());
    return { z, pValue: 2 * normalCdf(-Math.abs(z)) };
  }

  toMessage(): v1.BrierSums.$Properties {
    return Object.fromEntries(SUMS.map((name) => [name, this[name].toBytes()]));
  }

  /** @throws E_MESSAGE_CORRUPT */
  static fromMessage(message: v1.BrierSums.$Properties | null | undefined): BrierSums {
    const sums = new BrierSums();
    for (const name of SUMS) sums[name].merge(readSum(message?.[name], name));
    return sums;
  }
}

const SUMS = ["fourth", "squaredFourth", "deviation", "variance", "squaredVariance"] as const;
