// Passes of the exact solver over all rows, in float64. A matrix lies twice in memory: as compressed sparse rows for logits, and by blocks of at most
// 65,536 rows as compressed sparse columns for gradients. Without values (`values` 0) every entry is 1.
// Per-row numbers are summed in chunks of 64 rows: quantity q of a chunk goes to sums[q * chunks + chunk].
import { exp, log, log1p } from "./lib/math";

const CHUNK: u32 = 64;

/**
 * out[r] = (add ? out[r] : start) + sum over i of w[ids[i]] * values[i], i in [offsets[r - base], offsets[r - base + 1]), for r in [from, to).
 * Entry number j of a row goes to lane j mod 2; lanes as 0 + 1.
 */
export function rows_dot_f64(out: usize, from: u32, to: u32, base: u32, offsets: usize, ids: usize, values: usize, w: usize, start: f64, add: bool): void {
  for (let r: usize = from; r < <usize>to; r++) {
    const row = offsets + ((r - <usize>base) << 2);
    const end = <usize>load<u32>(row, 4);
    let i = <usize>load<u32>(row);
    let a: f64 = 0, b: f64 = 0;
    if (values == 0) {
      for (; i + 1 < end; i += 2) {
        a += load<f64>(w + (<usize>load<u32>(ids + (i << 2)) << 3));
        b += load<f64>(w + (<usize>load<u32>(ids + (i << 2), 4) << 3));
      }
      if (i < end) a += load<f64>(w + (<usize>load<u32>(ids + (i << 2)) << 3));
    } else {
      for (; i + 1 < end; i += 2) {
        a += load<f64>(w + (<usize>load<u32>(ids + (i << 2)) << 3)) * load<f64>(values + (i << 3));
        b += load<f64>(w + (<usize>load<u32>(ids + (i << 2), 4) << 3)) * load<f64>(values + (i << 3), 8);
      }
      if (i < end) a += load<f64>(w + (<usize>load<u32>(ids + (i << 2)) << 3)) * load<f64>(values + (i << 3));
    }
    store<f64>(out + (r << 3), (add ? load<f64>(out + (r << 3)) : start) + (a + b));
  }
}

/**
 * out[features[u]] += sum over i in [offsets[u], offsets[u + 1]) of x[rows[i]] * values[i] (square: * values[i]^2), for u in [from, to); rows are u16 within
 * the block. Entry number j of a column goes to lane j mod 2; lanes as 0 + 1.
 */
export function columns_add_f64(out: usize, from: u32, to: u32, features: usize, offsets: usize, rows: usize, values: usize, square: bool, x: usize): void {
  for (let u: usize = from; u < <usize>to; u++) {
    const at = out + (<usize>load<u32>(features + (u << 2)) << 3);
    store<f64>(at, load<f64>(at) + column_sum(offsets + (u << 2), rows, values, square, x));
  }
}

/** As columns_add_f64 for some columns: out[targets[k]] += that of column picks[k], for k in [from, to). */
export function columns_pick_f64(
  out: usize,
  from: u32,
  to: u32,
  picks: usize,
  targets: usize,
  offsets: usize,
  rows: usize,
  values: usize,
  square: bool,
  x: usize,
): void {
  for (let k: usize = from; k < <usize>to; k++) {
    const at = out + (<usize>load<u32>(targets + (k << 2)) << 3);
    store<f64>(at, load<f64>(at) + column_sum(offsets + (<usize>load<u32>(picks + (k << 2)) << 2), rows, values, square, x));
  }
}

/**
 * For rows r in [from, to) and each pair of entries i, j of a row, i after j: out[id of i][id of j] += curvature[r] * (value of i * value of j). Entries of value 1 are before those with
 * values; out is f64[.][stride]. out + its transpose + the diagonal of X^T D X is X^T D X. Rows of curvature 0 are left out.
 */
