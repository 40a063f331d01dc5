// Weights of the optimisers that keep them in their state, penalties applied when they are read. State of feature f: `words` f32 from 4 words f on, the weight first.
// last (u32[F], or 0: no penalties): the step that last touched f, whose penalties and all later ones are due; clock[s] (f64): the penalties' time before step s.
import { ADAM, metric_of, share_of, shrink } from "./lib/penalty";

// A weight whose optimiser saw no gradient (a training started from it) has no penalties: s of metric_of is 0. s: word 1, of Adam word 2, with n in word 3.
// @ts-ignore: decorator
@inline
function weight(f: usize, at: usize, last: usize, clock: usize, now: f64, metric: u32, epsilon: f64, log_beta: f64, l1: f64, l2: f64, decay: f64): f32 {
  const w = load<f32>(at);
  if (last == 0 || w == 0) return w;
  const s = metric == 0 ? 1 : <f64>load<f32>(at + (metric == ADAM ? 8 : 4));
  if (s == 0) return w;
  const touched = clock + (<usize>load<u32>(last + (f << 2)) << 3);
  const then = load<f64>(touched, 8);
  return shrink(<f64>w, then - load<f64>(touched), now - then, metric_of(metric, s, metric == ADAM ? share_of(<f64>load<f32>(at, 12), log_beta) : 1, epsilon), l1, l2, decay);
}

/** out[i] (f32) = weight of feature ids[i] for i in [from, to), its penalties until now (= clock before this step) applied. */
export function lazy_gather(out: usize, from: u32, to: u32, ids: usize, state: usize, words: u32, last: usize, clock: usize, now: f64, metric: u32, epsilon: f64, log_beta: f64, l1: f64, l2: f64, decay: f64): void {
  const stride = <usize>words << 2;
  for (let i: usize = from; i < <usize>to; i++) {
    const f = <usize>load<u32>(ids + (i << 2));
    store<f32>(out + (i << 2), weight(f, state + f * stride, last, clock, now, metric, epsilon, log_beta, l1, l2, decay));
  }
}

/** out[i] (f32) = weight of feature from + i, for features [from, to), as it stands in the state. */
export function lazy_weights(out: usize, from: u32, to: u32, state: usize, words: u32): void {
  for (let f: usize = from; f < <usize>to; f++) store<f32>(out + ((f - from) << 2), load<f32>(state + ((f * <usize>words) << 2)));
}

/** The state of features [from, to) with penalties until now applied, to the state at `out`. */
export function lazy_flush(out: usize, from: u32, to: u32, state: usize, words: u32, last: usize, clock: usize, now: f64, metric: u32, epsilon: f64, log_beta: f64, l1: f64, l2: f64, decay: f64): void {
  const stride = <usize>words << 2;
  memory.copy(out + <usize>from * stride, state + <usize>from * stride, (<usize>to - <usize>from) * stride);
  if (last == 0) return;
  for (let f: usize = from; f < <usize>to; f++) {
    store<f32>(out + f * stride, weight(f, state + f * stride, last, clock, now, metric, epsilon, log_beta, l1, l2, decay));
  }
}

/** How many weights of features [from, to) are not zero; NaN when one, or what else its state holds, is not finite: an accumulator that overflowed freezes its weight. */
export function lazy_non_zero(from: u32, to: u32, state: usize, words: u32, last: usize, clock: usize, now: f64, metric: u32, epsilon: f64, log_beta: f64, l1: f64, l2: f64, decay: f64): f64 {
  const stride = <usize>words << 2;
  let count: f64 = 0;
  for (let f: usize = from; f < <usize>to; f++) {
    const w = weight(f, state + f * stride, last, clock, now, metric, epsilon, log_beta, l1, l2, decay);
    if (w != 0) count += w - w == 0 ? 1 : NaN;
    for (let word: usize = 4; word < stride; word += 4) {
      const held = load<f32>(state + f * stride + word);
      if (held - held != 0) count = NaN;
    }
  }
  return count;
}
