import { expm1 } from "./math";

/**
 * The weight w after a time t of dw/dt = -rho l1 sign(w) - k w, k = 2 rho l2 + decay, which ends at 0: what is left of |w| is
 * |w| + (|w| + rho l1 / k) (e^(-k t) - 1), or |w| - rho l1 t where k t rounds to nothing. Times add up: once for a + b is as for a, then for b.
 */
// @ts-ignore: decorator
@inline
export function shrink(w: f64, t: f64, rho: f64, l1: f64, l2: f64, decay: f64): f32 {
  const a = abs(w);
  const k = 2 * rho * l2 + decay;
  const left = k * t > 1e-20 ? a + (a + (rho * l1) / k) * expm1(-k * t) : a - rho * l1 * t;
  if (left <= 0) return 0;
  return <f32>(w < 0 ? -left : left);
}

/** 1 - beta^n for the logarithm of beta: the weight that n values have in an average which starts at 0. */
// @ts-ignore: decorator
@inline
export function share_of(n: f64, log_beta: f64): f64 {
  const x = n * log_beta;
  return x < -44 ? 1 : -expm1(x);
}
