// FTRL-Proximal, McMahan et al. 2013, Algorithm 1. State of feature f: f32 z at 8f, n at 8f + 4.
import { ftrl_update, ftrl_weight } from "./lib/ftrl";
import { feature_gradient } from "./lib/gradient";

/** out[i] (f32) = weight of feature ids[i] for i in [from, to). */
export function ftrl_gather(out: usize, from: u32, to: u32, ids: usize, state: usize, alpha: f64, beta: f64, l1: f64, l2: f64): void {
  for (let i: usize = from; i < <usize>to; i++) {
    const at = state + (<usize>load<u32>(ids + (i << 2)) << 3);
    store<f32>(out + (i << 2), ftrl_weight(<f64>load<f32>(at), <f64>load<f32>(at, 4), alpha, beta, l1, l2));
  }
}

/** out[i] (f32) = weight of feature from + i, for features [from, to). */
export function ftrl_weights(out: usize, from: u32, to: u32, state: usize, alpha: f64, beta: f64, l1: f64, l2: f64): void {
  for (let f: usize = from; f < <usize>to; f++) {
    const at = state + (f << 3);
    store<f32>(out + ((f - from) << 2), ftrl_weight(<f64>load<f32>(at), <f64>load<f32>(at, 4), alpha, beta, l1, l2));
  }
}

/** How many weights of features [from, to) are not zero; NaN when one is not finite. */
export function ftrl_non_zero(from: u32, to: u32, state: usize, alpha: f64, beta: f64, l1: f64, l2: f64): f64 {
  let count: f64 = 0;
  for (let f: usize = from; f < <usize>to; f++) {
    const at = state + (f << 3);
    const w = ftrl_weight(<f64>load<f32>(at), <f64>load<f32>(at, 4), alpha, beta, l1, l2);
    if (w != 0) count += w - w == 0 ? 1 : NaN;
  }
  return count;
}

// @ts-ignore: decorator
@inline
function step_at(at: usize, g: f64, w: f64, alpha: f64): void {
  ftrl_update(at, at + 4, g, w, alpha);
}

// @ts-ignore: decorator
@inline
function step<T>(from: usize, to: usize, ids: usize, offsets: usize, rows: usize, values: usize, residual: usize, w: usize, state: usize, alpha: f64): void {
  let k = <usize>load<u32>(offsets + (from << 2));
  for (let u = from; u < to; u++) {
    const end = <usize>load<u32>(offsets + (u << 2), 4);
    const g = feature_gradient<T>(rows, values, residual, k, end);
    k = end;
    step_at(state + (<usize>load<u32>(ids + (u << 2)) << 3), g, <f64>load<f32>(w + (u << 2)), alpha);
  }
}

/** One update for each of the block's distinct features [from, to): its gradient summed over the transpose, w (f32) as gathered. */
export function ftrl_step(from: u32, to: u32, ids: usize, offsets: usize, rows: usize, values: usize, wide: bool, residual: usize, w: usize, state: usize, alpha: f64): void {
  if (wide) step<u32>(from, to, ids, offsets, rows, values, residual, w, state, alpha);
  else step<u16>(from, to, ids, offsets, rows, values, residual, w, state, alpha);
}

/** One update for each of the features ids[from .. to) with gradients (f64) and w (f32) as gathered. */
export function ftrl_apply(from: u32, to: u32, ids: usize, gradients: usize, w: usize, state: usize, alpha: f64): void {
  for (let i: usize = from; i < <usize>to; i++) step_at(state + (<usize>load<u32>(ids + (i << 2)) << 3), load<f64>(gradients + (i << 3)), <f64>load<f32>(w + (i << 2)), alpha);
}
