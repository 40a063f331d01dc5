// Momentum, Polyak 1964, and Nesterov's, as Sutskever, Martens, Dahl, Hinton 2013. State of feature f: f32 w at 8f, v at 8f + 4; see lazy.ts.
import { feature_gradient } from "./lib/gradient";

// v = mu v + g;  w -= learningRate v, of Nesterov's learningRate (g + mu v). A gradient of 0 changes nothing.
// @ts-ignore: decorator
@inline
function update(f: usize, g: f64, w: f64, state: usize, last: usize, step: u32, rate: f64, mu: f64, nesterov: bool): void {
  if (g == 0) return;
  const at = state + (f << 3);
  const v = <f32>(mu * <f64>load<f32>(at, 4) + g);
  store<f32>(at, <f32>(w - rate * (nesterov ? g + mu * <f64>v : <f64>v)));
  store<f32>(at, v, 4);
  if (last != 0) store<u32>(last + (f << 2), step);
}

// @ts-ignore: decorator
@inline
function steps<T>(from: usize, to: usize, ids: usize, offsets: usize, rows: usize, values: usize, residual: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, mu: f64, nesterov: bool): void {
  let k = <usize>load<u32>(offsets + (from << 2));
  for (let u = from; u < to; u++) {
    const end = <usize>load<u32>(offsets + (u << 2), 4);
    const g = scale * feature_gradient<T>(rows, values, residual, k, end);
    k = end;
    update(<usize>load<u32>(ids + (u << 2)), g, <f64>load<f32>(w + (u << 2)), state, last, step, rate, mu, nesterov);
  }
}

/** One update for each of the block's distinct features [from, to): its gradient summed over the transpose, times `scale`, w (f32) as gathered. */
export function momentum_step(from: u32, to: u32, ids: usize, offsets: usize, rows: usize, values: usize, wide: bool, residual: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, mu: f64, nesterov: bool): void {
  if (wide) steps<u32>(from, to, ids, offsets, rows, values, residual, scale, w, state, last, step, rate, mu, nesterov);
  else steps<u16>(from, to, ids, offsets, rows, values, residual, scale, w, state, last, step, rate, mu, nesterov);
}

/** One update for each of the features ids[from .. to) with gradients (f64, times `scale`) and w (f32) as gathered. */
export function momentum_apply(from: u32, to: u32, ids: usize, gradients: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, mu: f64, nesterov: bool): void {
  for (let i: usize = from; i < <usize>to; i++) update(<usize>load<u32>(ids + (i << 2)), scale * load<f64>(gradients + (i << 3)), <f64>load<f32>(w + (i << 2)), state, last, step, rate, mu, nesterov);
}
