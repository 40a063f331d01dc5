import { ExactSum } from "@crossbill/numerics";
import { type CalibrationCurve, calibrationCurve, type RowCurveOptions } from "./calibration-curve.js";

/**
 * Expected calibration error over a calibration curve's bins: sum_b W_b / W |mean label_b - mean prediction_b|.
 * @returns in [0, 1]; NaN when the weights sum to 0
 * @throws as {@link calibrationCurve}
 */
export function expectedCalibrationError(labels: ArrayLike<number>, probabilities: ArrayLike<number>, options: RowCurveOptions = {}): number {
  return calibrationErrorOf(calibrationCurve(labels, probabilities, options));
}

/** {@link expectedCalibrationError} of a curve. */
export function calibrationErrorOf(curve: CalibrationCurve): number {
  const gaps = new ExactSum();
  const weight = new ExactSum();
  for (const bin of curve.bins) {
    gaps.addProduct(bin.weight, Math.abs(bin.meanLabel - bin.meanPrediction));
    weight.add(bin.weight);
  }
  return gaps.value() / weight.value();
}

/**
 * Maximum calibration error over a calibration curve's bins: max_b |mean label_b - mean prediction_b| (Naeini, Cooper and Hauskrecht 2015). A bin of few rows
 * has a large one by chance: look at its interval.
 * @returns in [0, 1]; NaN when the weights sum to 0
 * @throws as {@link calibrationCurve}
 */
export function maximumCalibrationError(labels: ArrayLike<number>, probabilities: ArrayLike<number>, options: RowCurveOptions = {}): number {
  return maximumErrorOf(calibrationCurve(labels, probabilities, options));
}

/** {@link maximumCalibrationError} of a curve. */
export function maximumErrorOf(curve: CalibrationCurve): number {
  return curve.bins.reduce((most, bin) => Math.max(Number.isNaN(most) ? 0 : most, Math.abs(bin.meanLabel - bin.meanPrediction)), NaN);
}
