/** Rows of a panel: f32[units][64], unit-major. Of a panel's rows a kernel uses the first `rows`, a multiple of 4. */
export const PANEL_ROWS = 64;

/** assembly/dense.ts: products of a layer, w f32[outputs][inputs] row-major. */
export interface DenseKernels {
  /** out[j][r] = b[j] + sum over i of w[j][i] x[i][r]; b = 0: none. */
  dense_forward(out: number, x: number, w: number, b: number, inputs: number, outputs: number, rows: number): void;
  /** out[i][r] (= or, with `add`, +=) sum over j of w[j][i] dz[j][r]. */
  dense_backward_inputs(out: number, dz: number, w: number, inputs: number, outputs: number, rows: number, add: boolean | number): void;
  /** dw[j][i] += sum over r of dz[j][r] x[i][r]; db[j] += sum over r of dz[j][r], db = 0: none. */
  dense_backward_weights(dw: number, db: number, dz: number, x: number, inputs: number, outputs: number, rows: number): void;
}

/** assembly/activations.ts: `kind` is a number of {@link ACTIVATIONS}, p and q are a and b of v1.ActivationSpec. */
export interface ActivationKernels {
  /** a = f(z); `a` may be z. slopes: f32[units] of PRELU; panel of drawn slopes of RRELU in training, else 0. */
  activate(a: number, z: number, units: number, rows: number, kind: number, p: number, q: number, slopes: number): void;
  /** dz = da f'(z); `dz` may be da. Of PRELU dslopes f32[units] += its gradient. */
  activate_backward(dz: number, da: number, z: number, units: number, rows: number, kind: number, p: number, q: number, slopes: number, dslopes: number): void;
}

/** Where a random panel stands: (seed0, seed1) the lower and upper 32 bits of the seed, row0 the block's row of the panel's first (a multiple of 64). */
type Place = [seed0: number, seed1: number, step: number, row0: number, layer: number];

/** assembly/dropout.ts */
export interface DropoutKernels {
  /** mask[u][r] = 0 with probability rate, else 1 / (1 - rate). */
  dropout_mask(mask: number, units: number, rows: number, rate: number, ...place: Place): void;
  /** out[u][r] uniform in [low, high). */
  random_slopes(out: number, units: number, rows: number, low: number, high: number, ...place: Place): void;
  /** out = x mask; `out` may be x. */
  panel_multiply(out: number, x: number, mask: number, units: number, rows: number): void;
}

/** assembly/batch-norm.ts: w f64[64] the weights of a panel's rows; sums f64[2][units]; mean, scale, gamma, beta, shift f32[units]; running f32[2][units], means then variances. */
export interface BatchNormKernels {
  /** out f64[2][units] = sums over a panel's rows of w (z - shift), of w (z - shift)^2. */
  batch_sums(out: number, shift: number, z: number, w: number, units: number, rows: number): void;
  /** out[k] = sum over panels of sums[panel stride + k], f64, k in [from, to). */
  fold_panels(out: number, sums: number, panels: number, stride: number, from: number, to: number): void;
  /** mean, scale = 1 / sqrt(variance + epsilon) of folded sums and the block's weight; running moves to momentum running + (1 - momentum) (mean, variance). Units [from, to). */
  batch_statistics(
    mean: number,
    scale: number,
    running: number,
    sums: number,
    shift: number,
    units: number,
    weight: number,
    epsilon: number,
    momentum: number,
    from: number,
    to: number,
  ): void;
  /** out = gamma (z - mean) scale + beta. */
  normalize(out: number, z: number, mean: number, scale: number, gamma: number, beta: number, units: number, rows: number): void;
  /** out f64[2][units] = sums over a panel's rows of dy h (the gradient of gamma), of dy (that of beta); h = (z - mean) scale. */
  normalize_backward_sums(out: number, dy: number, z: number, mean: number, scale: number, units: number, rows: number): void;
  /** dz = gamma scale (dy - w (S1 / weight + h S2 / weight)) of folded sums [S2, S1]. `dz` may be dy. */
  normalize_backward(
    dz: number,
    dy: number,
    z: number,
    w: number,
    mean: number,
    scale: number,
    gamma: number,
    sums: number,
    weight: number,
    units: number,
    rows: number,
  ): void;
  /** dgamma += S2, dbeta += S1 of folded sums. */
  normalize_gradients(dgamma: number, dbeta: number, sums: number, units: number): void;
}

/** Penalties of a proximal step of time dt behind the update; l1 = l2 = decay = 0: none. */
type Penalty = [dt: number, l1: number, l2: number, decay: number];
type Range = [from: number, to: number, scale: number];

/** assembly/dense-optimizers.ts: parameters [from, to) of f32[P] arrays; gradients count `scale` times. */
export interface DenseOptimizerKernels {
  dense_sgd(w: number, g: number, ...rest: [...Range, rate: number, ...Penalty]): void;
  dense_momentum(w: number, g: number, velocity: number, ...rest: [...Range, rate: number, mu: number, nesterov: boolean | number, ...Penalty]): void;
  dense_adagrad(w: number, g: number, G: number, ...rest: [...Range, rate: number, ...Penalty]): void;
  dense_rmsprop(w: number, g: number, s: number, ...rest: [...Range, rate: number, rho: number, epsilon: number, ...Penalty]): void;
  /** n: blocks so far with this one, from 1. */
  dense_adam(
    w: number,
    g: number,
    m: number,
    v: number,
    ...rest: [...Range, n: number, rate: number, beta1: number, beta2: number, logBeta1: number, logBeta2: number, epsilon: number, ...Penalty]
  ): void;
  /** out[k] = sum over lanes, in order, of values[lane stride + k]; k in [from, to). */
  sum_lanes(out: number, values: number, lanes: number, stride: number, from: number, to: number): void;
}

/** Numbers of v1.ActivationSpec.Kind. */
export const ACTIVATIONS = {
  RELU: 0,
  LINEAR: 1,
  SIGMOID: 2,
  TANH: 3,
  SOFTPLUS: 4,
  LEAKY_RELU: 5,
  PRELU: 6,
  RRELU: 7,
  RELU_N: 8,
  ELU: 9,
  GELU: 10,
  SILU: 11,
} as const;

export type NetworkKernels = DenseKernels & ActivationKernels & DropoutKernels & BatchNormKernels & DenseOptimizerKernels;
