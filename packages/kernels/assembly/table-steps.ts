// One update of each of a block's distinct features [from, to) of a column in its table (see tables.ts): gradients f32[..][V] and w f32[..][V] as table_gradients and table_gather gave them, g = scale * gradient,
// all in float32. A row whose gradients are all 0 is not touched; a number whose own gradient is 0 moves by what the optimiser remembers alone. Then the vector is scaled to the norm `most` where it is longer (0: any).
import { ftrl_update } from "./lib/ftrl";
import { row_of, touch_rows } from "./lib/table-rows";
import { any_number, limit_norm, share_more } from "./lib/vectors";

// @ts-ignore: decorator
@inline
function finish(at: usize, V: usize, most: f32, last: usize, row: usize, step: u32): void {
  if (most > 0) limit_norm(at, V, most);
  store<u32>(last + (row << 2), step + 1);
}

/** v where its number is not 0, else 0. */
// @ts-ignore: decorator
@inline
function unless_zero(v: v128, number: v128): v128 {
  return v128.and(v, f32x4.ne(number, f32x4.splat(0)));
}

/** Adagrad, Duchi, Hazan, Singer 2011; {w, G}: G += g^2;  w -= rate g / sqrt G. */
export function table_adagrad(from: u32, to: u32, ids: usize, first: u32, V: u32, gradients: usize, scale: f32, w: usize, table: usize, words: u32, last: usize, step: u32, most: f32, rate: f32): void {
  const beside = <usize>V << 2;
  const four = (<usize>V & ~3) << 2;
  let near: usize = from;
  for (let i: usize = from; i < <usize>to; i++) {
    if (i == near) near = touch_rows(ids, i, to, first, table, <usize>words << 2, <usize>words << 2, last);
    const gi = gradients + i * beside, wi = w + i * beside;
    if (!any_number(gi, V)) continue;
    const row = row_of(ids, i, first);
    const at = table + row * (<usize>words << 2);
    let e: usize = 0;
    for (; e < four; e += 16) {
      const g = f32x4.mul(v128.load(gi + e), f32x4.splat(scale));
      const G = f32x4.add(v128.load(at + beside + e), f32x4.mul(g, g));
      v128.store(at + beside + e, G);
      v128.store(at + e, f32x4.sub(v128.load(wi + e), unless_zero(f32x4.div(f32x4.mul(f32x4.splat(rate), g), f32x4.sqrt(G)), g)));
    }
    for (; e < beside; e += 4) {
      const g = load<f32>(gi + e) * scale;
      const G = load<f32>(at + beside + e) + g * g;
      store<f32>(at + beside + e, G);
      store<f32>(at + e, g == 0 ? load<f32>(wi + e) : load<f32>(wi + e) - (rate * g) / sqrt<f32>(G));
    }
    finish(at, V, most, last, row, step);
  }
}

/** Stochastic gradient descent, Robbins, Monro 1951; {w}: w -= rate g. */
export function table_sgd(from: u32, to: u32, ids: usize, first: u32, V: u32, gradients: usize, scale: f32, w: usize, table: usize, words: u32, last: usize, step: u32, most: f32, rate: f32): void {
  const beside = <usize>V << 2;
  const four = (<usize>V & ~3) << 2;
  for (let i: usize = from; i < <usize>to; i++) {
    const gi = gradients + i * beside, wi = w + i * beside;
    if (!any_number(gi, V)) continue;
    const row = row_of(ids, i, first);
    const at = table + row * (<usize>words << 2);
    let e: usize = 0;
    for (; e < four; e += 16) v128.store(at + e, f32x4.sub(v128.load(wi + e), f32x4.mul(f32x4.splat(rate), f32x4.mul(v128.load(gi + e), f32x4.splat(scale)))));
    for (; e < beside; e += 4) store<f32>(at + e, load<f32>(wi + e) - rate * (load<f32>(gi + e) * scale));
    finish(at, V, most, last, row, step);
  }
}

