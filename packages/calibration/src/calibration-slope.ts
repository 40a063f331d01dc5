import { ExactSum, normalQuantile, sigmoid } from "@crossbill/numerics";
import type { CalibrationBin } from "./bin-sums.js";
import { checkRows, type IntervalOptions, intervalOptions } from "./inputs.js";
import { poolRows } from "./pool-rows.js";
import { clippedLogit } from "./recalibration/clipped-logits.js";
import { fitLogistic, solve } from "./recalibration/logistic.js";
import { isSeparated } from "./recalibration/platt.js";

/** What {@link calibrationSlopeOf} needs of a bin. */
export type BinMeans = Pick<CalibrationBin, "weight" | "draws" | "meanPrediction" | "meanLabel">;

/** A coefficient with its standard error and normal interval. */
export interface Coefficient {
  readonly value: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

export interface CalibrationSlope {
  /** 1 of calibrated predictions; above 1 they are drawn together (too much regularisation), below 1 spread too far (overfitting). */
  readonly slope: Coefficient;
  /** 0 of calibrated predictions. */
  readonly intercept: Coefficient;
}

/**
 * Calibration slope and intercept (Cox 1958): the logistic regression of the labels on z = log(p / (1 - p)), with standard errors that hold whatever the true
 * probabilities are (Huber 1967, White 1982): H^-1 (sum w^2 (y - q)^2 x x^T) H^-1, x = (z, 1), q the fitted probability (frequency: w in the place of w^2).
 * p is clipped to [2^-52, 1 - 2^-52].
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @returns NaN where no finite numbers are best: predictions that all are equal, or separate the labels
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function calibrationSlope(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: IntervalOptions = {},
): CalibrationSlope {
  checkRows(labels, probabilities, weights);
  const logits = Float64Array.from(probabilities, clippedLogit);
  const pooled = poolRows(labels, logits, weights);
  const { values, negatives, positives } = pooled;
  const total = negatives.map((negative, t) => negative + positives[t]!);
  if (values.length < 2 || isSeparated(pooled)) return slopeOf(null, options);
  const fit = fitLogistic({ columns: [values, new Float64Array(values.length).fill(1)], weights: total, targets: positives }, [1, 0]);
  if (!fit.converged) return slopeOf(null, options);
  const { weightKind } = intervalOptions(options);
  const [zz, z1, one] = [new ExactSum(), new ExactSum(), new ExactSum()];
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    if (w === 0) continue;
    const z = logits[i]!;
    const eta = fit.theta[0]! * z + fit.theta[1]!;
    const residual = labels[i] === 1 ? sigmoid(-eta) : sigmoid(eta);
    const square = residual * residual;
    const factor = weightKind === "importance" ? w * w : w;
    zz.addProduct(factor, square * z * z);
    z1.addProduct(factor, square * z);
    one.addProduct(factor, square);
  }
  return slopeOf({ ...fit, spread: [zz.value(), z1.value(), one.value()] }, options);
}

/**
 * {@link calibrationSlope} of a curve: of its bins in the place of rows, each at the log-odds of its mean prediction. Close to that of the rows where the bins are
 * narrow (quantile or logit bins; the uniform ones of rare labels are not).
 * @throws E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function calibrationSlopeOf(curve: { readonly bins: readonly BinMeans[] }, options: IntervalOptions = {}): CalibrationSlope {
  const { weightKind } = intervalOptions(options);
  const { bins } = curve;
  const values = Float64Array.from(bins, (bin) => clippedLogit(bin.meanPrediction));
  const weights = Float64Array.from(bins, (bin) => bin.weight);
  const positives = Float64Array.from(bins, (bin) => bin.weight * bin.meanLabel);
  const negatives = Float64Array.from(bins, (bin) => bin.weight * (1 - bin.meanLabel));
  if (bins.length < 2 || values.every((z) => z === values[0]) || isSeparated({ values, negatives, positives })) return slopeOf(null, options);
  const fit = fitLogistic({ columns: [values, new Float64Array(bins.length).fill(1)], weights, targets: positives }, [1, 0]);
  if (!fit.converged) return slopeOf(null, options);
  const spread: [number, number, number] = [0, 0, 0];
  for (const [b, bin] of bins.entries()) {
    const z = values[b]!;
    const q = sigmoid(fit.theta[0]! * z + fit.theta[1]!);
    const factor = weightKind === "importance" ? bin.weight * (bin.weight / bin.draws) : bin.weight;
    const square = factor * (bin.meanLabel * (1 - q) ** 2 + (1 - bin.meanLabel) * q ** 2);
    spread[0] += square * z * z;
    spread[1] += square * z;
    spread[2] += square;
  }
  return slopeOf({ ...fit, spread }, options);
}

/** @param fit null: there is none; `spread`: sums of (y - q)^2 z^2, z and 1 */
function slopeOf(
  fit: { readonly theta: readonly number[]; readonly hessian: readonly number[]; readonly spread: readonly [number, number, number] } | null,
  options: IntervalOptions,
): CalibrationSlope {
  const { level } = intervalOptions(options);
  const reach = normalQuantile((1 + level) / 2);
  const coefficient = (j: 0 | 1): Coefficient => {
    const own = fit && solve(fit.hessian, j === 0 ? [1, 0] : [0, 1]);
    if (fit === null || own === null) return { value: NaN, standardError: NaN, low: NaN, high: NaN };
    const [u, v] = own as [number, number];
    const [zz, z1, one] = fit.spread;
    const standardError = Math.sqrt(u * u * zz + 2 * u * v * z1 + v * v * one);
    const value = fit.theta[j]!;
    return { value, standardError, low: value - reach * standardError, high: value + reach * standardError };
  };
  return { slope: coefficient(0), intercept: coefficient(1) };
}
