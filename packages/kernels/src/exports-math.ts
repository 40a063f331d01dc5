/** assembly/math-batch.ts: out[i] = f(x[i]) for i in [0, n), float64; `out` may be `x`. */
export interface MathKernels {
  exp_f64(out: number, x: number, n: number): void;
  expm1_f64(out: number, x: number, n: number): void;
  log_f64(out: number, x: number, n: number): void;
  log1p_f64(out: number, x: number, n: number): void;
  sigmoid_f64(out: number, x: number, n: number): void;
  softplus_f64(out: number, x: number, n: number): void;
  logit_f64(out: number, x: number, n: number): void;
}