/** Momentum, Polyak 1964, and Nesterov's, as Sutskever, Martens, Dahl, Hinton 2013; {w, v}: v = mu v + g;  w -= rate v, of Nesterov's rate (g + mu v). */
export function table_momentum(from: u32, to: u32, ids: usize, first: u32, V: u32, gradients: usize, scale: f32, w: usize, table: usize, words: u32, last: usize, step: u32, most: f32, rate: f32, mu: f32, nesterov: bool): void {
  const beside = <usize>V << 2;
  const four = (<usize>V & ~3) << 2;
  let near: usize = from;
  for (let i: usize = from; i < <usize>to; i++) {
    if (i == near) near = touch_rows(ids, i, to, first, table, <usize>words << 2, <usize>words << 2, last);
    const gi = gradients + i * beside, wi = w + i * beside;
    if (!any_number(gi, V)) continue;
    const row = row_of(ids, i, first);
    const at = table + row * (<usize>words << 2);
    let e: usize = 0;
    for (; e < four; e += 16) {
      const g = f32x4.mul(v128.load(gi + e), f32x4.splat(scale));
      const v = f32x4.add(f32x4.mul(f32x4.splat(mu), v128.load(at + beside + e)), g);
      v128.store(at + beside + e, v);
      v128.store(at + e, f32x4.sub(v128.load(wi + e), f32x4.mul(f32x4.splat(rate), nesterov ? f32x4.add(g, f32x4.mul(f32x4.splat(mu), v)) : v)));
    }
    for (; e < beside; e += 4) {
      const g = load<f32>(gi + e) * scale;
      const v = mu * load<f32>(at + beside + e) + g;
      store<f32>(at + beside + e, v);
      store<f32>(at + e, load<f32>(wi + e) - rate * (nesterov ? g + mu * v : v));
    }
    finish(at, V, most, last, row, step);
  }
}

/** RMSProp, Tieleman, Hinton 2012; {w, s}: s = rho s + (1 - rho) g^2;  w -= rate g / (sqrt s + epsilon). */
export function table_rmsprop(from: u32, to: u32, ids: usize, first: u32, V: u32, gradients: usize, scale: f32, w: usize, table: usize, words: u32, last: usize, step: u32, most: f32, rate: f32, rho: f64, epsilon: f32): void {
  const beside = <usize>V << 2;
  const four = (<usize>V & ~3) << 2;
  const keep = <f32>rho, take = <f32>(1 - rho);
  let near: usize = from;
  for (let i: usize = from; i < <usize>to; i++) {
    if (i == near) near = touch_rows(ids, i, to, first, table, <usize>words << 2, <usize>words << 2, last);
    const gi = gradients + i * beside, wi = w + i * beside;
    if (!any_number(gi, V)) continue;
    const row = row_of(ids, i, first);
    const at = table + row * (<usize>words << 2);
    let e: usize = 0;
    for (; e < four; e += 16) {
      const g = f32x4.mul(v128.load(gi + e), f32x4.splat(scale));
      const s = f32x4.add(f32x4.mul(f32x4.splat(keep), v128.load(at + beside + e)), f32x4.mul(f32x4.mul(f32x4.splat(take), g), g));
      v128.store(at + beside + e, s);
      const moved = f32x4.div(f32x4.mul(f32x4.splat(rate), g), f32x4.add(f32x4.sqrt(s), f32x4.splat(epsilon)));
      v128.store(at + e, f32x4.sub(v128.load(wi + e), unless_zero(moved, g)));
    }
    for (; e < beside; e += 4) {
      const g = load<f32>(gi + e) * scale;
      const s = keep * load<f32>(at + beside + e) + take * g * g;
      store<f32>(at + beside + e, s);
      store<f32>(at + e, g == 0 ? load<f32>(wi + e) : load<f32>(wi + e) - (rate * g) / (sqrt<f32>(s) + epsilon));
    }
    finish(at, V, most, last, row, step);
  }
}

