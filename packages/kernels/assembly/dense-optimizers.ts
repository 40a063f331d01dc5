// Updates of dense parameters: w, g and the state's words are f32[P] each, for k in [from, to); every parameter moves in every block. The formulas are those of the sparse optimisers, in float64, two parameters at a time; g counts `scale` times.
// After the update the penalties' proximal step of time dt, as in lib/penalty.ts: w = sign(w) max(0, |w| - rho l1 dt) / (1 + (2 rho l2 + decay) dt), rho by the method's metric. l1 = l2 = decay = 0: none. Runs of parameters with other penalties are calls of their own.
import { share_of } from "./lib/penalty";

// f32[k], f32[k + 1] as float64; one of them alone at the end of a range.
// @ts-ignore: decorator
@inline
function two(at: usize, alone: bool): v128 {
  return f64x2.promote_low_f32x4(alone ? v128.load32_zero(at) : v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function put(at: usize, x: v128, alone: bool): void {
  const narrow = f32x4.demote_f64x2_zero(x);
  if (alone) v128.store32_lane(at, narrow, 0);
  else v128.store64_lane(at, narrow, 0);
}

// x as the float32 that is stored.
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(x));
}

// a x + (1 - a) y.
// @ts-ignore: decorator
@inline
function average(a: f64, x: v128, y: v128): v128 {
  return f64x2.add(f64x2.mul(f64x2.splat(a), x), f64x2.mul(f64x2.splat(1 - a), y));
}

// @ts-ignore: decorator
@inline
function proximal(w: v128, rho: v128, dt: f64, l1: f64, l2: f64, decay: f64): v128 {
  const zero = f64x2.splat(0);
  const less = f64x2.mul(f64x2.mul(rho, f64x2.splat(l1)), f64x2.splat(dt));
  const k = f64x2.add(f64x2.mul(f64x2.mul(f64x2.splat(2), rho), f64x2.splat(l2)), f64x2.splat(decay));
  const near = f64x2.div(f64x2.sub(f64x2.abs(w), less), f64x2.add(f64x2.splat(1), f64x2.mul(k, f64x2.splat(dt))));
  const signed = v128.bitselect(f64x2.neg(near), near, f64x2.lt(w, zero));
  return v128.andnot(signed, f64x2.le(near, zero));
}

// @ts-ignore: decorator
@inline
function finish(at: usize, w: v128, rho: v128, alone: bool, dt: f64, l1: f64, l2: f64, decay: f64): void {
  put(at, l1 != 0 || l2 != 0 || decay != 0 ? proximal(w, rho, dt, l1, l2, decay) : w, alone);
}

/** Stochastic gradient descent: w -= rate g. rho = 1. */
export function dense_sgd(w: usize, g: usize, from: u32, to: u32, scale: f64, rate: f64, dt: f64, l1: f64, l2: f64, decay: f64): void {
  for (let k = <usize>from << 2, end = <usize>to << 2; k < end; k += 8) {
    const alone = k + 4 == end;
    const gradient = f64x2.mul(f64x2.splat(scale), two(g + k, alone));
    finish(w + k, f64x2.sub(two(w + k, alone), f64x2.mul(f64x2.splat(rate), gradient)), f64x2.splat(1), alone, dt, l1, l2, decay);
  }
}

/** Momentum, Nesterov's: velocity = mu velocity + g;  w -= rate velocity, of Nesterov's rate (g + mu velocity). rho = 1 / (1 - mu). */
export function dense_momentum(w: usize, g: usize, velocity: usize, from: u32, to: u32, scale: f64, rate: f64, mu: f64, nesterov: bool, dt: f64, l1: f64, l2: f64, decay: f64): void {
  const rho = f64x2.splat(1 / (1 - mu));
  for (let k = <usize>from << 2, end = <usize>to << 2; k < end; k += 8) {
    const alone = k + 4 == end;
    const gradient = f64x2.mul(f64x2.splat(scale), two(g + k, alone));
    const moved = rounded(f64x2.add(f64x2.mul(f64x2.splat(mu), two(velocity + k, alone)), gradient));
    put(velocity + k, moved, alone);
    const way = nesterov ? f64x2.add(gradient, f64x2.mul(f64x2.splat(mu), moved)) : moved;
    finish(w + k, f64x2.sub(two(w + k, alone), f64x2.mul(f64x2.splat(rate), way)), rho, alone, dt, l1, l2, decay);
  }
}