export function rows_pairs_f64(
  out: usize,
  stride: u32,
  from: u32,
  to: u32,
  base: u32,
  offsets: usize,
  ids: usize,
  valued_offsets: usize,
  valued_ids: usize,
  values: usize,
  curvature: usize,
): void {
  const line = <usize>stride << 3;
  for (let r: usize = from; r < <usize>to; r++) {
    const c = load<f64>(curvature + (r << 3));
    if (c == 0) continue;
    const row = (r - <usize>base) << 2;
    const first = ids + (<usize>load<u32>(offsets + row) << 2), last = ids + (<usize>load<u32>(offsets + row, 4) << 2);
    for (let i = first; i < last; i += 4) add_pairs(out + <usize>load<u32>(i) * line, first, i, c);
    const start = <usize>load<u32>(valued_offsets + row), end = <usize>load<u32>(valued_offsets + row, 4);
    for (let i = start; i < end; i++) {
      const at = out + <usize>load<u32>(valued_ids + (i << 2)) * line;
      const value = load<f64>(values + (i << 3));
      add_pairs(at, first, last, c * value);
      for (let j = start; j < i; j++) {
        const cell = at + (<usize>load<u32>(valued_ids + (j << 2)) << 3);
        store<f64>(cell, load<f64>(cell) + c * (value * load<f64>(values + (j << 3))));
      }
    }
  }
}

/** at[id] += x for the ids that lie in [from, to). */
// @ts-ignore: decorator
@inline
function add_pairs(at: usize, from: usize, to: usize, x: f64): void {
  for (let j = from; j < to; j += 4) {
    const cell = at + (<usize>load<u32>(j) << 3);
    store<f64>(cell, load<f64>(cell) + x);
  }
}

// @ts-ignore: decorator
@inline
function column_sum(offset: usize, rows: usize, values: usize, square: bool, x: usize): f64 {
  const end = <usize>load<u32>(offset, 4);
  let i = <usize>load<u32>(offset);
  let a: f64 = 0, b: f64 = 0;
  if (values == 0) {
    for (; i + 1 < end; i += 2) {
      a += load<f64>(x + (<usize>load<u16>(rows + (i << 1)) << 3));
      b += load<f64>(x + (<usize>load<u16>(rows + (i << 1), 2) << 3));
    }
    if (i < end) a += load<f64>(x + (<usize>load<u16>(rows + (i << 1)) << 3));
  } else {
    for (; i + 1 < end; i += 2) {
      const v = load<f64>(values + (i << 3)), n = load<f64>(values + (i << 3), 8);
      a += load<f64>(x + (<usize>load<u16>(rows + (i << 1)) << 3)) * (square ? v * v : v);
      b += load<f64>(x + (<usize>load<u16>(rows + (i << 1), 2) << 3)) * (square ? n * n : n);
    }
    if (i < end) {
      const v = load<f64>(values + (i << 3));
      a += load<f64>(x + (<usize>load<u16>(rows + (i << 1)) << 3)) * (square ? v * v : v);
    }
  }
  return a + b;
}

/**
 * Logits z[r] become residuals weight * (p - y), p = sigmoid(z); curvature[r] = weight * p (1 - p). Sums of a chunk: loss weight * (softplus(z) - y z),
 * residual, weight * p, curvature. `from` is a multiple of 64.
 */
export function logistic_terms_f64(z: usize, curvature: usize, sums: usize, chunks: u32, labels: usize, weights: usize, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, residuals: f64 = 0, predictions: f64 = 0, curvatures: f64 = 0;
    for (let r = start; r < end; r++) {
      const at = r << 3;
      const logit = load<f64>(z + at), y = load<f64>(labels + at), weight = load<f64>(weights + at);
      // sigmoid(logit), sigmoid(-logit) and softplus(logit) to the bit, by one exponential.
      const e = exp(-abs(logit)), larger = 1 / (1 + e), smaller = e / (1 + e);
      const p = logit >= 0 ? larger : smaller, residual = weight * (p - y), c = weight * (larger * smaller);
      loss += weight * ((logit > 0 ? logit + log1p(e) : log1p(e)) - y * logit);
      residuals += residual;
      predictions += weight * p;
      curvatures += c;
      store<f64>(z + at, residual);
      store<f64>(curvature + at, c);
    }
    store_sums(sums, chunks, start / CHUNK, loss, residuals, predictions, curvatures);
  }
}

