export type { SliceOptions } from "./inputs.js";
export type { SliceBias, SliceMetrics } from "./measure-slice.js";
export { SliceAccumulator, type SliceColumns, type SliceSet } from "./slice-accumulator.js";
export { type SliceMetricsOptions, sliceMetrics } from "./slice-metrics.js";
export { compareValues, type SliceValue } from "./slice-value.js";
