import { ExactSum } from "@crossbill/numerics";
import { type CalibrationCurve, calibrationCurve, type RowCurveOptions } from "./calibration-curve.js";
import { brierScore } from "./log-loss.js";

/** Brier score = reliability - resolution + uncertainty + within. */
export interface BrierParts {
  /** sum_b W_b / W (mean prediction_b - mean label_b)^2: what calibration costs. */
  readonly reliability: number;
  /** sum_b W_b / W (mean label_b - mean label)^2: what telling rows apart gains. */
  readonly resolution: number;
  /** mean label (1 - mean label): the score of the base rate. */
  readonly uncertainty: number;
  /** Variance of the predictions within the bins, less twice their covariance with the labels there; 0 (up to rounding) where every bin holds one prediction. */
  readonly within: number;
}

/**
 * The Brier score in parts over a calibration curve's bins: Murphy 1973, with the two parts within bins of Stephenson, Coelho and Jolliffe 2008 as one.
 * @returns NaN when the weights sum to 0
 * @throws as {@link calibrationCurve}
 */
export function brierParts(labels: ArrayLike<number>, probabilities: ArrayLike<number>, options: RowCurveOptions = {}): BrierParts {
  return brierPartsOf(calibrationCurve(labels, probabilities, options), brierScore(labels, probabilities, options.weights));
}

/** {@link brierParts} of a curve and the Brier score of the same rows. */
export function brierPartsOf(curve: CalibrationCurve, brier: number): BrierParts {
  const weight = new ExactSum();
  const label = new ExactSum();
  for (const bin of curve.bins) {
    weight.add(bin.weight);
    label.addProduct(bin.weight, bin.meanLabel);
  }
  const total = weight.value();
  const rate = label.value() / total;
  const reliable = new ExactSum();
  const resolved = new ExactSum();
  for (const bin of curve.bins) {
    reliable.addProduct(bin.weight, (bin.meanPrediction - bin.meanLabel) ** 2);
    resolved.addProduct(bin.weight, (bin.meanLabel - rate) ** 2);
  }
  const reliability = reliable.value() / total;
  const resolution = resolved.value() / total;
  const uncertainty = rate * (1 - rate);
  return { reliability, resolution, uncertainty, within: brier - (reliability - resolution + uncertainty) };
}
