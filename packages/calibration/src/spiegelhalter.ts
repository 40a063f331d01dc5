import { BrierSums, type TestOfZero } from "./brier-sums.js";
import { checkRows, type IntervalOptions } from "./inputs.js";
import { type MeanInterval, MeanSums } from "./mean-sums.js";

/**
 * Spiegelhalter's test of calibration (1986): whether the Brier score is what it would be if every p_i were the probability of y_i = 1,
 *   z = sum w (y - p)(1 - 2 p) / sqrt(sum w^2 (1 - 2 p)^2 p (1 - p))    (importance; frequency: w in the place of w^2),
 * standard normal then for many rows. Positive where labels are further from the predictions than these say: predictions that are too sure of themselves.
 * It does not see errors at p = 1/2.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @returns NaN without a prediction that is neither 0, 1/2 nor 1; infinite where all others are 0 or 1 and one of those is wrong
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_WEIGHT_KIND
 */
export function spiegelhalterTest(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: Pick<IntervalOptions, "weightKind"> = {},
): TestOfZero {
  return sumRows(labels, probabilities, weights).brier.test(options);
}

/**
 * The Brier score with a normal interval of the mean of (p_i - y_i)^2, its standard error as in {@link MeanSums}.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function brierInterval(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: IntervalOptions = {},
): MeanInterval {
  const { brier, residual } = sumRows(labels, probabilities, weights);
  return brier.interval(residual, options);
}

function sumRows(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): { brier: BrierSums; residual: MeanSums } {
  checkRows(labels, probabilities, weights);
  const brier = new BrierSums();
  const residual = new MeanSums();
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    if (w === 0) continue;
    brier.add(w, probabilities[i]!, labels[i]!);
    residual.add(w, probabilities[i]!, labels[i]!);
  }
  return { brier, residual };
}
