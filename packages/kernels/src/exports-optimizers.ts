/** assembly/ftrl.ts */
export interface FtrlKernels {
  ftrl_gather(out: number, from: number, to: number, ids: number, state: number, alpha: number, beta: number, l1: number, l2: number): void;
  ftrl_weights(out: number, from: number, to: number, state: number, alpha: number, beta: number, l1: number, l2: number): void;
  ftrl_non_zero(from: number, to: number, state: number, alpha: number, beta: number, l1: number, l2: number): number;
  ftrl_step(
    from: number,
    to: number,
    ids: number,
    offsets: number,
    rows: number,
    values: number,
    wide: boolean | number,
    residual: number,
    w: number,
    state: number,
    alpha: number,
  ): void;
  ftrl_apply(from: number, to: number, ids: number, gradients: number, w: number, state: number, alpha: number): void;
}

/** State, penalties and where the time stands, as the lazy kernels take them. */
type Lazy = [
  state: number,
  words: number,
  last: number,
  clock: number,
  now: number,
  metric: number,
  epsilon: number,
  logBeta: number,
  l1: number,
  l2: number,
  decay: number,
];

/** assembly/lazy.ts */
export interface LazyKernels {
  lazy_gather(out: number, from: number, to: number, ids: number, ...rule: Lazy): void;
  lazy_weights(out: number, from: number, to: number, state: number, words: number): void;
  lazy_flush(out: number, from: number, to: number, ...rule: Lazy): void;
  lazy_non_zero(from: number, to: number, ...rule: Lazy): number;
}

/** A range of a block's distinct features: their ids, the transpose, the residuals. */
type Features = [from: number, to: number, ids: number, offsets: number, rows: number, values: number, wide: boolean | number, residual: number];
type Gradients = [from: number, to: number, ids: number, gradients: number];
/** Gathered weights, the state, the step. */
type Place = [w: number, state: number, last: number, step: number];
type Momentum = [rate: number, mu: number, nesterov: boolean | number];
type Rmsprop = [rate: number, rho: number, epsilon: number];
type Adam = [rate: number, beta1: number, beta2: number, logBeta1: number, logBeta2: number, epsilon: number];

/** assembly/adagrad.ts, sgd.ts, momentum.ts, rmsprop.ts, adam.ts */
export interface GradientKernels {
  adagrad_step(...at: [...Features, ...Place, rate: number]): void;
  adagrad_apply(...at: [...Gradients, ...Place, rate: number]): void;
  sgd_step(...at: [...Features, scale: number, ...Place, rate: number]): void;
  sgd_apply(...at: [...Gradients, scale: number, ...Place, rate: number]): void;
  momentum_step(...at: [...Features, scale: number, ...Place, ...Momentum]): void;
  momentum_apply(...at: [...Gradients, scale: number, ...Place, ...Momentum]): void;
  rmsprop_step(...at: [...Features, scale: number, ...Place, ...Rmsprop]): void;
  rmsprop_apply(...at: [...Gradients, scale: number, ...Place, ...Rmsprop]): void;
  adam_step(...at: [...Features, scale: number, ...Place, ...Adam]): void;
  adam_apply(...at: [...Gradients, scale: number, ...Place, ...Adam]): void;
}

/** assembly/clip.ts */
export interface ClipKernels {
  block_gradients(out: number, from: number, to: number, offsets: number, rows: number, values: number, wide: boolean | number, residual: number): void;
  clamp_f64(gradients: number, from: number, to: number, limit: number): void;
  group_squares(out: number, from: number, to: number, ids: number, gradients: number, starts: number, groups: number): void;
  group_scale(gradients: number, from: number, to: number, ids: number, starts: number, groups: number, factors: number): void;
}

export type OptimizerKernels = FtrlKernels & LazyKernels & GradientKernels & ClipKernels;
