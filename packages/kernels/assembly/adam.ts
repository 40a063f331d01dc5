// Adam, Kingma, Ba 2015, each feature on its own count of steps. State of feature f: f32 w at 16f, m at 16f + 4, v at 16f + 8, n at 16f + 12 (whole, up to 2^24); see lazy.ts.
import { feature_gradient } from "./lib/gradient";
import { share_of } from "./lib/penalty";

// n += 1;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
// w -= learningRate (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + epsilon). A gradient of 0 changes nothing.
// @ts-ignore: decorator
@inline
function update(f: usize, g: f64, w: f64, state: usize, last: usize, step: u32, rate: f64, beta1: f64, beta2: f64, log_beta1: f64, log_beta2: f64, epsilon: f64): void {
  if (g == 0) return;
  const at = state + (f << 4);
  const m = <f32>(beta1 * <f64>load<f32>(at, 4) + (1 - beta1) * g);
  const v = <f32>(beta2 * <f64>load<f32>(at, 8) + (1 - beta2) * (g * g));
  const n = load<f32>(at, 12) + 1;
  const down = sqrt(<f64>v / share_of(<f64>n, log_beta2)) + epsilon;
  store<f32>(at, <f32>(w - (rate * (<f64>m / share_of(<f64>n, log_beta1))) / down));
  store<f32>(at, m, 4);
  store<f32>(at, v, 8);
  store<f32>(at, n, 12);
  if (last != 0) store<u32>(last + (f << 2), step);
}

// @ts-ignore: decorator
@inline
function steps<T>(from: usize, to: usize, ids: usize, offsets: usize, rows: usize, values: usize, residual: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, beta1: f64, beta2: f64, log_beta1: f64, log_beta2: f64, epsilon: f64): void {
  let k = <usize>load<u32>(offsets + (from << 2));
  for (let u = from; u < to; u++) {
    const end = <usize>load<u32>(offsets + (u << 2), 4);
    const g = scale * feature_gradient<T>(rows, values, residual, k, end);
    k = end;
    update(<usize>load<u32>(ids + (u << 2)), g, <f64>load<f32>(w + (u << 2)), state, last, step, rate, beta1, beta2, log_beta1, log_beta2, epsilon);
  }
}

/** One update for each of the block's distinct features [from, to): its gradient summed over the transpose, times `scale`, w (f32) as gathered. */
export function adam_step(from: u32, to: u32, ids: usize, offsets: usize, rows: usize, values: usize, wide: bool, residual: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, beta1: f64, beta2: f64, log_beta1: f64, log_beta2: f64, epsilon: f64): void {
  if (wide) steps<u32>(from, to, ids, offsets, rows, values, residual, scale, w, state, last, step, rate, beta1, beta2, log_beta1, log_beta2, epsilon);
  else steps<u16>(from, to, ids, offsets, rows, values, residual, scale, w, state, last, step, rate, beta1, beta2, log_beta1, log_beta2, epsilon);
}

/** One update for each of the features ids[from .. to) with gradients (f64, times `scale`) and w (f32) as gathered. */
export function adam_apply(from: u32, to: u32, ids: usize, gradients: usize, scale: f64, w: usize, state: usize, last: usize, step: u32, rate: f64, beta1: f64, beta2: f64, log_beta1: f64, log_beta2: f64, epsilon: f64): void {
  for (let i: usize = from; i < <usize>to; i++) update(<usize>load<u32>(ids + (i << 2)), scale * load<f64>(gradients + (i << 3)), <f64>load<f32>(w + (i << 2)), state, last, step, rate, beta1, beta2, log_beta1, log_beta2, epsilon);
}
