// Losses of rows and their first and second derivatives by the logit, in float64, from logits. Per-row numbers are summed in chunks of 64 rows: quantity q of a chunk goes to
// sums[q * chunks + chunk].
import { CHUNK } from "./lib/chunk";
import { exp, log1p } from "./lib/math";

const LOGISTIC = 0;
const SQUARED = 1;
const POISSON = 2;

/**
 * Logits z[r] become residuals weight * (p - y), p = sigmoid(z); curvature[r] = weight * p (1 - p). Sums of a chunk: loss weight * (softplus(z) - y z),
 * residual, weight * p, curvature. `from` is a multiple of 64.
 */
export function logistic_terms_f64(z: usize, curvature: usize, sums: usize, chunks: u32, labels: usize, weights: usize, from: u32, to: u32): void {
  terms(LOGISTIC, z, curvature, sums, chunks, labels, weights, from, to);
}

/** As logistic_terms_f64 for the squared loss weight * (z - y)^2: residuals 2 weight (z - y), curvature 2 weight, predictions z. */
export function squared_terms_f64(z: usize, curvature: usize, sums: usize, chunks: u32, labels: usize, weights: usize, from: u32, to: u32): void {
  terms(SQUARED, z, curvature, sums, chunks, labels, weights, from, to);
}

/** As logistic_terms_f64 for counts, p = exp(z), at most the largest float64: loss weight * (p - y z), residuals weight * (p - y), curvature weight * p. */
export function poisson_terms_f64(z: usize, curvature: usize, sums: usize, chunks: u32, labels: usize, weights: usize, from: u32, to: u32): void {
  terms(POISSON, z, curvature, sums, chunks, labels, weights, from, to);
}

// @ts-ignore: decorator
@inline
function terms(head: i32, z: usize, curvature: usize, sums: usize, chunks: u32, labels: usize, weights: usize, from: u32, to: u32): void {
  const line = <usize>chunks << 3;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, residuals: f64 = 0, predictions: f64 = 0, curvatures: f64 = 0;
    for (let r = start; r < end; r++) {
      const at = r << 3;
      const logit = load<f64>(z + at), y = load<f64>(labels + at), weight = load<f64>(weights + at);
      let p: f64, own: f64, residual: f64, c: f64;
      if (head == LOGISTIC) {
        // sigmoid(logit), sigmoid(-logit) and softplus(logit) to the bit, by one exponential.
        const e = exp(-abs(logit)), larger = 1 / (1 + e), smaller = e / (1 + e);
        p = logit >= 0 ? larger : smaller;
        own = (logit > 0 ? logit + log1p(e) : log1p(e)) - y * logit;
        residual = weight * (p - y);
        c = weight * (larger * smaller);
      } else if (head == SQUARED) {
        p = logit;
        const e = logit - y;
        own = e * e;
        residual = 2 * weight * e;
        c = 2 * weight;
      } else {
        p = min(exp(logit), f64.MAX_VALUE);
        own = p - y * logit;
        residual = weight * (p - y);
        c = weight * p;
      }
      loss += weight * own;
      residuals += residual;
      predictions += weight * p;
      curvatures += c;
      store<f64>(z + at, residual);
      store<f64>(curvature + at, c);
    }
    const out = sums + ((start / CHUNK) << 3);
    store<f64>(out, loss);
    store<f64>(out + line, residuals);
    store<f64>(out + 2 * line, predictions);
    store<f64>(out + 3 * line, curvatures);
  }
}

/**
 * Softmax over K classes; class k of row r lies at [k * stride + r]. Logits z become probabilities p, residual = weight * (p - 1 of the row's class), curvature =
 * weight * p (1 - p). labels hold class numbers. Sums of a chunk, in this order: loss weight * -log p of the row's class (1); then of every class
 * residual (K), weight * p (K), curvature (K). `from` is a multiple of 64.
 */
export function softmax_terms_f64(
  z: usize,
  residual: usize,
  curvature: usize,
  classes: u32,
  stride: u32,
  sums: usize,
  chunks: u32,
  labels: usize,
  weights: usize,
  from: u32,
  to: u32,
): void {
  softmax_terms(false, z, residual, curvature, classes, stride, sums, chunks, labels, weights, from, to);
}

/** As softmax_terms_f64 for labels that are distributions over the classes, f64[rows][K]: residual = weight * (p - y), loss weight * -(sum of y log p); of one class alone the same bits. */
export function soft_softmax_terms_f64(
  z: usize,
  residual: usize,
  curvature: usize,
  classes: u32,
  stride: u32,
  sums: usize,
  chunks: u32,
  labels: usize,
  weights: usize,
  from: u32,
  to: u32,
): void {
  softmax_terms(true, z, residual, curvature, classes, stride, sums, chunks, labels, weights, from, to);
}

// @ts-ignore: decorator
@inline
function softmax_terms(
  soft: bool,
  z: usize,
  residual: usize,
  curvature: usize,
  classes: u32,
  stride: u32,
  sums: usize,
  chunks: u32,
  labels: usize,
  weights: usize,
  from: u32,
  to: u32,
): void {
  const next = <usize>stride << 3, line = <usize>chunks << 3, all = <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    const at = sums + ((start / CHUNK) << 3);
    let loss: f64 = 0;
    for (let q: usize = 0; q < 3 * all; q++) store<f64>(at + (1 + q) * line, 0);
    for (let r = start; r < end; r++) {
      const row = r << 3;
      const weight = load<f64>(weights + row), y = soft ? labels + row * all : <usize>load<f64>(labels + row);
      let best: usize = 0, most = load<f64>(z + row);
      for (let k: usize = 1; k < all; k++) {
        const one = load<f64>(z + row + k * next);
        if (one > most) {
          most = one;
          best = k;
        }
      }
      let others: f64 = 0, whole: f64 = 1;
      if (soft) {
        let below: f64 = 0;
        whole = 0;
        for (let k: usize = 0; k < all; k++) {
          const one = load<f64>(y + (k << 3));
          whole += one;
          below += one * (most - load<f64>(z + row + k * next));
        }
        loss += weight * below;
      } else loss += weight * (most - load<f64>(z + row + y * next));
      for (let k: usize = 0; k < all; k++) {
        const e = exp(load<f64>(z + row + k * next) - most);
        if (k != best) others += e;
        store<f64>(z + row + k * next, e);
      }
      loss += weight * (whole * log1p(others));
      const total = 1 + others;
      for (let k: usize = 0; k < all; k++) {
        const e = load<f64>(z + row + k * next), p = e / total;
        // 1 - p without cancellation where p is near 1.
        const rest = k == best ? others / total : 1 - p;
        const own: f64 = soft ? load<f64>(y + (k << 3)) : k == y ? 1 : 0;
        const g = weight * (own == 1 ? -rest : p - own), c = weight * (p * rest);
        store<f64>(z + row + k * next, p);
        store<f64>(residual + row + k * next, g);
        store<f64>(curvature + row + k * next, c);
        const sum = at + (1 + k) * line;
        store<f64>(sum, load<f64>(sum) + g);
        store<f64>(sum + all * line, load<f64>(sum + all * line) + weight * p);
        store<f64>(sum + 2 * all * line, load<f64>(sum + 2 * all * line) + c);
      }
    }
    store<f64>(at, loss);
  }
}
