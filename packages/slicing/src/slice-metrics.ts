import type { SliceOptions } from "./inputs.js";
import type { SliceMetrics } from "./measure-slice.js";
import { SliceAccumulator, type SliceColumns, type SliceSet } from "./slice-accumulator.js";

export interface SliceMetricsOptions extends SliceOptions {
  /** What to slice by, for example `["country", ["country", "device"]]`; default: every column on its own, in their order. */
  readonly sets?: readonly SliceSet[];
}

/**
 * Log-loss, AUC, bias and more of every slice: one entry per value of each slice set, in order of the sets, then of the values
 * (numbers by size, texts by code units, null last).
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param slices `{ [name]: values }`, values texts, numbers or null, length N each
 * @param weights >= 0, length N; default all 1
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_SLICE_FIELD, E_SLICE_VALUE, E_SLICE_SET, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function sliceMetrics(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  slices: SliceColumns,
  weights?: ArrayLike<number>,
  options: SliceMetricsOptions = {},
): SliceMetrics[] {
  const accumulator = new SliceAccumulator(options.sets ?? Object.keys(slices));
  accumulator.update(labels, probabilities, slices, weights);
  return accumulator.value(options);
}
