import type { SliceOptions } from "./inputs.js";
import type { SliceMetrics } from "./measure-slice.js";
import { quantileBoundaries } from "./quantile-boundaries.js";
import { SliceAccumulator, type SliceColumns, type SliceSet } from "./slice-accumulator.js";
import type { SliceFieldSpec } from "./slice-field.js";

/** A column by ranges that hold about equally many rows (by weight). */
export interface SliceQuantiles {
  readonly column: string;
  /** Number of ranges, from 2; fewer are made where values repeat. */
  readonly quantiles: number;
  /** Of the field in the results; default the column's. */
  readonly name?: string;
}

/** What rows are sliced by: a field, or several whose values are crossed. */
export type SliceMetricsSet = SliceFieldSpec | SliceQuantiles | readonly (SliceFieldSpec | SliceQuantiles)[];

export interface SliceMetricsOptions extends SliceOptions {
  /** What to slice by, for example `["country", ["country", "device"], { column: "price", boundaries: [10, 20] }]`; default: every column on its own, in their order. */
  readonly sets?: readonly SliceMetricsSet[];
  /** See SliceAccumulatorOptions. */
  readonly capacity?: number;
}

/**
 * Log-loss, AUC, bias and more of every slice: one entry per value of each slice set, in order of the sets, then of the values
 * (numbers by size, texts by code units, null last; ranges in their order).
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param slices `{ [name]: values }`, values texts, numbers or null, length N each
 * @param weights >= 0, length N; default all 1
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_SLICE_FIELD, E_SLICE_VALUE, E_SLICE_SET, E_CAPACITY_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function sliceMetrics(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  slices: SliceColumns,
  weights?: ArrayLike<number>,
  options: SliceMetricsOptions = {},
): SliceMetrics[] {
  const specOf = (spec: SliceFieldSpec | SliceQuantiles): SliceFieldSpec =>
    typeof spec === "string" || !("quantiles" in spec) ? spec : quantileBoundaries(spec, slices, weights);
  const isList = (set: SliceMetricsSet): set is readonly (SliceFieldSpec | SliceQuantiles)[] => Array.isArray(set);
  const sets = (options.sets ?? Object.keys(slices)).map((set): SliceSet => (isList(set) ? set.map(specOf) : specOf(set)));
  const accumulator = new SliceAccumulator(sets, options.capacity === undefined ? {} : { capacity: options.capacity });
  accumulator.update(labels, probabilities, slices, weights);
  return accumulator.value(options);
}
