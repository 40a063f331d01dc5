export { type FairnessOptions, fairness } from "./fairness/fairness.js";
export {
  FairnessAccumulator,
  type FairnessDifference,
  type FairnessName,
  type FairnessValue,
  type FairnessValueOptions,
  type GroupRates,
} from "./fairness/fairness-accumulator.js";
export type { Rate } from "./fairness/rate.js";
export type { SliceOptions } from "./inputs.js";
export type { SliceBias, SliceMetrics } from "./measure-slice.js";
export { biasPValue } from "./search/bias-p-value.js";
export { findSlices } from "./search/find-slices.js";
export type { FoundSlice } from "./search/found-slice.js";
export type { EncodedColumn, SearchedColumns } from "./search/search-columns.js";
export type { SearchMetric, SearchOptions } from "./search/search-options.js";
export { type SliceSearch, searchSlices } from "./search/search-slices.js";
export { SliceAccumulator, type SliceAccumulatorOptions, type SliceColumns, type SliceSet } from "./slice-accumulator.js";
export { type SliceBuckets, SliceField, type SliceFieldSpec, sliceNumber } from "./slice-field.js";
export { type SliceMetricsOptions, type SliceMetricsSet, type SliceQuantiles, sliceMetrics } from "./slice-metrics.js";
export { compareValues, type SliceValue } from "./slice-value.js";
