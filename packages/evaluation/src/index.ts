export { type CompareOptions, compare } from "./compare.js";
export { type EvaluateOptions, evaluate } from "./evaluate.js";
export { evaluationHandlers } from "./handlers-url.js";
export { type PredictedFile, type PredictFileOptions, predictFile } from "./predict-file.js";
export type { ScoreOptions } from "./score-packs.js";
