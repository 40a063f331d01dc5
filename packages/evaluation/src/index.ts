export { type CompareOptions, compare } from "./compare.js";
export { type EvaluateOptions, evaluate, evaluateRows, type MeasuredRows } from "./evaluate.js";
export { evaluationHandlers } from "./handlers-url.js";
export { type MeanInterval, meanInterval } from "./mean-interval.js";
export type { ScoreOptions } from "./passes.js";
export { type PredictedFile, type PredictFileOptions, predictFile } from "./predict-file.js";
export { SEARCHED_ROWS, type SearchedIds, type SliceSearchSpec } from "./search-packs.js";
export { findThreshold } from "./threshold.js";