/** As logistic_terms_f64 for the squared loss weight * (z - y)^2: residuals 2 weight (z - y), curvature 2 weight, predictions z. */
export function squared_terms_f64(z: usize, curvature: usize, sums: usize, chunks: u32, labels: usize, weights: usize, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, residuals: f64 = 0, predictions: f64 = 0, curvatures: f64 = 0;
    for (let r = start; r < end; r++) {
      const at = r << 3;
      const value = load<f64>(z + at), weight = load<f64>(weights + at), e = value - load<f64>(labels + at);
      const residual = 2 * weight * e, c = 2 * weight;
      loss += weight * (e * e);
      residuals += residual;
      predictions += weight * value;
      curvatures += c;
      store<f64>(z + at, residual);
      store<f64>(curvature + at, c);
    }
    store_sums(sums, chunks, start / CHUNK, loss, residuals, predictions, curvatures);
  }
}

/** As logistic_terms_f64 for counts, p = exp(z), at most the largest float64: loss weight * (p - y z), residuals weight * (p - y), curvature weight * p. */
export function poisson_terms_f64(z: usize, curvature: usize, sums: usize, chunks: u32, labels: usize, weights: usize, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, residuals: f64 = 0, predictions: f64 = 0;
    for (let r = start; r < end; r++) {
      const at = r << 3;
      const logit = load<f64>(z + at), y = load<f64>(labels + at), weight = load<f64>(weights + at);
      const p = min(exp(logit), f64.MAX_VALUE), residual = weight * (p - y), c = weight * p;
      loss += weight * (p - y * logit);
      residuals += residual;
      predictions += c;
      store<f64>(z + at, residual);
      store<f64>(curvature + at, c);
    }
    store_sums(sums, chunks, start / CHUNK, loss, residuals, predictions, predictions);
  }
}

// @ts-ignore: decorator
@inline
function store_sums(sums: usize, chunks: u32, chunk: usize, loss: f64, residual: f64, prediction: f64, curvature: f64): void {
  const next = <usize>chunks << 3;
  const at = sums + (chunk << 3);
  store<f64>(at, loss);
  store<f64>(at + next, residual);
  store<f64>(at + 2 * next, prediction);
  store<f64>(at + 3 * next, curvature);
}