/** Adagrad: G += g^2;  w -= rate / sqrt(G) g. Where G = 0 nothing moves. rho = 1 / sqrt(G). */
export function dense_adagrad(w: usize, g: usize, G: usize, from: u32, to: u32, scale: f64, rate: f64, dt: f64, l1: f64, l2: f64, decay: f64): void {
  for (let k = <usize>from << 2, end = <usize>to << 2; k < end; k += 8) {
    const alone = k + 4 == end;
    const gradient = f64x2.mul(f64x2.splat(scale), two(g + k, alone));
    const sum = rounded(f64x2.add(two(G + k, alone), f64x2.mul(gradient, gradient)));
    put(G + k, sum, alone);
    const none = f64x2.eq(sum, f64x2.splat(0));
    const root = v128.bitselect(f64x2.splat(1), f64x2.sqrt(sum), none);
    const step = v128.andnot(f64x2.mul(f64x2.div(f64x2.splat(rate), root), gradient), none);
    finish(w + k, f64x2.sub(two(w + k, alone), step), v128.andnot(f64x2.div(f64x2.splat(1), root), none), alone, dt, l1, l2, decay);
  }
}

/** RMSProp: s = rho s + (1 - rho) g^2;  w -= rate g / (sqrt s + epsilon). The penalties' rho = 1 / (sqrt s + epsilon). */
export function dense_rmsprop(w: usize, g: usize, s: usize, from: u32, to: u32, scale: f64, rate: f64, rho: f64, epsilon: f64, dt: f64, l1: f64, l2: f64, decay: f64): void {
  for (let k = <usize>from << 2, end = <usize>to << 2; k < end; k += 8) {
    const alone = k + 4 == end;
    const gradient = f64x2.mul(f64x2.splat(scale), two(g + k, alone));
    const mean = rounded(average(rho, two(s + k, alone), f64x2.mul(gradient, gradient)));
    put(s + k, mean, alone);
    const down = f64x2.add(f64x2.sqrt(mean), f64x2.splat(epsilon));
    const step = f64x2.div(f64x2.mul(f64x2.splat(rate), gradient), down);
    finish(w + k, f64x2.sub(two(w + k, alone), step), f64x2.div(f64x2.splat(1), down), alone, dt, l1, l2, decay);
  }
}

/**
 * Adam: m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w -= rate (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + epsilon), n (from 1) = blocks with this one. rho = 1 / (sqrt(v / (1 - beta2^n)) + epsilon).
 * log_beta1, log_beta2: the logarithms of beta1, beta2.
 */
export function dense_adam(w: usize, g: usize, m: usize, v: usize, from: u32, to: u32, scale: f64, n: f64, rate: f64, beta1: f64, beta2: f64, log_beta1: f64, log_beta2: f64, epsilon: f64, dt: f64, l1: f64, l2: f64, decay: f64): void {
  const share1 = f64x2.splat(share_of(n, log_beta1));
  const share2 = f64x2.splat(share_of(n, log_beta2));
  for (let k = <usize>from << 2, end = <usize>to << 2; k < end; k += 8) {
    const alone = k + 4 == end;
    const gradient = f64x2.mul(f64x2.splat(scale), two(g + k, alone));
    const first = rounded(average(beta1, two(m + k, alone), gradient));
    const second = rounded(average(beta2, two(v + k, alone), f64x2.mul(gradient, gradient)));
    put(m + k, first, alone);
    put(v + k, second, alone);
    const down = f64x2.add(f64x2.sqrt(f64x2.div(second, share2)), f64x2.splat(epsilon));
    const step = f64x2.div(f64x2.mul(f64x2.splat(rate), f64x2.div(first, share1)), down);
    finish(w + k, f64x2.sub(two(w + k, alone), step), f64x2.div(f64x2.splat(1), down), alone, dt, l1, l2, decay);
  }
}

/** out[k] (f32) = sum over lanes, in order and in float64, of values[lane stride + k] (f32), for k in [from, to). */
export function sum_lanes(out: usize, values: usize, lanes: u32, stride: u32, from: u32, to: u32): void {
  for (let k = <usize>from << 2, end = <usize>to << 2; k < end; k += 8) {
    const alone = k + 4 == end;
    let at = values + k;
    let sum = f64x2.splat(0);
    for (let lane: u32 = 0; lane < lanes; lane++) {
      sum = f64x2.add(sum, two(at, alone));
      at += <usize>stride << 2;
    }
    put(out + k, sum, alone);
  }
}
