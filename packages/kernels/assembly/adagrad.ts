// Adagrad, Duchi, Hazan, Singer 2011 (diagonal). State of feature f: f32 w at 8f, G at 8f + 4; see lazy.ts.
import { feature_gradient } from "./lib/gradient";

// G += g^2;  w -= learningRate / sqrt(G) g. A gradient of 0 changes nothing.
// @ts-ignore: decorator
@inline
function update(f: usize, g: f64, w: f64, state: usize, last: usize, step: u32, rate: f64): void {
  if (g == 0) return;
  const at = state + (f << 3);
  const G = <f32>(<f64>load<f32>(at, 4) + g * g);
  if (G > 0) w -= (rate / sqrt(<f64>G)) * g;
  else if (g != g) w = NaN;
  store<f32>(at, <f32>w);
  store<f32>(at, G, 4);
  if (last != 0) store<u32>(last + (f << 2), step);
}

// @ts-ignore: decorator
@inline
function steps<T>(from: usize, to: usize, ids: usize, offsets: usize, rows: usize, values: usize, residual: usize, w: usize, state: usize, last: usize, step: u32, rate: f64): void {
  let k = <usize>load<u32>(offsets + (from << 2));
  for (let u = from; u < to; u++) {
    const end = <usize>load<u32>(offsets + (u << 2), 4);
    const g = feature_gradient<T>(rows, values, residual, k, end);
    k = end;
    update(<usize>load<u32>(ids + (u << 2)), g, <f64>load<f32>(w + (u << 2)), state, last, step, rate);
  }
}

/** One update for each of the block's distinct features [from, to): its gradient summed over the transpose, w (f32) as gathered. */
export function adagrad_step(from: u32, to: u32, ids: usize, offsets: usize, rows: usize, values: usize, wide: bool, residual: usize, w: usize, state: usize, last: usize, step: u32, rate: f64): void {
  if (wide) steps<u32>(from, to, ids, offsets, rows, values, residual, w, state, last, step, rate);
  else steps<u16>(from, to, ids, offsets, rows, values, residual, w, state, last, step, rate);
}

/** One update for each of the features ids[from .. to) with gradients (f64) and w (f32) as gathered. */
export function adagrad_apply(from: u32, to: u32, ids: usize, gradients: usize, w: usize, state: usize, last: usize, step: u32, rate: f64): void {
  for (let i: usize = from; i < <usize>to; i++) update(<usize>load<u32>(ids + (i << 2)), load<f64>(gradients + (i << 3)), <f64>load<f32>(w + (i << 2)), state, last, step, rate);
}
