// The linear model on one block: logits, losses and residuals of rows, gradients of dense inputs.
// Rows [from, to) of a block; local ids are u16 or (wide) u32; sums are float64 in the order documented at each kernel.
import { exp, log, sigmoid, softplus } from "./lib/math";

/** Rows of a chunk: losses are summed within chunks in row order, and over chunks in chunk order. */
const CHUNK: u32 = 64;

// @ts-ignore: decorator
@inline
function local_id<T>(local: usize, i: usize): usize {
  return <usize>load<T>(local + i * sizeof<T>());
}

// @ts-ignore: decorator
@inline
function dot_one_hot<T>(out: usize, from: u32, to: u32, width: u32, local: usize, w: usize): void {
  const four = width & ~3;
  for (let r: usize = from; r < <usize>to; r++) {
    const row = local + r * <usize>width * sizeof<T>();
    let a: f64 = 0, b: f64 = 0, c: f64 = 0, d: f64 = 0;
    let i: u32 = 0;
    for (; i < four; i += 4) {
      a += <f64>load<f32>(w + (local_id<T>(row, i) << 2));
      b += <f64>load<f32>(w + (local_id<T>(row, i + 1) << 2));
      c += <f64>load<f32>(w + (local_id<T>(row, i + 2) << 2));
      d += <f64>load<f32>(w + (local_id<T>(row, i + 3) << 2));
    }
    for (; i < width; i++) a += <f64>load<f32>(w + (local_id<T>(row, i) << 2));
    store<f64>(out + (r << 3), a + b + (c + d));
  }
}

/** out[r] (f64) = sum of w (f32) over row r's `width` features; feature i adds to lane i mod 4 (those past the last four to lane 0), lanes as (0+1)+(2+3). */
export function one_hot_dot_f32(out: usize, from: u32, to: u32, width: u32, local: usize, wide: bool, w: usize): void {
  if (wide) dot_one_hot<u32>(out, from, to, width, local, w);
  else dot_one_hot<u16>(out, from, to, width, local, w);
}

/** out[r] (f64) = sum of w * value over row r's features local[offsets[r] .. offsets[r + 1]), in that order. */
export function csr_dot_f32(out: usize, from: u32, to: u32, offsets: usize, local: usize, values: usize, wide: bool, w: usize): void {
  for (let r: usize = from; r < <usize>to; r++) {
    const end = <usize>load<u32>(offsets + (r << 2), 4);
    let sum: f64 = 0;
    for (let i = <usize>load<u32>(offsets + (r << 2)); i < end; i++) {
      const u = wide ? local_id<u32>(local, i) : local_id<u16>(local, i);
      sum += <f64>load<f32>(w + (u << 2)) * <f64>load<f32>(values + (i << 2));
    }
    store<f64>(out + (r << 3), sum);
  }
}

/** out[r] += sum over d of w[d] * x[d * stride + r], one d after the other (f64; x and w f32). `from` is even. */
export function dense_add_f32(out: usize, from: u32, to: u32, dense: u32, x: usize, stride: u32, w: usize): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    const pairs = start + ((end - start) & ~1);
    for (let d: usize = 0; d < <usize>dense; d++) {
      const wd = <f64>load<f32>(w + (d << 2));
      const ww = f64x2.splat(wd);
      const column = x + ((d * <usize>stride) << 2);
      let r = start;
      for (; r < pairs; r += 2) {
        const xx = f64x2.promote_low_f32x4(v128.load64_zero(column + (r << 2)));
        v128.store(out + (r << 3), f64x2.add(v128.load(out + (r << 3)), f64x2.mul(ww, xx)));
      }
      if (r < end) store<f64>(out + (r << 3), load<f64>(out + (r << 3)) + wd * <f64>load<f32>(column + (r << 2)));
    }
  }
}

/**
 * Logits to residuals in place: residual[r] = weight[r] * (sigmoid(logit) - label[r]); for every chunk of 64 rows
 * losses[chunk] = sum of weight * (softplus(logit) - label * logit) and weightSums[chunk], in row order. `from` is a multiple of 64.
 */
