import { expm1 } from "./math";

/**
 * The weight w after penalties, k = 2 rho l2 + decay. In the block that touched it, of time dt, they are an implicit (proximal) step: max(0, |w| - rho l1 dt) / (1 + k dt) is left of |w|,
 * where it balances the gradient's step however large both are. In the blocks since, of time t together, they flow: dw/dt = -rho l1 sign(w) - k w, which ends at 0:
 * |w| + (|w| + rho l1 / k) (e^(-k t) - 1), or |w| - rho l1 t where k t rounds to nothing. Times of a flow add up: once for a + b is as for a, then for b.
 */
// @ts-ignore: decorator
@inline
export function shrink(w: f64, dt: f64, t: f64, rho: f64, l1: f64, l2: f64, decay: f64): f32 {
  const k = 2 * rho * l2 + decay;
  const near = (abs(w) - rho * l1 * dt) / (1 + k * dt);
  if (near <= 0) return 0;
  if (t == 0) return <f32>(w < 0 ? -near : near);
  const left = k * t > 1e-20 ? near + (near + (rho * l1) / k) * expm1(-k * t) : near - rho * l1 * t;
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

// How a step of the weight is to one of the gradient, per unit of learning rate, from the word (or words) beside it: METRICS of src/twins/lazy.ts.
// @ts-ignore: decorator
@inline export const ADAGRAD: u32 = 1;
// @ts-ignore: decorator
@inline export const RMSPROP: u32 = 2;
// @ts-ignore: decorator
@inline export const ADAM: u32 = 3;

/** 1; 1 / sqrt(s); 1 / (sqrt(s) + epsilon); 1 / (sqrt(s / share) + epsilon). */
// @ts-ignore: decorator
@inline
export function metric_of(metric: u32, s: f64, share: f64, epsilon: f64): f64 {
  if (metric == ADAGRAD) return 1 / sqrt(s);
  if (metric == RMSPROP) return 1 / (sqrt(s) + epsilon);
  if (metric == ADAM) return 1 / (sqrt(s / share) + epsilon);
  return 1;
}
