export type { CalibrationBin } from "./bin-sums.js";
export { CalibrationAccumulator, type CalibrationValue } from "./calibration-accumulator.js";
export {
  type BinStrategy,
  type CalibrationCurve,
  type CurveOptions,
  calibrationCurve,
  calibrationErrorOf,
  expectedCalibrationError,
  type RowCurveOptions,
} from "./calibration-curve.js";
export { UNIFORM_BIN_COUNTS } from "./histogram-grid.js";
export type { IntervalOptions, WeightKind } from "./inputs.js";
export { brierScore, logLoss, logLossFromLogits, normalizedEntropy } from "./log-loss.js";
export { PairedLossAccumulator, type PairedLossDifference, pairedLogLossDifference } from "./paired-loss.js";
export { poissonDeviance, poissonLoss } from "./poisson-loss.js";
export { biasInterval, type DifferenceInterval, type PredictionBias, predictionBias } from "./prediction-bias.js";
export { rowLogLoss } from "./row-loss.js";
export { wilsonInterval } from "./wilson.js";
