import { ExactSum, exp, sigmoid } from "@crossbill/numerics";
import { bad, checkClassRows } from "../class-rows.js";
import { checkLogitRows } from "../inputs.js";
import { poolRows } from "../pool-rows.js";
import { checkSome } from "./no-rows.js";
import type { FitEnd } from "./platt.js";
import type { TemperatureRecalibration } from "./recalibration.js";

/** Bounds of the temperature: what lies beyond them says that the labels are separated by the logits, or that the logits say nothing of them. */
const LEAST = 2 ** -7;
const MOST = 2 ** 7;

/**
 * Temperature scaling (Guo et al. 2017): the T in [1/128, 128] of the least log-loss of sigmoid(z / T). Above 1 where predictions are too sure of themselves. It
 * cannot correct a bias at z = 0.
 * @param labels 0 or 1, length N
 * @param logits finite, length N
 * @param weights >= 0, length N; default all 1
 * @returns converged: false at an end of the range
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_LOGIT_RANGE, E_WEIGHT_RANGE, E_RECALIBRATION_ROWS
 */
export function fitTemperature(labels: ArrayLike<number>, logits: ArrayLike<number>, weights?: ArrayLike<number>): TemperatureRecalibration & FitEnd {
  checkLogitRows(labels, logits, weights);
  const pooled = poolRows(labels, logits, weights);
  checkSome(pooled);
  const { values, negatives, positives } = pooled;
  return minimise((s) => {
    let slope = 0;
    let curvature = 0;
    for (let t = 0; t < values.length; t++) {
      const z = values[t]!;
      const w = negatives[t]! + positives[t]!;
      const p = sigmoid(s * z);
      slope += (negatives[t]! * p - positives[t]! * sigmoid(-s * z)) * z;
      curvature += w * p * sigmoid(-s * z) * z * z;
    }
    return { slope, curvature };
  });
}

/**
 * {@link fitTemperature} of K classes: the T of the least mean of -log softmax(z / T)[label].
 * @param labels integers in [0, K), length N
 * @param logits finite, f64[N][K]
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_LOGIT_RANGE, E_WEIGHT_RANGE, E_RECALIBRATION_ROWS
 */
export function fitClassTemperature(
  labels: ArrayLike<number>,
  logits: ArrayLike<number>,
  K: number,
  weights?: ArrayLike<number>,
): TemperatureRecalibration & FitEnd {
  const rows = checkClassRows(labels, logits, K, "logits", weights);
  for (let i = 0; i < logits.length; i++) if (!Number.isFinite(logits[i]!)) throw bad("E_LOGIT_RANGE", `logits[${i}]`, logits[i], "a finite number");
  checkSome({ facts: { rows } });
  const odds = new Float64Array(K);
  return minimise((s) => {
    // Rows cannot be put in an order that is theirs, so their sums are exact.
    const slope = new ExactSum();
    const curvature = new ExactSum();
    for (let i = 0; i < labels.length; i++) {
      const w = weights === undefined ? 1 : weights[i]!;
      if (w === 0) continue;
      const at = i * K;
      const top = labels[i]!;
      let most = -Infinity;
      for (let k = 0; k < K; k++) most = Math.max(most, logits[at + k]!);
      let total = 0;
      for (let k = 0; k < K; k++) total += odds[k] = exp(s * (logits[at + k]! - most));
      let mean = 0;
      for (let k = 0; k < K; k++) mean += (odds[k]! / total) * (logits[at + k]! - logits[at + top]!);
      let variance = 0;
      for (let k = 0; k < K; k++) variance += (odds[k]! / total) * (logits[at + k]! - logits[at + top]! - mean) ** 2;
      slope.addProduct(w, mean);
      curvature.addProduct(w, variance);
    }
    return { slope: slope.value(), curvature: curvature.value() };
  });
}

/** The s = 1 / T where the slope of a convex function of it is 0: Newton's steps, halved into the interval that holds it. */
function minimise(at: (s: number) => { slope: number; curvature: number }): TemperatureRecalibration & FitEnd {
  let low = 1 / MOST;
  let high = 1 / LEAST;
  const end = (temperature: number, converged: boolean, iterations: number): TemperatureRecalibration & FitEnd => ({
    kind: "temperature",
    temperature,
    converged,
    iterations,
  });
  if (at(low).slope >= 0) return end(MOST, false, 1);
  if (at(high).slope <= 0) return end(LEAST, false, 2);
  let s = 1;
  for (let iterations = 3; iterations < 200; iterations++) {
    const { slope, curvature } = at(s);
    if (slope === 0) return end(1 / s, true, iterations);
    if (slope < 0) low = s;
    else high = s;
    const newton = s - slope / curvature;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - s) <= 1e-13 * s) return end(1 / next, true, iterations);
    s = next;
  }
  return end(1 / s, true, 200);
}
