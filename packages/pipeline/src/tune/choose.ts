import { RISING_METRICS } from "@crossbill/trainer";
import type { TuneMetric } from "../config/tune-schema.js";

/** What trials are chosen by. */
export interface Measured {
  /** Undefined: NaN, as of a trial that failed. */
  readonly value: number;
  /** Mean loss, and its standard error. */
  readonly loss: number;
  readonly lossStandardError: number;
  readonly nonZero: number;
}

/** Indices by falling quality, those without a value last; equal ones in their order. */
export function ranked(values: readonly number[], metric: TuneMetric): number[] {
  const sign = RISING_METRICS.has(metric) ? -1 : 1;
  const cost = (i: number): number => (Number.isNaN(values[i]!) ? Number.POSITIVE_INFINITY : sign * values[i]!);
  return [...values.keys()].sort((a, b) => (cost(a) === cost(b) ? a - b : cost(a) - cost(b)));
}

/**
 * The one-standard-error rule (Breiman, Friedman, Olshen and Stone 1984; Friedman, Hastie and Tibshirani 2010): among the trials whose mean loss is at most
 * limit = loss + standard error of the best's, the one with the fewest non-zero weights; of equal ones that of the smaller loss, then the first.
 * @returns null where the best has no standard error
 */
export function sparsestWithinOne(trials: readonly Measured[], best: number): { readonly index: number; readonly limit: number } | null {
  const limit = trials[best]!.loss + trials[best]!.lossStandardError;
  if (Number.isNaN(limit)) return null;
  const order = [...trials.keys()]
    .filter((i) => trials[i]!.loss <= limit)
    .sort((a, b) => trials[a]!.nonZero - trials[b]!.nonZero || trials[a]!.loss - trials[b]!.loss || a - b);
  return { index: order[0]!, limit };
}
