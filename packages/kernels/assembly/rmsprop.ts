// RMSProp, Tieleman, Hinton 2012. State of feature f: f32 w at 8f, s at 8f + 4; see lazy.ts.
import { feature_gradient } from "./lib/gradient";

// s = rho s + (1 - rho) g^2;  w -= learningRate g / (sqrt s + epsilon). A gradient of 0 changes nothing.
// @ts-ignore: decorator
@inline
function update(f: usize, g: f64, w: f64, state: usize, last: usize, step: u32, rate: f64, rho: f64, epsilon: f64): void {
  if (g == 0) return;
  const at = state + (f << 3);
  const s = <f32>(rho * <f64>load<f32>(at, 4) + (1 - rho) * (g * g));
  store<f32>(at, <f32>(w - (rate * g) / (sqrt(<f64>s) + epsilon)));
  store<f32>(at, s, 4);
  if (last != 0) store<u32>(last + (f << 2), step);
}

// @ts-ignore: decorator
@inline
function steps<T>(from: usize, to: usize, ids: usize, offsets: usize, rows: usize, values: usize, residual: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, rho: f64, epsilon: f64): void {
  let k = <usize>load<u32>(offsets + (from << 2));
  for (let u = from; u < to; u++) {
    const end = <usize>load<u32>(offsets + (u << 2), 4);
    const g = scale * feature_gradient<T>(rows, values, residual, k, end);
    k = end;
    update(<usize>load<u32>(ids + (u << 2)), g, <f64>load<f32>(w + (u << 2)), state, last, step, rate, rho, epsilon);
  }
}

/** One update for each of the block's distinct features [from, to): its gradient summed over the transpose, times `scale`, w (f32) as gathered. */
export function rmsprop_step(from: u32, to: u32, ids: usize, offsets: usize, rows: usize, values: usize, wide: bool, residual: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, rho: f64, epsilon: f64): void {
  if (wide) steps<u32>(from, to, ids, offsets, rows, values, residual, scale, w, state, last, step, rate, rho, epsilon);
  else steps<u16>(from, to, ids, offsets, rows, values, residual, scale, w, state, last, step, rate, rho, epsilon);
}

/** One update for each of the features ids[from .. to) with gradients (f64, times `scale`) and w (f32) as gathered. */
export function rmsprop_apply(from: u32, to: u32, ids: usize, gradients: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, rho: f64, epsilon: f64): void {
  for (let i: usize = from; i < <usize>to; i++) update(<usize>load<u32>(ids + (i << 2)), scale * load<f64>(gradients + (i << 3)), <f64>load<f32>(w + (i << 2)), state, last, step, rate, rho, epsilon);
}
