import { ExactSum } from "@crossbill/numerics";
import { type CalibrationCurve, calibrationCurve, type RowCurveOptions } from "./calibration-curve.js";
import { calibrationErrorOf, maximumErrorOf } from "./calibration-error.js";
import { bad, checkClassRows } from "./class-rows.js";

/** A calibration curve with its errors. */
export interface CurveErrors {
  readonly curve: CalibrationCurve;
  /** See {@link expectedCalibrationError} and {@link maximumCalibrationError}. */
  readonly expectedError: number;
  readonly maximumError: number;
}

export interface ClassCalibration {
  /** Probability of the predicted class against whether it is the row's own (Guo et al. 2017). */
  readonly topLabel: CurveErrors;
  /** Probability of each class against whether it is the row's own, by class. */
  readonly each: readonly CurveErrors[];
  /** Mean of the classes' expected errors: the classwise calibration error (Kull et al. 2019). */
  readonly classwiseError: number;
}

/** Rows with one probability each, as the binary functions and accumulators take them. */
export interface BinaryRows {
  /** f64[N]: 1 or 0. */
  readonly labels: Float64Array;
  /** f64[N] */
  readonly probabilities: Float64Array;
}

/**
 * Calibration of K classes: of the predicted class, which is all that a decision for the likeliest class looks at, and of each class. Calibration of the predicted
 * class does not imply that of the others.
 * @param labels integers in [0, K), length N
 * @param probabilities in [0, 1], f64[N][K]
 * @param options of the curves, all of them
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, and as {@link calibrationCurve}
 */
export function classCalibration(labels: ArrayLike<number>, probabilities: ArrayLike<number>, K: number, options: RowCurveOptions = {}): ClassCalibration {
  const errors = (rows: BinaryRows): CurveErrors => {
    const curve = calibrationCurve(rows.labels, rows.probabilities, options);
    return { curve, expectedError: calibrationErrorOf(curve), maximumError: maximumErrorOf(curve) };
  };
  const topLabel = errors(topLabelRows(labels, probabilities, K, options.weights));
  const each = Array.from({ length: K }, (_, k) => errors(classRowsOf(labels, probabilities, K, k)));
  const sum = new ExactSum();
  for (const { expectedError } of each) sum.add(expectedError);
  return { topLabel, each, classwiseError: sum.value() / K };
}

/**
 * The rows' predicted classes as binary rows: the largest probability (of equal ones the first class's) and whether it is the row's own class.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function topLabelRows(labels: ArrayLike<number>, probabilities: ArrayLike<number>, K: number, weights?: ArrayLike<number>): BinaryRows {
  checkClassRows(labels, probabilities, K, "probabilities", weights);
  const rows = { labels: new Float64Array(labels.length), probabilities: new Float64Array(labels.length) };
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let k = 0; k < K; k++) {
      const p = probabilities[i * K + k]!;
      if (!(p >= 0 && p <= 1)) throw bad("E_PROBABILITY_RANGE", `probabilities[${i}][${k}]`, p, "a number in [0, 1]");
      if (p > probabilities[i * K + best]!) best = k;
    }
    rows.labels[i] = labels[i] === best ? 1 : 0;
    rows.probabilities[i] = probabilities[i * K + best]!;
  }
  return rows;
}

function classRowsOf(labels: ArrayLike<number>, probabilities: ArrayLike<number>, K: number, k: number): BinaryRows {
  return {
    labels: Float64Array.from(labels, (label) => (label === k ? 1 : 0)),
    probabilities: Float64Array.from(labels, (_, i) => probabilities[i * K + k]!),
  };
}
