export { type FitLinearData, type FitLinearOptions, type FitLinearResult, fitLinear } from "./fit-linear.js";
export { type TrainOptions, type TrainOutcome, type TrainProgress, train } from "./train.js";
