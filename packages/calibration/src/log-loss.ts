import { Arena, createKernelMemory, instantiateKernels, type KernelExports, PAGE_BYTES } from "@crossbill/kernels";
import { ExactSum, log } from "@crossbill/numerics";
import { checkLogitRows, checkRows } from "./inputs.js";
import { rowLogLoss, rowLogLossFromLogit } from "./row-loss.js";

/** Rows a kernel call takes; fewer are not worth one. */
const CHUNK = 8192;

/**
 * Mean log-loss: sum_i w_i (-y_i log p_i - (1 - y_i) log(1 - p_i)) / sum_i w_i, p clipped to [2^-52, 1 - 2^-52], natural logarithm.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @returns >= 0; NaN when the weights sum to 0
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function logLoss(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): number {
  return meanLogLoss(labels, probabilities, weights);
}

/**
 * Mean log-loss from log-odds: sum_i w_i (softplus(z_i) - y_i z_i) / sum_i w_i; exact where probabilities have run into 0 or 1.
 * @param logits finite, length N
 * @returns >= 0; NaN when the weights sum to 0
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_LOGIT_RANGE, E_WEIGHT_RANGE
 */
export function logLossFromLogits(labels: ArrayLike<number>, logits: ArrayLike<number>, weights?: ArrayLike<number>): number {
  checkLogitRows(labels, logits, weights);
  return weightedMean(labels, logits, weights, rowLogLossFromLogit);
}

/**
 * Brier score: sum_i w_i (p_i - y_i)^2 / sum_i w_i.
 * @returns in [0, 1]; NaN when the weights sum to 0
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function brierScore(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): number {
  checkRows(labels, probabilities, weights);
  return weightedMean(labels, probabilities, weights, (y, p) => (p - y) * (p - y));
}

/**
 * Log-loss over the entropy of the base rate (He et al. 2014): 1 is what the base rate alone reaches, smaller is better.
 * @returns >= 0; NaN with one class, or without weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function normalizedEntropy(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): number {
  checkRows(labels, probabilities, weights);
  const rate = weightedMean(labels, labels, weights, (y) => y);
  return meanLogLoss(labels, probabilities, weights) / entropy(rate);
}

/** -r log r - (1 - r) log(1 - r); NaN at 0 and 1, where a quotient by it is undefined. */
export function entropy(rate: number): number {
  return rate > 0 && rate < 1 ? -(rate * log(rate) + (1 - rate) * log(1 - rate)) : NaN;
}

function meanLogLoss(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights: ArrayLike<number> | undefined): number {
  if (weights === undefined && labels.length >= CHUNK && probabilities.length === labels.length) {
    const sum = kernelLogLoss(labels, probabilities);
    if (sum !== null) return sum.value() / labels.length;
  }
  checkRows(labels, probabilities, weights);
  return weightedMean(labels, probabilities, weights, rowLogLoss);
}

/** The exact sum of the rows' log-losses; null where a label or probability is none. */
function kernelLogLoss(labels: ArrayLike<number>, probabilities: ArrayLike<number>): ExactSum | null {
  space ??= new KernelSpace();
  const { kernels, at, views } = space;
  const sum = new ExactSum();
  for (let from = 0; from < labels.length; from += CHUNK) {
    const n = Math.min(CHUNK, labels.length - from);
    let right = true;
    for (let i = 0; i < n; i++) {
      const y = labels[from + i];
      views.labels[i] = y!;
      right &&= y === 0 || y === 1;
    }
    if (probabilities instanceof Float64Array) views.probabilities.set(probabilities.subarray(from, from + n));
    else for (let i = 0; i < n; i++) views.probabilities[i] = typeof probabilities[from + i] === "number" ? probabilities[from + i]! : NaN;
    views.sums.fill(0);
    if (!right || kernels.log_loss_f64(at.sums, at.scratch, at.probabilities, at.labels, n) === 0) return null;
    sum.addArray(views.sums);
  }
  return sum;
}

/** A small kernel memory, made when it is first needed. */
class KernelSpace {
  readonly kernels: KernelExports;
  readonly at: { readonly sums: number; readonly labels: number; readonly probabilities: number; readonly scratch: number };
  readonly views: { readonly sums: Float64Array; readonly labels: Uint8Array; readonly probabilities: Float64Array };

  constructor() {
    const arena = new Arena(createKernelMemory(PAGE_BYTES + 32 * CHUNK));
    this.kernels = instantiateKernels(arena.memory);
    this.at = { sums: arena.take(64), labels: arena.take(CHUNK), probabilities: arena.take(8 * CHUNK), scratch: arena.take(16 * CHUNK + 32) };
    this.views = { sums: arena.f64(this.at.sums, 8), labels: arena.u8(this.at.labels, CHUNK), probabilities: arena.f64(this.at.probabilities, CHUNK) };
  }
}

let space: KernelSpace | undefined;

function weightedMean(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  measure: (label: number, prediction: number) => number,
): number {
  const sum = new ExactSum();
  const weight = new ExactSum();
  for (let i = 0; i < labels.length; i++) {
    const x = measure(labels[i]!, predictions[i]!);
    if (weights === undefined) sum.add(x);
    else {
      sum.addProduct(weights[i]!, x);
      weight.add(weights[i]!);
    }
  }
  return sum.value() / (weights === undefined ? labels.length : weight.value());
}