export function logistic_residuals(residual: usize, losses: usize, weightSums: usize, labels: usize, weights: usize, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const z = load<f64>(residual + (r << 3)), y = load<f64>(labels + (r << 3)), weight = load<f64>(weights + (r << 3));
      loss += weight * (softplus(z) - y * z);
      sum += weight;
      store<f64>(residual + (r << 3), weight * (sigmoid(z) - y));
    }
    store<f64>(losses + ((start / CHUNK) << 3), loss);
    store<f64>(weightSums + ((start / CHUNK) << 3), sum);
  }
}

/** As logistic_residuals for the squared loss (label - prediction)^2: residual[r] = weight[r] * 2 * (prediction - label[r]). */
export function squared_residuals(residual: usize, losses: usize, weightSums: usize, labels: usize, weights: usize, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const e = load<f64>(residual + (r << 3)) - load<f64>(labels + (r << 3)), weight = load<f64>(weights + (r << 3));
      loss += weight * (e * e);
      sum += weight;
      store<f64>(residual + (r << 3), weight * (2 * e));
    }
    store<f64>(losses + ((start / CHUNK) << 3), loss);
    store<f64>(weightSums + ((start / CHUNK) << 3), sum);
  }
}

/**
 * As logistic_residuals for counts, prediction = exp(logit), at most the largest float64: residual[r] = weight[r] * (prediction - label[r]), losses of weight * (prediction - label * logit).
 */
export function poisson_residuals(residual: usize, losses: usize, weightSums: usize, labels: usize, weights: usize, from: u32, to: u32): void {
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, sum: f64 = 0;
    for (let r = start; r < end; r++) {
      const z = load<f64>(residual + (r << 3)), y = load<f64>(labels + (r << 3)), weight = load<f64>(weights + (r << 3));
      const prediction = min(exp(z), f64.MAX_VALUE);
      loss += weight * (prediction - y * z);
      sum += weight;
      store<f64>(residual + (r << 3), weight * (prediction - y));
    }
    store<f64>(losses + ((start / CHUNK) << 3), loss);
    store<f64>(weightSums + ((start / CHUNK) << 3), sum);
  }
}

/**
 * Of K classes, logits (class k's at residual + 8 k stride) to residuals in place: weight[r] * (p[k] - (label[r] == k)), p[k] = exp(z[k] - most) / sum, most the largest logit, the sum in order of the
 * classes. The loss of a row is most + log(sum) - z[label]; sums of chunks as in logistic_residuals. NaN where a label is no class.
 */
export function softmax_residuals(residual: usize, classes: u32, stride: u32, losses: usize, weightSums: usize, labels: usize, weights: usize, from: u32, to: u32): void {
  const step = <usize>stride << 3;
  const last = step * <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, total: f64 = 0;
    for (let r = start; r < end; r++) {
      const label = load<f64>(labels + (r << 3)), weight = load<f64>(weights + (r << 3));
      const row = residual + (r << 3);
      let most = load<f64>(row);
      for (let at = step; at < last; at += step) {
        const z = load<f64>(row + at);
        if (!(z <= most)) most = z;
      }
      const own = label >= 0 && label < <f64>classes ? load<f64>(row + <usize>(<u32>label) * step) : NaN;
      let sum: f64 = 0;
      for (let at: usize = 0; at < last; at += step) {
        const p = exp(load<f64>(row + at) - most);
        sum += p;
        store<f64>(row + at, p);
      }
      for (let at: usize = 0, k: f64 = 0; at < last; at += step, k += 1) store<f64>(row + at, weight * (load<f64>(row + at) / sum - (k == label ? 1 : 0)));
      loss += weight * (most + log(sum) - own);
      total += weight;
    }
    store<f64>(losses + ((start / CHUNK) << 3), loss);
    store<f64>(weightSums + ((start / CHUNK) << 3), total);
  }
}

