// Convex conjugates of the losses of exact-terms.ts, for the duality gap; summed in chunks of 64 rows.
import { CHUNK } from "./lib/chunk";
import { log } from "./lib/math";

const LOGISTIC = 0;
const SQUARED = 1;
const POISSON = 2;

/**
 * Sums of a chunk: weight * (q log q + (1 - q) log(1 - q)), the convex conjugate of the logistic loss at t = q - y = scale * residual / weight (rows of weight 0: 0).
 * residual as logistic_terms_f64 leaves it. `from` is a multiple of 64.
 */
export function logistic_conjugate_f64(residual: usize, sums: usize, labels: usize, weights: usize, scale: f64, from: u32, to: u32): void {
  conjugate(LOGISTIC, residual, sums, labels, weights, scale, from, to);
}

/** As logistic_conjugate_f64 for the squared loss: weight * (t^2 / 4 + t y). */
export function squared_conjugate_f64(residual: usize, sums: usize, labels: usize, weights: usize, scale: f64, from: u32, to: u32): void {
  conjugate(SQUARED, residual, sums, labels, weights, scale, from, to);
}

/** As logistic_conjugate_f64 for the poisson loss: weight * (q log q - q), q = y + t. */
export function poisson_conjugate_f64(residual: usize, sums: usize, labels: usize, weights: usize, scale: f64, from: u32, to: u32): void {
  conjugate(POISSON, residual, sums, labels, weights, scale, from, to);
}

// @ts-ignore: decorator
@inline
function conjugate(head: i32, residual: usize, sums: usize, labels: usize, weights: usize, scale: f64, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const at = r << 3;
      const weight = load<f64>(weights + at);
      if (weight == 0) continue;
      const y = load<f64>(labels + at), t = (scale * load<f64>(residual + at)) / weight;
      let own: f64;
      if (head == LOGISTIC) own = entropy(y + t) + entropy(1 - y - t);
      else if (head == SQUARED) own = t * (0.25 * t + y);
      else own = entropy(y + t) - (y + t);
      sum += weight * own;
    }
    store<f64>(sums + ((start / CHUNK) << 3), sum);
  }
}

/** As logistic_conjugate_f64 for softmax_terms_f64: weight * sum over classes of q log q, q[k] = scale * residual[k] / weight + (1 of the row's class). */
export function softmax_conjugate_f64(
  residual: usize,
  classes: u32,
  stride: u32,
  sums: usize,
  labels: usize,
  weights: usize,
  scale: f64,
  from: u32,
  to: u32,
): void {
  softmax_conjugate(false, residual, classes, stride, sums, labels, weights, scale, from, to);
}

/** As softmax_conjugate_f64 for soft_softmax_terms_f64: q[k] = scale * residual[k] / weight + y[k]. */
export function soft_softmax_conjugate_f64(
  residual: usize,
  classes: u32,
  stride: u32,
  sums: usize,
  labels: usize,
  weights: usize,
  scale: f64,
  from: u32,
  to: u32,
): void {
  softmax_conjugate(true, residual, classes, stride, sums, labels, weights, scale, from, to);
}

// @ts-ignore: decorator
@inline
function softmax_conjugate(
  soft: bool,
  residual: usize,
  classes: u32,
  stride: u32,
  sums: usize,
  labels: usize,
  weights: usize,
  scale: f64,
  from: u32,
  to: u32,
): void {
  const next = <usize>stride << 3, all = <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const row = r << 3;
      const weight = load<f64>(weights + row), y = soft ? labels + row * all : <usize>load<f64>(labels + row);
      if (weight == 0) continue;
      let own: f64 = 0;
      for (let k: usize = 0; k < all; k++) {
        const t = (scale * load<f64>(residual + row + k * next)) / weight;
        own += entropy((soft ? load<f64>(y + (k << 3)) : k == y ? 1 : 0) + t);
      }
      sum += weight * own;
    }
    store<f64>(sums + ((start / CHUNK) << 3), sum);
  }
}

/** q log q; 0 at (and, by rounding, below) 0. */
// @ts-ignore: decorator
@inline
function entropy(q: f64): f64 {
  return q > 0 ? q * log(q) : 0;
}
