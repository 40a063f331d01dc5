// Adagrad, Duchi, Hazan, Singer 2011 (diagonal), with lazy proximal L1 and L2. State of feature f: f32 w at 8f, G at 8f + 4.
// last (u32[F], or 0: no penalties): the step before whose gradient f's penalties were last applied; seen[s] (f64): weight of the examples before step s.
import { feature_gradient } from "./lib/gradient";

// The elastic net's proximal step for the example weight since the last one, at rate = learningRate / sqrt(G):
// w = sign(w) max(|w| - rate l1 due, 0) / (1 + 2 rate l2 due)
// @ts-ignore: decorator
@inline
function shrink(w: f64, rate: f64, l1: f64, l2: f64, due: f64): f32 {
  const left = abs(w) - rate * l1 * due;
  if (left <= 0) return 0;
  return <f32>((w < 0 ? -left : left) / (1 + 2 * rate * l2 * due));
}

// @ts-ignore: decorator
@inline
function weight(f: usize, state: usize, last: usize, seen: usize, now: f64, rate: f64, l1: f64, l2: f64): f32 {
  const w = load<f32>(state + (f << 3));
  if (last == 0 || w == 0) return w;
  const due = now - load<f64>(seen + (<usize>load<u32>(last + (f << 2)) << 3));
  return shrink(<f64>w, rate / sqrt(<f64>load<f32>(state + (f << 3), 4)), l1, l2, due);
}

// G += g^2;  w -= learningRate / sqrt(G) g
// @ts-ignore: decorator
@inline
function update(f: usize, g: f64, w: f64, state: usize, last: usize, step: u32, rate: f64): void {
  const at = state + (f << 3);
  const G = <f32>(<f64>load<f32>(at, 4) + g * g);
  if (G > 0) w -= (rate / sqrt(<f64>G)) * g;
  else if (g != g) w = NaN;
  store<f32>(at, <f32>w);
  store<f32>(at, G, 4);
  if (last != 0) store<u32>(last + (f << 2), step);
}

/** out[i] (f32) = weight of feature ids[i] for i in [from, to), its penalties until now (= seen before this step) applied. */
export function adagrad_gather(out: usize, from: u32, to: u32, ids: usize, state: usize, last: usize, seen: usize, now: f64, rate: f64, l1: f64, l2: f64): void {
  for (let i: usize = from; i < <usize>to; i++) store<f32>(out + (i << 2), weight(<usize>load<u32>(ids + (i << 2)), state, last, seen, now, rate, l1, l2));
}

/** out[i] (f32) = weight of feature from + i, for features [from, to), penalties until now applied. */
export function adagrad_weights(out: usize, from: u32, to: u32, state: usize, last: usize, seen: usize, now: f64, rate: f64, l1: f64, l2: f64): void {
  for (let f: usize = from; f < <usize>to; f++) store<f32>(out + ((f - from) << 2), weight(f, state, last, seen, now, rate, l1, l2));
}

/** State {w, G} of features [from, to) with penalties until now applied, to the state at `out`. */
export function adagrad_flush(out: usize, from: u32, to: u32, state: usize, last: usize, seen: usize, now: f64, rate: f64, l1: f64, l2: f64): void {
  for (let f: usize = from; f < <usize>to; f++) {
    store<f32>(out + (f << 3), weight(f, state, last, seen, now, rate, l1, l2));
    store<f32>(out + (f << 3), load<f32>(state + (f << 3), 4), 4);
  }
}

/** How many weights of features [from, to) are not zero; NaN when one is not finite. */
export function adagrad_non_zero(from: u32, to: u32, state: usize, last: usize, seen: usize, now: f64, rate: f64, l1: f64, l2: f64): f64 {
  let count: f64 = 0;
  for (let f: usize = from; f < <usize>to; f++) {
    const w = weight(f, state, last, seen, now, rate, l1, l2);
    if (w != 0) count += w - w == 0 ? 1 : NaN;
  }
  return count;
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
