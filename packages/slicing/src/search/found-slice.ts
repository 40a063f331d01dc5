import { normalQuantile } from "@crossbill/numerics";
import { measureSlice, type SliceMetrics, type SliceRows } from "../measure-slice.js";
import { DEFAULT_SLICE_CAPACITY } from "../slice-accumulator.js";
import { rowLoss, SliceSums } from "../slice-sums.js";
import type { SettledSearch } from "./search-options.js";
import type { Screened } from "./slice-test.js";

/** A slice that was found; its numbers are of the half that confirmed it. */
export interface FoundSlice extends SliceMetrics {
  /** bias: mean prediction - mean label; logLoss: mean loss of the slice - mean loss of the other rows. */
  readonly effect: number;
  /** Interval of the effect at `level`. */
  readonly low: number;
  readonly high: number;
  /** Effect over its standard error if there were none (bias), or as the normal quantile of its p value (logLoss). */
  readonly z: number;
  /** Two-sided (bias) or one-sided (logLoss). */
  readonly pValue: number;
  /** Holm's over the slices that were tested on the confirming half, of `pValue` or the p value of what the slice says more than stronger ones, whichever is larger. */
  readonly adjustedPValue: number;
  readonly searchRows: number;
  readonly searchEffect: number;
}

/** The metrics of some rows of a half. */
export function measureRows({ labels, probabilities, weights }: SliceRows, own: Uint32Array, options: SettledSearch): Omit<SliceMetrics, "slice"> {
  const sums = new SliceSums(DEFAULT_SLICE_CAPACITY);
  for (const row of own) {
    const [y, p] = [labels[row]!, probabilities[row]!];
    sums.add(y, p, weights === undefined ? 1 : weights[row]!, rowLoss(y, p));
  }
  return measureSlice(sums, options);
}

/** The effect and its interval: that of the bias, or the normal one of a difference of two means. */
export function effectOf(options: SettledSearch, { bias }: Pick<SliceMetrics, "bias">, screened: Screened): Pick<FoundSlice, "effect" | "low" | "high"> {
  if (options.metric === "bias") return { effect: bias.difference, low: bias.low, high: bias.high };
  const reach = normalQuantile((1 + options.level) / 2) * screened.standardError;
  return { effect: screened.effect, low: screened.effect - reach, high: screened.effect + reach };
}