/** As softmax_residuals for K logistic losses, of each class against the others: the loss of a row is their sum, in order of the classes. */
export function one_vs_rest_residuals(residual: usize, classes: u32, stride: u32, losses: usize, weightSums: usize, labels: usize, weights: usize, from: u32, to: u32): void {
  const step = <usize>stride << 3;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, total: f64 = 0;
    for (let r = start; r < end; r++) {
      const label = load<f64>(labels + (r << 3)), weight = load<f64>(weights + (r << 3));
      let sum: f64 = label >= 0 && label < <f64>classes ? 0 : NaN;
      let at = residual + (r << 3);
      for (let k: u32 = 0; k < classes; k++, at += step) {
        const z = load<f64>(at), y: f64 = <f64>k == label ? 1 : 0;
        sum += softplus(z) - y * z;
        store<f64>(at, weight * (sigmoid(z) - y));
      }
      loss += weight * sum;
      total += weight;
    }
    store<f64>(losses + ((start / CHUNK) << 3), loss);
    store<f64>(weightSums + ((start / CHUNK) << 3), total);
  }
}

/** As softmax_residuals for labels that are distributions over the classes, f64[B][K]: residual weight[r] * (p[k] - y[k]), the loss of a row (most + log(sum)) * sum of y[k] - sum of y[k] z[k]; of one class alone the bits of softmax_residuals. */
export function soft_softmax_residuals(residual: usize, classes: u32, stride: u32, losses: usize, weightSums: usize, labels: usize, weights: usize, from: u32, to: u32): void {
  const step = <usize>stride << 3;
  const last = step * <usize>classes;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, total: f64 = 0;
    for (let r = start; r < end; r++) {
      const weight = load<f64>(weights + (r << 3));
      const row = residual + (r << 3), y = labels + ((r * <usize>classes) << 3);
      let most = load<f64>(row);
      for (let at = step; at < last; at += step) {
        const z = load<f64>(row + at);
        if (!(z <= most)) most = z;
      }
      let sum: f64 = 0, own: f64 = 0;
      for (let at: usize = 0, k: usize = 0; at < last; at += step, k++) {
        const z = load<f64>(row + at), p = exp(z - most);
        sum += p;
        own += load<f64>(y + (k << 3)) * z;
        store<f64>(row + at, p);
      }
      let all: f64 = 0;
      for (let at: usize = 0, k: usize = 0; at < last; at += step, k++) {
        const one = load<f64>(y + (k << 3));
        all += one;
        store<f64>(row + at, weight * (load<f64>(row + at) / sum - one));
      }
      loss += weight * (all * (most + log(sum)) - own);
      total += weight;
    }
    store<f64>(losses + ((start / CHUNK) << 3), loss);
    store<f64>(weightSums + ((start / CHUNK) << 3), total);
  }
}

/** As one_vs_rest_residuals for label vectors f64[B][K], each number in [0, 1]: any number of classes may be true. */
export function multi_label_residuals(residual: usize, classes: u32, stride: u32, losses: usize, weightSums: usize, labels: usize, weights: usize, from: u32, to: u32): void {
  const step = <usize>stride << 3;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, total: f64 = 0;
    for (let r = start; r < end; r++) {
      const weight = load<f64>(weights + (r << 3));
      let sum: f64 = 0;
      let at = residual + (r << 3), label = labels + ((r * <usize>classes) << 3);
      for (let k: u32 = 0; k < classes; k++, at += step, label += 8) {
        const z = load<f64>(at), y = load<f64>(label);
        sum += softplus(z) - y * z;
        store<f64>(at, weight * (sigmoid(z) - y));
      }
      loss += weight * sum;
      total += weight;
    }
    store<f64>(losses + ((start / CHUNK) << 3), loss);
    store<f64>(weightSums + ((start / CHUNK) << 3), total);
  }
}

/**
 * Residuals of the classes active u32[n], ascending, in place (class k's logits at residual + 8 k stride), of which those with sampled u8[n] were drawn; corrections f64[n] are the logarithms of how
 * often a draw is expected to hold them. With c = z - correction, the row's candidates are its own class and the drawn others; all else has residual 0. Sampled softmax: p[k] and loss as in softmax_residuals, over
 * the candidates' c. nce: the loss is softplus(-c) of its own class and the sum of softplus(c) of the others, the residuals sigmoid(c) - 1 and sigmoid(c).
 */
