export { type CompareOptions, compare } from "./compare.js";
export { type EvaluateOptions, evaluate, evaluateRows } from "./evaluate.js";
export { evaluationHandlers } from "./handlers-url.js";
export { type MeanInterval, meanInterval } from "./mean-interval.js";
export { type PredictedFile, type PredictFileOptions, predictFile } from "./predict-file.js";
export type { MeasuredRows } from "./row-losses.js";
export type { ScoreOptions } from "./score-packs.js";