/** Adam, Kingma, Ba 2015, each row on its own count of steps; {w, m, v, n f32}: n += 1;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;  w -= rate (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + epsilon). */
export function table_adam(from: u32, to: u32, ids: usize, first: u32, V: u32, gradients: usize, scale: f32, w: usize, table: usize, words: u32, last: usize, step: u32, most: f32, rate: f32, beta1: f64, beta2: f64, log_beta1: f64, log_beta2: f64, epsilon: f32): void {
  const beside = <usize>V << 2;
  const four = (<usize>V & ~3) << 2;
  const keep1 = <f32>beta1, take1 = <f32>(1 - beta1), keep2 = <f32>beta2, take2 = <f32>(1 - beta2);
  // Of the count before: most rows of a block have one that another one has.
  let known: f32 = 0, rate_n: f32 = 0, more_n: f32 = 0;
  let near: usize = from;
  for (let i: usize = from; i < <usize>to; i++) {
    if (i == near) near = touch_rows(ids, i, to, first, table, <usize>words << 2, <usize>words << 2, last);
    const gi = gradients + i * beside, wi = w + i * beside;
    if (!any_number(gi, V)) continue;
    const row = row_of(ids, i, first);
    const at = table + row * (<usize>words << 2);
    const m_at = at + beside, v_at = m_at + beside, n_at = v_at + beside;
    const n = load<f32>(n_at) + 1;
    store<f32>(n_at, n);
    if (n != known) {
      known = n;
      rate_n = rate * share_more(n, log_beta1);
      more_n = share_more(n, log_beta2);
    }
    let e: usize = 0;
    for (; e < four; e += 16) {
      const g = f32x4.mul(v128.load(gi + e), f32x4.splat(scale));
      const m = f32x4.add(f32x4.mul(f32x4.splat(keep1), v128.load(m_at + e)), f32x4.mul(f32x4.splat(take1), g));
      const v = f32x4.add(f32x4.mul(f32x4.splat(keep2), v128.load(v_at + e)), f32x4.mul(f32x4.mul(f32x4.splat(take2), g), g));
      v128.store(m_at + e, m);
      v128.store(v_at + e, v);
      const down = f32x4.add(f32x4.sqrt(f32x4.mul(v, f32x4.splat(more_n))), f32x4.splat(epsilon));
      v128.store(at + e, f32x4.sub(v128.load(wi + e), unless_zero(f32x4.div(f32x4.mul(f32x4.splat(rate_n), m), down), m)));
    }
    for (; e < beside; e += 4) {
      const g = load<f32>(gi + e) * scale;
      const m = keep1 * load<f32>(m_at + e) + take1 * g;
      const v = keep2 * load<f32>(v_at + e) + take2 * g * g;
      store<f32>(m_at + e, m);
      store<f32>(v_at + e, v);
      store<f32>(at + e, m == 0 ? load<f32>(wi + e) : load<f32>(wi + e) - (rate_n * m) / (sqrt<f32>(v * more_n) + epsilon));
    }
    finish(at, V, most, last, row, step);
  }
}

/** FTRL-Proximal, McMahan et al. 2013, Algorithm 1, in float64; {z, n}: sigma = (sqrt(n + g^2) - sqrt n) / alpha;  z += g - sigma w;  n += g^2. */
export function table_ftrl(from: u32, to: u32, ids: usize, first: u32, V: u32, gradients: usize, scale: f32, w: usize, table: usize, words: u32, last: usize, step: u32, alpha: f64): void {
  const beside = <usize>V << 2;
  let near: usize = from;
  for (let i: usize = from; i < <usize>to; i++) {
    if (i == near) near = touch_rows(ids, i, to, first, table, <usize>words << 2, <usize>words << 2, last);
    const gi = gradients + i * beside, wi = w + i * beside;
    if (!any_number(gi, V)) continue;
    const row = row_of(ids, i, first);
    const at = table + row * (<usize>words << 2);
    for (let e: usize = 0; e < beside; e += 4) ftrl_update(at + e, at + beside + e, <f64>(load<f32>(gi + e) * scale), <f64>load<f32>(wi + e), alpha);
    store<u32>(last + (row << 2), step + 1);
  }
}
