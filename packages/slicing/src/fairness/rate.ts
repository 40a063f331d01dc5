import { normalQuantile } from "@crossbill/numerics";

/** A share of weight with its interval. */
export interface Rate {
  /** NaN without weight. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A rate with the number of draws behind it, see GroupCells.share. */
export interface Share {
  readonly value: number;
  readonly draws: number;
}

/** Wilson's score interval (1927), (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n); its end at a share of 0 or 1 is that share, not its rounding. */
export function wilson({ value, draws: n }: Share, level: number): Rate {
  const z = normalQuantile((1 + level) / 2);
  const middle = (value + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const reach = (z / (1 + (z * z) / n)) * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n));
  return { value, low: value === 0 ? 0 : Math.max(0, middle - reach), high: value === 1 ? 1 : Math.min(1, middle + reach) };
}

/** Newcombe's interval of the difference of two independent shares from their Wilson intervals (1998, method 10). */
export function newcombe(a: Share, b: Share, level: number): Rate {
  const [x, y] = [wilson(a, level), wilson(b, level)];
  const value = a.value - b.value;
  return {
    value,
    low: value - Math.sqrt((x.value - x.low) ** 2 + (y.high - y.value) ** 2),
    high: value + Math.sqrt((x.high - x.value) ** 2 + (y.value - y.low) ** 2),
  };
}
