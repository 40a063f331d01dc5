export type { Certificate } from "./exact/certificate.js";
export { type FitLinearOptions, type FitLinearResult, fitLinear } from "./fit-linear.js";
export type { FitLinearData } from "./fit-linear-data.js";
export { type FitPathOptions, fitPath } from "./fit-path.js";
export type { PathOptions, PathPoint, SparseWeights } from "./path.js";
export { type InitialWeights, type TrainOptions, type TrainOutcome, type TrainProgress, train } from "./train.js";
export { type PathOutcome, trainPath } from "./train-path.js";
export { withoutCheckpoints } from "./training-key.js";
export { METRICS, type MetricName, metricsOf } from "./validation-metric.js";
