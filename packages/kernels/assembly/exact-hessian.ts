// The Hessian of the exact solver where it is formed, and steps over it, in float64. Rows as in exact.ts.

/**
 * For rows r in [from, to) and each pair of entries i, j of a row, i after j: out[id of i][id of j] += curvature[r] * (value of i * value of j). Entries of value 1 are before those with
 * values; out is f64[.][stride]. out + its transpose + the diagonal of X^T D X is X^T D X. Rows of curvature 0 are left out, and ids of i outside [first, last).
 */
export function rows_pairs_f64(
  out: usize,
  stride: u32,
  first: u32,
  last: u32,
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
  const line = <usize>stride << 3, width = last - first;
  for (let r: usize = from; r < <usize>to; r++) {
    const c = load<f64>(curvature + (r << 3));
    if (c == 0) continue;
    const row = (r - <usize>base) << 2;
    const begin = ids + (<usize>load<u32>(offsets + row) << 2), close = ids + (<usize>load<u32>(offsets + row, 4) << 2);
    for (let i = begin; i < close; i += 4) {
      const id = load<u32>(i);
      if (id - first < width) add_pairs(out + <usize>id * line, begin, i, c);
    }
    const start = <usize>load<u32>(valued_offsets + row), end = <usize>load<u32>(valued_offsets + row, 4);
    for (let i = start; i < end; i++) {
      const id = load<u32>(valued_ids + (i << 2));
      if (id - first >= width) continue;
      const at = out + <usize>id * line;
      const value = load<f64>(values + (i << 3));
      add_pairs(at, begin, close, c * value);
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

/**
 * Coordinate descent (Friedman, Hastie, Tibshirani 2010) on r . d + d . H d / 2 + sum of l1 |v|, once over [0, n): v[j] becomes the minimum along it, and r, the gradient of the first two
 * at v, moves with it. h is f64[n][n], symmetric. Where its diagonal is not above 0, v stays.
 */
export function coordinate_sweep_f64(v: usize, r: usize, h: usize, n: u32, l1: usize): void {
  const line = <usize>n << 3;
  for (let j: usize = 0, row = h; j < line; j += 8, row += line) {
    const curvature = load<f64>(row + j);
    if (!(curvature > 0)) continue;
    const x = load<f64>(v + j), strength = load<f64>(l1 + j), z = curvature * x - load<f64>(r + j);
    const next = z > strength ? (z - strength) / curvature : z < -strength ? (z + strength) / curvature : 0;
    const moved = next - x;
    if (moved == 0) continue;
    store<f64>(v + j, next);
    add_scaled(r, moved, row, line);
  }
}

/** out[i] = sum over j of h[i][j] x[j], h f64[n][n]: j in lane j mod 4 (those past the last four in lane 0), lanes as (0 + 2) + (1 + 3). */
export function matrix_product_f64(out: usize, x: usize, h: usize, n: u32): void {
  const line = <usize>n << 3, whole = line & ~31;
  for (let at: usize = 0, row = h; at < line; at += 8, row += line) {
    let a = f64x2.splat(0), b = f64x2.splat(0);
    for (let j: usize = 0; j < whole; j += 32) {
      a = f64x2.add(a, f64x2.mul(v128.load(row + j), v128.load(x + j)));
      b = f64x2.add(b, f64x2.mul(v128.load(row + j, 16), v128.load(x + j, 16)));
    }
    let first = f64x2.extract_lane(a, 0);
    for (let j = whole; j < line; j += 8) first += load<f64>(row + j) * load<f64>(x + j);
    store<f64>(out + at, first + f64x2.extract_lane(b, 0) + (f64x2.extract_lane(a, 1) + f64x2.extract_lane(b, 1)));
  }
}

/** out += factor * x, over so many bytes. */
// @ts-ignore: decorator
@inline
function add_scaled(out: usize, factor: f64, x: usize, bytes: usize): void {
  const both = f64x2.splat(factor);
  let i: usize = 0;
  for (; i + 32 <= bytes; i += 32) {
    v128.store(out + i, f64x2.add(v128.load(out + i), f64x2.mul(both, v128.load(x + i))));
    v128.store(out + i, f64x2.add(v128.load(out + i, 16), f64x2.mul(both, v128.load(x + i, 16))), 16);
  }
  for (; i < bytes; i += 8) store<f64>(out + i, load<f64>(out + i) + factor * load<f64>(x + i));
}