/** x[r] *= scale[r]; sums of a chunk: x. `from` is a multiple of 64. */
export function scale_rows_f64(x: usize, scale: usize, sums: usize, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const value = load<f64>(x + (r << 3)) * load<f64>(scale + (r << 3));
      sum += value;
      store<f64>(x + (r << 3), value);
    }
    store<f64>(sums + ((start / CHUNK) << 3), sum);
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
  const next = <usize>stride << 3, line = <usize>chunks << 3, all = <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    const at = sums + ((start / CHUNK) << 3);
    let loss: f64 = 0;
    for (let q: usize = 0; q < 3 * all; q++) store<f64>(at + (1 + q) * line, 0);
    for (let r = start; r < end; r++) {
      const row = r << 3;
      const y = <usize>load<f64>(labels + row), weight = load<f64>(weights + row);
      let best: usize = 0, most = load<f64>(z + row);
      for (let k: usize = 1; k < all; k++) {
        const one = load<f64>(z + row + k * next);
        if (one > most) {
          most = one;
          best = k;
        }
      }
      loss += weight * (most - load<f64>(z + row + y * next));
      let others: f64 = 0;
      for (let k: usize = 0; k < all; k++) {
        const e = exp(load<f64>(z + row + k * next) - most);
        if (k != best) others += e;
        store<f64>(z + row + k * next, e);
      }
      loss += weight * log1p(others);
      const total = 1 + others;
      for (let k: usize = 0; k < all; k++) {
        const e = load<f64>(z + row + k * next), p = e / total;
        // 1 - p without cancellation where p is near 1.
        const rest = k == best ? others / total : 1 - p;
        const g = k == y ? weight * -rest : weight * p, c = weight * (p * rest);
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
  const next = <usize>stride << 3, line = <usize>chunks << 3, all = <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    const at = sums + ((start / CHUNK) << 3);
    let loss: f64 = 0;
    for (let q: usize = 0; q < 3 * all; q++) store<f64>(at + (1 + q) * line, 0);
    for (let r = start; r < end; r++) {
      const row = r << 3;
      const weight = load<f64>(weights + row), y = labels + row * all;
      let best: usize = 0, most = load<f64>(z + row);
      for (let k: usize = 1; k < all; k++) {
        const one = load<f64>(z + row + k * next);
        if (one > most) {
          most = one;
          best = k;
        }
      }
      let others: f64 = 0, whole: f64 = 0, below: f64 = 0;
      for (let k: usize = 0; k < all; k++) {
        const one = load<f64>(y + (k << 3));
        whole += one;
        below += one * (most - load<f64>(z + row + k * next));
      }
      loss += weight * below;
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
        const own = load<f64>(y + (k << 3));
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

/**
 * Curvature of softmax_terms_f64 in direction x: x[k] becomes weight * p[k] (x[k] - sum over j of p[j] x[j]). Sums of a chunk: x of every class (K).
 * `from` is a multiple of 64.
 */
export function softmax_scale_f64(x: usize, p: usize, classes: u32, stride: u32, sums: usize, chunks: u32, weights: usize, from: u32, to: u32): void {
  const next = <usize>stride << 3, line = <usize>chunks << 3, all = <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    const at = sums + ((start / CHUNK) << 3);
    for (let k: usize = 0; k < all; k++) store<f64>(at + k * line, 0);
    for (let r = start; r < end; r++) {
      const row = r << 3;
      const weight = load<f64>(weights + row);
      let mean: f64 = 0;
      for (let k: usize = 0; k < all; k++) mean += load<f64>(p + row + k * next) * load<f64>(x + row + k * next);
      for (let k: usize = 0; k < all; k++) {
        const value = weight * (load<f64>(p + row + k * next) * (load<f64>(x + row + k * next) - mean));
        store<f64>(x + row + k * next, value);
        store<f64>(at + k * line, load<f64>(at + k * line) + value);
      }
    }
  }
}

/**
 * Sums of a chunk: weight * (q log q + (1 - q) log(1 - q)), the convex conjugate of the logistic loss at t = q - y = scale * residual / weight (rows of weight 0: 0).
 * residual as logistic_terms_f64 leaves it. `from` is a multiple of 64.
 */
export function logistic_conjugate_f64(residual: usize, sums: usize, labels: usize, weights: usize, scale: f64, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const at = r << 3;
      const y = load<f64>(labels + at), weight = load<f64>(weights + at);
      if (weight == 0) continue;
      const t = (scale * load<f64>(residual + at)) / weight;
      sum += weight * (entropy(y + t) + entropy(1 - y - t));
    }
    store<f64>(sums + ((start / CHUNK) << 3), sum);
  }
}

/** As logistic_conjugate_f64 for the squared loss: weight * (t^2 / 4 + t y). */
export function squared_conjugate_f64(residual: usize, sums: usize, labels: usize, weights: usize, scale: f64, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const at = r << 3;
      const weight = load<f64>(weights + at);
      if (weight == 0) continue;
      const t = (scale * load<f64>(residual + at)) / weight;
      sum += weight * (t * (0.25 * t + load<f64>(labels + at)));
    }
    store<f64>(sums + ((start / CHUNK) << 3), sum);
  }
}

/** As logistic_conjugate_f64 for the poisson loss: weight * (q log q - q), q = y + t. */
export function poisson_conjugate_f64(residual: usize, sums: usize, labels: usize, weights: usize, scale: f64, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const at = r << 3;
      const weight = load<f64>(weights + at);
      if (weight == 0) continue;
      const q = load<f64>(labels + at) + (scale * load<f64>(residual + at)) / weight;
      sum += weight * (entropy(q) - q);
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
  const next = <usize>stride << 3, all = <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const row = r << 3;
      const y = <usize>load<f64>(labels + row), weight = load<f64>(weights + row);
      if (weight == 0) continue;
      let own: f64 = 0;
      for (let k: usize = 0; k < all; k++) {
        const t = (scale * load<f64>(residual + row + k * next)) / weight;
        own += entropy(k == y ? 1 + t : t);
      }
      sum += weight * own;
    }
    store<f64>(sums + ((start / CHUNK) << 3), sum);
  }
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
  const next = <usize>stride << 3, all = <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const row = r << 3;
      const weight = load<f64>(weights + row), y = labels + row * all;
      if (weight == 0) continue;
      let own: f64 = 0;
      for (let k: usize = 0; k < all; k++) {
        const t = (scale * load<f64>(residual + row + k * next)) / weight;
        own += entropy(load<f64>(y + (k << 3)) + t);
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
