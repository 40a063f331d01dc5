// Vectors of V float32: V a multiple of 4, or below 4.
import { expm1_negative_f32x4 } from "./math-f32";

/** to[e] = from[e]. */
// @ts-ignore: decorator
@inline
export function copy_vector(to: usize, from: usize, V: usize): void {
  const four = (V & ~3) << 2;
  let e: usize = 0;
  for (; e < four; e += 16) v128.store(to + e, v128.load(from + e));
  for (; e < V << 2; e += 4) store<f32>(to + e, load<f32>(from + e));
}

/** Whether a number of the vector is not 0 (NaN is not). */
// @ts-ignore: decorator
@inline
export function any_number(at: usize, V: usize): bool {
  const four = (V & ~3) << 2;
  let e: usize = 0;
  for (; e < four; e += 16) if (v128.any_true(f32x4.ne(v128.load(at + e), f32x4.splat(0)))) return true;
  for (; e < V << 2; e += 4) if (load<f32>(at + e) != 0) return true;
  return false;
}

/** Sum of the lanes: (0 + 1) + (2 + 3). */
// @ts-ignore: decorator
@inline
export function sum_of_lanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Scales the vector to the Euclidean norm `most` where it has a larger one: its squares are summed in lanes e mod 4, lanes as (0 + 1) + (2 + 3), of V < 4 in order. */
// @ts-ignore: decorator
@inline
export function limit_norm(at: usize, V: usize, most: f32): void {
  const four = (V & ~3) << 2;
  let e: usize = 0;
  let lanes = f32x4.splat(0);
  for (; e < four; e += 16) lanes = f32x4.add(lanes, f32x4.mul(v128.load(at + e), v128.load(at + e)));
  let sum = sum_of_lanes(lanes);
  for (; e < V << 2; e += 4) sum += load<f32>(at + e) * load<f32>(at + e);
  const norm = sqrt<f32>(sum);
  if (!(norm > most)) return;
  const factor = most / norm;
  for (e = 0; e < four; e += 16) v128.store(at + e, f32x4.mul(v128.load(at + e), f32x4.splat(factor)));
  for (; e < V << 2; e += 4) store<f32>(at + e, load<f32>(at + e) * factor);
}

/** 1 / (1 - beta^n) for the logarithm of beta, in float32. */
// @ts-ignore: decorator
@inline
export function share_more(n: f32, log_beta: f64): f32 {
  return -1 / f32x4.extract_lane(expm1_negative_f32x4(f32x4.splat(n * <f32>log_beta)), 0);
}
