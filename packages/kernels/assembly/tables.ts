// Tables of vectors. A table has rows of `words` f32: the weights w f32[V], then what its optimiser keeps of them, f32[V] each, of Adam n f32 behind these. V = d below 4, else d rounded up to 4, padding 0; where no norm is limited any V will do.
// Row of feature ids[i]: ids[i] - first. last u32[rows]: 1 + the step that last touched a row, 0: none did. clock f64[steps + 1] (0: no penalties): their time before each step, see lib/penalty.ts.
// i counts the block's distinct features of one column: `ids` (and offsets, vectors, gradients) point to those of the column's first one.
import { ftrl_weight } from "./lib/ftrl";
import { expm1_negative_f32x4 } from "./lib/math-f32";
import { ADAGRAD, ADAM, metric_of, share_of, shrink } from "./lib/penalty";
import { row_of, touch_rows } from "./lib/table-rows";
import { copy_vector, limit_norm, share_more } from "./lib/vectors";

// k of four numbers: 2 rho l2 + decay, and where it is one: an optimiser that saw no gradient of a number holds s = 0.
// @ts-ignore: decorator
@inline
function rates(metric: u32, s: v128, more: f32, epsilon: f32, l2: f32, decay: f32): v128 {
  let k = f32x4.splat(2 * l2);
  if (metric == ADAGRAD) k = f32x4.div(k, f32x4.sqrt(s));
  else if (metric != 0) k = f32x4.div(k, f32x4.add(f32x4.sqrt(metric == ADAM ? f32x4.mul(s, f32x4.splat(more)) : s), f32x4.splat(epsilon)));
  return f32x4.add(k, f32x4.splat(decay));
}

// Without l1: w (1 - x / (1 + x)), x = k dt, and of that e^(-k t), in float32, as differences from w, so that little penalties are not lost before the last rounding.
// @ts-ignore: decorator
@inline
function shrunk(w: v128, k: v128, dt: f32, t: f32): v128 {
  const x = f32x4.min(f32x4.mul(k, f32x4.splat(dt)), f32x4.splat(1e30));
  const near = f32x4.sub(w, f32x4.mul(w, f32x4.div(x, f32x4.add(f32x4.splat(1), x))));
  if (t == 0) return near;
  return f32x4.add(near, f32x4.mul(near, expm1_negative_f32x4(f32x4.neg(f32x4.mul(k, f32x4.splat(t))))));
}

function shrink_row(out: usize, at: usize, V: usize, dt: f32, t: f32, metric: u32, epsilon: f32, log_beta: f64, l2: f32, decay: f32): void {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  const beside = at + ((metric == 0 ? 0 : metric == ADAM ? 2 * V : V) << 2);
  const more: f32 = metric == ADAM ? share_more(load<f32>(at + 3 * (V << 2)), log_beta) : 1;
  const four = (V & ~3) << 2;
  let e: usize = 0;
  for (; e < four; e += 16) {
    const w = v128.load(at + e);
    const s = metric == 0 ? one : v128.load(beside + e);
    v128.store(out + e, v128.bitselect(w, shrunk(w, rates(metric, s, more, epsilon, l2, decay), dt, t), f32x4.eq(s, zero)));
  }
  for (; e < V << 2; e += 4) {
    const w = v128.load32_zero(at + e);
    const s = metric == 0 ? one : v128.load32_splat(beside + e);
    v128.store32_lane(out + e, v128.bitselect(w, shrunk(w, rates(metric, s, more, epsilon, l2, decay), dt, t), f32x4.eq(s, zero)), 0);
  }
}

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
  if (l1 == 0) {
    shrink_row(out, at, V, <f32>dt, <f32>(now - then), metric, <f32>epsilon, log_beta, <f32>l2, <f32>decay);
    return;
  }
  const beside = (metric == ADAM ? 2 * V : V) << 2;
  const share = metric == ADAM ? share_of(<f64>load<f32>(at + 3 * (V << 2)), log_beta) : 1;
  for (let e: usize = 0; e < V << 2; e += 4) {
    const w = load<f32>(at + e);
    const s = metric == 0 ? 1 : <f64>load<f32>(at + beside + e);
    store<f32>(out + e, w == 0 || s == 0 ? w : shrink(<f64>w, dt, now - then, metric_of(metric, s, share, epsilon), l1, l2, decay));
  }
}

/** out[i] f32[V] = weights of the row of ids[i], penalties until now (= clock before this step) applied, for i in [from, to). */
export function table_gather(out: usize, from: u32, to: u32, ids: usize, first: u32, V: u32, table: usize, words: u32, last: usize, clock: usize, now: f64, metric: u32, epsilon: f64, log_beta: f64, l1: f64, l2: f64, decay: f64): void {
  let near: usize = from;
  for (let i: usize = from; i < <usize>to; i++) {
    if (i == near) near = touch_rows(ids, i, to, first, table, <usize>words << 2, <usize>(clock == 0 ? V : words) << 2, clock == 0 ? 0 : last);
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

/**
 * How many weights of the touched ones of rows [from, to) are not 0, as they stand (penalties do not make a number infinite); NaN when one, or what else a row holds, is not finite.
 * within: what counts as 0, of FTRL's z its l1, of weights 0.
 */
export function table_non_zero(from: u32, to: u32, V: u32, table: usize, words: u32, last: usize, within: f64): f64 {
  let count: f64 = 0;
  for (let row: usize = from; row < <usize>to; row++) {
    if (load<u32>(last + (row << 2)) == 0) continue;
    const at = table + row * (<usize>words << 2);
    for (let e: usize = 0; e < <usize>words << 2; e += 4) {
      const held = load<f32>(at + e);
      if (held - held != 0) count = NaN;
      else if (e < <usize>V << 2 && abs<f64>(held) > within) count += 1;
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

/**
 * As table_gather of FTRL's rows {z f32[V], n f32[V]}: w = 0 where |z| <= l1, else -(z - sign(z) l1) / ((beta + sqrt n) / alpha + l2), and the vector scaled to the norm `most` where it is longer (0: any).
 * The limit is on what is used, z is as gradients made it: a lazy projection.
 */
export function table_ftrl_gather(out: usize, from: u32, to: u32, ids: usize, first: u32, V: u32, table: usize, words: u32, most: f32, alpha: f64, beta: f64, l1: f64, l2: f64): void {
  const beside = <usize>V << 2;
  let near: usize = from;
  for (let i: usize = from; i < <usize>to; i++) {
    if (i == near) near = touch_rows(ids, i, to, first, table, <usize>words << 2, <usize>words << 2, 0);
    const at = table + row_of(ids, i, first) * (<usize>words << 2);
    const to_at = out + i * beside;
    for (let e: usize = 0; e < beside; e += 4) store<f32>(to_at + e, ftrl_weight(<f64>load<f32>(at + e), <f64>load<f32>(at + beside + e), alpha, beta, l1, l2));
    if (most > 0) limit_norm(to_at, V, most);
  }
}