export function sampled_residuals(residual: usize, stride: u32, active: usize, sampled: usize, corrections: usize, n: u32, nce: bool, losses: usize, weightSums: usize, labels: usize, weights: usize, from: u32, to: u32): void {
  const step = <usize>stride << 3;
  for (let start: usize = from; start < <usize>to; start += CHUNK) {
    const end = min<usize>(start + CHUNK, to);
    let loss: f64 = 0, total: f64 = 0;
    for (let r = start; r < end; r++) {
      const label = load<f64>(labels + (r << 3)), weight = load<f64>(weights + (r << 3));
      const row = residual + (r << 3);
      let most: f64 = -Infinity, own: f64 = NaN, sum: f64 = 0;
      for (let i: usize = 0; i < <usize>n; i++) {
        const k = load<u32>(active + (i << 2));
        const at = row + <usize>k * step;
        const mine = <f64>k == label;
        const c = load<f64>(at) - load<f64>(corrections + (i << 3));
        if (mine) own = c;
        if (!mine && load<u8>(sampled + i) == 0) continue;
        if (nce) {
          sum += softplus(mine ? -c : c);
          store<f64>(at, weight * (sigmoid(c) - (mine ? 1 : 0)));
        } else {
          if (!(c <= most)) most = c;
          store<f64>(at, c);
        }
      }
      if (!nce) {
        for (let i: usize = 0; i < <usize>n; i++) {
          const k = load<u32>(active + (i << 2));
          if (<f64>k != label && load<u8>(sampled + i) == 0) continue;
          const at = row + <usize>k * step;
          const p = exp(load<f64>(at) - most);
          sum += p;
          store<f64>(at, p);
        }
      }
      for (let i: usize = 0; i < <usize>n; i++) {
        const k = load<u32>(active + (i << 2));
        const at = row + <usize>k * step;
        const mine = <f64>k == label;
        if (!mine && load<u8>(sampled + i) == 0) store<f64>(at, 0);
        else if (!nce) store<f64>(at, weight * (load<f64>(at) / sum - (mine ? 1 : 0)));
      }
      loss += weight * (own != own ? NaN : nce ? sum : most + log(sum) - own);
      total += weight;
    }
    store<f64>(losses + ((start / CHUNK) << 3), loss);
    store<f64>(weightSums + ((start / CHUNK) << 3), total);
  }
}

/**
 * out[d] (f64) = sum over rows of residual[r] * x[d * stride + r] for d in [from, to). Row r adds to lane r mod 4 (rows past the last four to lane 0);
 * lanes as (0 + 2) + (1 + 3).
 */
export function dense_gradients_f32(out: usize, from: u32, to: u32, rows: u32, x: usize, stride: u32, residual: usize): void {
  const four = <usize>(rows & ~3);
  for (let d: usize = from; d < <usize>to; d++) {
    const column = x + ((d * <usize>stride) << 2);
    let a = f64x2.splat(0), b = f64x2.splat(0);
    let r: usize = 0;
    for (; r < four; r += 4) {
      a = f64x2.add(a, f64x2.mul(v128.load(residual + (r << 3)), f64x2.promote_low_f32x4(v128.load64_zero(column + (r << 2)))));
      b = f64x2.add(b, f64x2.mul(v128.load(residual + (r << 3), 16), f64x2.promote_low_f32x4(v128.load64_zero(column + (r << 2), 8))));
    }
    let first = f64x2.extract_lane(a, 0);
    for (; r < <usize>rows; r++) first += load<f64>(residual + (r << 3)) * <f64>load<f32>(column + (r << 2));
    store<f64>(out + (d << 3), first + f64x2.extract_lane(b, 0) + (f64x2.extract_lane(a, 1) + f64x2.extract_lane(b, 1)));
  }
}
