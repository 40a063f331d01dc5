// Tables of vectors. A table has rows of `words` f32: the weights w f32[V], then what its optimiser keeps of them, f32[V] each, of Adam n f32 behind these. V = d below 4, else d rounded up to 4, padding 0.
// Row of feature ids[i]: ids[i] - first. last u32[rows]: 1 + the step that last touched a row, 0: none did. clock f64[steps + 1] (0: no penalties): their time before each step, see lib/penalty.ts.
// i counts the block's distinct features of one column: `ids` (and offsets, vectors, gradients) point to those of the column's first one.
import { ADAM, metric_of, share_of, shrink } from "./lib/penalty";
import { ftrl_weight } from "./lib/ftrl";
import { copy_vector } from "./lib/vectors";

// out f32[V] = weights of a row with its penalties applied: those of the step that touched it, and the flow since. A row that no step touched has none, nor has a number whose optimiser saw no gradient.
// @ts-ignore: decorator
@inline
function penalised(out: usize, at: usize, V: usize, touched: usize, clock: usize, now: f64, metric: u32, epsilon: f64, log_beta: f64, l1: f64, l2: f64, decay: f64): void {
  if (clock == 0 || touched == 0) {
    copy_vector(out, at, V);
    return;
  }
  const then = load<f64>(clock + (touched << 3));
  const dt = then - load<f64>(clock + ((touched - 1) << 3));
  const beside = (metric == ADAM ? 2 * V : V) << 2;
  const share = metric == ADAM ? share_of(<f64>load<f32>(at + 3 * (V << 2)), log_beta) : 1;
  for (let e: usize = 0; e < V << 2; e += 4) {
    const w = load<f32>(at + e);
    const s = metric == 0 ? 1 : <f64>load<f32>(at + beside + e);
    store<f32>(out + e, w == 0 || s == 0 ? w : shrink(<f64>w, dt, now - then, metric_of(metric, s, share, epsilon), l1, l2, decay));
  }
}

// @ts-ignore: decorator
@inline
function row_of(ids: usize, i: usize, first: u32): usize {
  return <usize>(load<u32>(ids + (i << 2)) - first);
}

/** out[i] f32[V] = weights of the row of ids[i], penalties until now (= clock before this step) applied, for i in [from, to). */
export function table_gather(out: usize, from: u32, to: u32, ids: usize, first: u32, V: u32, table: usize, words: u32, last: usize, clock: usize, now: f64, metric: u32, epsilon: f64, log_beta: f64, l1: f64, l2: f64, decay: f64): void {
  for (let i: usize = from; i < <usize>to; i++) {
    const row = row_of(ids, i, first);
    const touched = clock == 0 ? 0 : <usize>load<u32>(last + (row << 2));
    penalised(out + i * (<usize>V << 2), table + row * (<usize>words << 2), V, touched, clock, now, metric, epsilon, log_beta, l1, l2, decay);
  }
}

/**
 * Rows [from, to) that a step touched, with penalties until now applied, to the table at `out`, and `last` of all of them to `outLast`; other rows of `out` are left alone.
 * The copy is as of this moment: nothing is due in it.
 */
export function table_flush(out: usize, outLast: usize, from: u32, to: u32, V: u32, table: usize, words: u32, last: usize, clock: usize, now: f64, metric: u32, epsilon: f64, log_beta: f64, l1: f64, l2: f64, decay: f64): void {
  const stride = <usize>words << 2;
  for (let row: usize = from; row < <usize>to; row++) {
    const touched = <usize>load<u32>(last + (row << 2));
    store<u32>(outLast + (row << 2), <u32>touched);
    if (touched == 0) continue;
    penalised(out + row * stride, table + row * stride, V, touched, clock, now, metric, epsilon, log_beta, l1, l2, decay);
    const weights = <usize>V << 2;
    memory.copy(out + row * stride + weights, table + row * stride + weights, stride - weights);
  }
}

/** How many weights of the touched ones of rows [from, to) are not 0, as they stand (penalties do not make a number infinite); NaN when one, or what else a row holds, is not finite. */
export function table_non_zero(from: u32, to: u32, V: u32, table: usize, words: u32, last: usize): f64 {
  let count: f64 = 0;
  for (let row: usize = from; row < <usize>to; row++) {
    if (load<u32>(last + (row << 2)) == 0) continue;
    const at = table + row * (<usize>words << 2);
    for (let e: usize = 0; e < <usize>words << 2; e += 4) {
      const held = load<f32>(at + e);
      if (held - held != 0) count = NaN;
      else if (e < <usize>V << 2 && held != 0) count += 1;
    }
  }
  return count;
}

/** Words [at, at + n) of rows [from, to) = value: what an optimiser starts from. */
export function table_fill(from: u32, to: u32, table: usize, words: u32, at: u32, n: u32, value: f32): void {
  for (let row: usize = from; row < <usize>to; row++) {
    const here = table + ((row * <usize>words + <usize>at) << 2);
    for (let e: usize = 0; e < <usize>n << 2; e += 4) store<f32>(here + e, value);
  }
}

/** As table_gather of FTRL's rows {z f32[V], n f32[V]}: w = 0 where |z| <= l1, else -(z - sign(z) l1) / ((beta + sqrt n) / alpha + l2). */
export function table_ftrl_gather(out: usize, from: u32, to: u32, ids: usize, first: u32, V: u32, table: usize, words: u32, alpha: f64, beta: f64, l1: f64, l2: f64): void {
  const beside = <usize>V << 2;
  for (let i: usize = from; i < <usize>to; i++) {
    const at = table + row_of(ids, i, first) * (<usize>words << 2);
    const to_at = out + i * beside;
    for (let e: usize = 0; e < beside; e += 4) store<f32>(to_at + e, ftrl_weight(<f64>load<f32>(at + e), <f64>load<f32>(at + beside + e), alpha, beta, l1, l2));
  }
}
