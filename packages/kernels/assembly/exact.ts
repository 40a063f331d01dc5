// Passes of the exact solver over all rows, in float64. A matrix lies twice in memory: as compressed sparse rows for logits, and by blocks of at most
// 65,536 rows as compressed sparse columns for gradients. Without values (`values` 0) every entry is 1.
import { CHUNK } from "./lib/chunk";

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
