// Gradients of a block before any update, for clipping. Groups are runs of features: starts (u32[groups], ascending, the first 0) are their first ones.
import { feature_gradient } from "./lib/gradient";

/** Features of a chunk: squares are summed within chunks in the features' order. */
const CHUNK: u32 = 1024;

// @ts-ignore: decorator
@inline
function gradients<T>(out: usize, from: usize, to: usize, offsets: usize, rows: usize, values: usize, residual: usize): void {
  let k = <usize>load<u32>(offsets + (from << 2));
  for (let u = from; u < to; u++) {
    const end = <usize>load<u32>(offsets + (u << 2), 4);
    store<f64>(out + (u << 3), feature_gradient<T>(rows, values, residual, k, end));
    k = end;
  }
}

/** out[u] (f64) = gradient of the block's distinct feature u, for u in [from, to). */
export function block_gradients(out: usize, from: u32, to: u32, offsets: usize, rows: usize, values: usize, wide: bool, residual: usize): void {
  if (wide) gradients<u32>(out, from, to, offsets, rows, values, residual);
  else gradients<u16>(out, from, to, offsets, rows, values, residual);
}

/** gradients[i] (f64) into [-limit, limit], for i in [from, to). NaN stays. */
export function clamp_f64(gradients: usize, from: u32, to: u32, limit: f64): void {
  for (let i: usize = from; i < <usize>to; i++) {
    const g = load<f64>(gradients + (i << 3));
    store<f64>(gradients + (i << 3), g > limit ? limit : g < -limit ? -limit : g);
  }
}

// The last group that begins at or before f; `near` is tried first.
// @ts-ignore: decorator
@inline
function group_of(f: u32, starts: usize, groups: u32, near: u32): u32 {
  if (load<u32>(starts + (<usize>near << 2)) <= f && (near + 1 == groups || f < load<u32>(starts + (<usize>near << 2), 4))) return near;
  let low: u32 = 0, high = groups;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (load<u32>(starts + (<usize>middle << 2)) <= f) low = middle;
    else high = middle;
  }
  return low;
}

/** out[chunk][group] (f64) = sum of gradients^2 of the features ids[i] of a group, i in order within chunks of 1,024, for i in [from, to). `from` is a multiple of 1,024. */
export function group_squares(out: usize, from: u32, to: u32, ids: usize, gradients: usize, starts: usize, groups: u32): void {
  let near: u32 = 0;
  for (let start = from; start < to; start += CHUNK) {
    const sums = out + (<usize>(start / CHUNK) * <usize>groups << 3);
    memory.fill(sums, 0, <usize>groups << 3);
    const end = min<u32>(start + CHUNK, to);
    for (let i: usize = start; i < <usize>end; i++) {
      near = group_of(load<u32>(ids + (i << 2)), starts, groups, near);
      const g = load<f64>(gradients + (i << 3));
      const at = sums + (<usize>near << 3);
      store<f64>(at, load<f64>(at) + g * g);
    }
  }
}

/** gradients[i] *= factors[group] (f64) of the group of feature ids[i], for i in [from, to). */
export function group_scale(gradients: usize, from: u32, to: u32, ids: usize, starts: usize, groups: u32, factors: usize): void {
  let near: u32 = 0;
  for (let i: usize = from; i < <usize>to; i++) {
    near = group_of(load<u32>(ids + (i << 2)), starts, groups, near);
    store<f64>(gradients + (i << 3), load<f64>(gradients + (i << 3)) * load<f64>(factors + (<usize>near << 3)));
  }
}
