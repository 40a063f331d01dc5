import { softplus } from "@crossbill/numerics";
import { checkLogitRows, checkRows } from "../inputs.js";
import { type PooledRows, poolRows } from "../pool-rows.js";
import { clippedLogit } from "./clipped-logits.js";
import { fitLogistic } from "./logistic.js";
import { checkSome } from "./no-rows.js";
import { type FitEnd, isSeparated } from "./platt.js";
import type { BetaRecalibration } from "./recalibration.js";

/**
 * Beta calibration (Kull, Silva Filho and Flach 2017): the logistic regression of the labels on log p and -log(1 - p), with coefficients a, b >= 0 and c: one that
 * would be negative is 0, and the others are fitted again. The identity is a = b = 1, c = 0; a = b is Platt's scaling. p is clipped to [2^-52, 1 - 2^-52].
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_RECALIBRATION_ROWS
 */
export function fitBeta(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): BetaRecalibration & FitEnd {
  checkRows(labels, probabilities, weights);
  return betaOf(poolRows(labels, Float64Array.from(probabilities, clippedLogit), weights));
}

/** {@link fitBeta} of log-odds. @param logits finite, length N @throws E_LOGIT_RANGE as well */
export function fitBetaFromLogits(labels: ArrayLike<number>, logits: ArrayLike<number>, weights?: ArrayLike<number>): BetaRecalibration & FitEnd {
  checkLogitRows(labels, logits, weights);
  return betaOf(poolRows(labels, logits, weights));
}

function betaOf(pooled: PooledRows): BetaRecalibration & FitEnd {
  checkSome(pooled);
  const { values, negatives, positives: targets } = pooled;
  const weights = negatives.map((negative, t) => negative + targets[t]!);
  const all = [values.map((z) => -softplus(-z)), values.map((z) => softplus(z)), new Float64Array(values.length).fill(1)];
  const rate = targets.reduce((sum, x) => sum + x, 0) / weights.reduce((sum, x) => sum + x, 0);
  const base = clippedLogit(rate);
  const fitOf = (used: readonly number[]): { theta: number[] } & FitEnd => {
    const fit = fitLogistic(
      { columns: used.map((j) => all[j]!), weights, targets },
      used.map((j) => (used.length === 3 ? [1, 1, 0][j]! : j === 2 ? base : 0)),
    );
    const theta = [0, 0, 0];
    for (const [k, j] of used.entries()) theta[j] = fit.theta[k]!;
    return { theta, converged: fit.converged, iterations: fit.iterations };
  };
  // Two distinct predictions do not tell three numbers apart.
  let used = values.length > 2 ? [0, 1, 2] : values.length === 2 ? [0, 2] : [2];
  let fit = fitOf(used);
  while (fit.theta[0]! < 0 || fit.theta[1]! < 0) {
    const negative = fit.theta[0]! < 0 ? 0 : 1;
    used = used.filter((j) => j !== negative);
    fit = fitOf(used);
  }
  const [a, b, c] = fit.theta as [number, number, number];
  return { kind: "beta", a, b, c, converged: fit.converged && (used.length === 1 ? rate > 0 && rate < 1 : !isSeparated(pooled)), iterations: fit.iterations };
}
