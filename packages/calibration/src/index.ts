export { BinAccumulator } from "./bin-accumulator.js";
export { logitUniformEdges, uniformEdges } from "./bin-edges.js";
export type { CalibrationBin } from "./bin-sums.js";
export { type BrierParts, brierParts, brierPartsOf } from "./brier-parts.js";
export type { TestOfZero } from "./brier-sums.js";
export { CalibrationAccumulator, type CalibrationValue } from "./calibration-accumulator.js";
export { type CalibrationCurve, calibrationCurve, type RowCurveOptions } from "./calibration-curve.js";
export { calibrationErrorOf, expectedCalibrationError, maximumCalibrationError, maximumErrorOf } from "./calibration-error.js";
export { type BinMeans, type CalibrationSlope, type Coefficient, calibrationSlope, calibrationSlopeOf } from "./calibration-slope.js";
export { BIAS_THRESHOLDS, biasCauses } from "./causes/bias-causes.js";
export type { BiasCause, BiasCauseCode, BiasEvidence, ColumnShift, LabelRate, SliceBias } from "./causes/evidence.js";
export { type BinaryRows, type ClassCalibration, type CurveErrors, classCalibration, topLabelRows } from "./class-calibration.js";
export type { BinStrategy, CurveOptions } from "./curve-options.js";
export { UNIFORM_BIN_COUNTS } from "./histogram-grid.js";
export type { IntervalOptions, WeightKind } from "./inputs.js";
export { brierScore, logLoss, logLossFromLogits, normalizedEntropy } from "./log-loss.js";
export { type MeanInterval, MeanSums } from "./mean-sums.js";
export { PairedLossAccumulator, type PairedLossDifference, pairedLogLossDifference } from "./paired-loss.js";
export { poissonDeviance, poissonLoss } from "./poisson-loss.js";
export { biasInterval, type DifferenceInterval, type PredictionBias, predictionBias } from "./prediction-bias.js";
export { quantileEdgesOf, type WeightedPredictions } from "./quantile-edges.js";
export { fitBeta, fitBetaFromLogits } from "./recalibration/beta.js";
export { fitIsotonic, type IsotonicOptions } from "./recalibration/isotonic.js";
export { readRecalibration, writeRecalibration } from "./recalibration/messages.js";
export { type FitEnd, fitPlatt, fitPlattFromLogits, type PlattOptions } from "./recalibration/platt.js";
export {
  applyRecalibration,
  applyToLogit,
  type BetaRecalibration,
  type IsotonicRecalibration,
  type PlattRecalibration,
  type Recalibration,
  recalibratedProbability,
  type SamplingRecalibration,
  type TemperatureRecalibration,
} from "./recalibration/recalibration.js";
export { correctSampling, samplingRecalibration } from "./recalibration/sampling.js";
export { fitClassTemperature, fitTemperature } from "./recalibration/temperature.js";
export { rowLogLoss } from "./row-loss.js";
export { brierInterval, spiegelhalterTest } from "./spiegelhalter.js";
export type { WeightFacts } from "./weight-facts.js";
export { wilsonInterval } from "./wilson.js";
