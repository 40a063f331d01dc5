import { exp, expm1, log, log1p, logit, sigmoid, softplus } from "./lib/math";

/** out[i] = exp(x[i]) for i in [0, n); float64, 8-byte aligned; `out` may be `x`. */
export function exp_f64(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(out + ((<usize>i) << 3), exp(load<f64>(x + ((<usize>i) << 3))));
}

/** out[i] = expm1(x[i]) for i in [0, n); float64, 8-byte aligned; `out` may be `x`. */
export function expm1_f64(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(out + ((<usize>i) << 3), expm1(load<f64>(x + ((<usize>i) << 3))));
}

/** out[i] = log(x[i]) for i in [0, n); float64, 8-byte aligned; `out` may be `x`. */
export function log_f64(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(out + ((<usize>i) << 3), log(load<f64>(x + ((<usize>i) << 3))));
}

/** out[i] = log1p(x[i]) for i in [0, n); float64, 8-byte aligned; `out` may be `x`. */
export function log1p_f64(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(out + ((<usize>i) << 3), log1p(load<f64>(x + ((<usize>i) << 3))));
}

/** out[i] = sigmoid(x[i]) for i in [0, n); float64, 8-byte aligned; `out` may be `x`. */
export function sigmoid_f64(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(out + ((<usize>i) << 3), sigmoid(load<f64>(x + ((<usize>i) << 3))));
}

/** out[i] = softplus(x[i]) for i in [0, n); float64, 8-byte aligned; `out` may be `x`. */
export function softplus_f64(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(out + ((<usize>i) << 3), softplus(load<f64>(x + ((<usize>i) << 3))));
}

/** out[i] = logit(x[i]) for i in [0, n); float64, 8-byte aligned; `out` may be `x`. */
export function logit_f64(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(out + ((<usize>i) << 3), logit(load<f64>(x + ((<usize>i) << 3))));
}
