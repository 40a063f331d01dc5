import { shareOfTwin } from "./lazy.js";

/** Slow twin of sgd_step for one feature, in place: state is f32 {w}; w as gathered, the gradient scaled. */
export function sgdUpdateTwin(state: Float32Array, feature: number, gradient: number, w: number, rate: number): void {
  if (gradient !== 0) state[feature] = w - rate * gradient;
}

/** Slow twin of momentum_step for one feature, in place: state is f32 {w, v}. */
export function momentumUpdateTwin(
  state: Float32Array,
  feature: number,
  gradient: number,
  w: number,
  { rate, mu, nesterov }: { readonly rate: number; readonly mu: number; readonly nesterov: boolean },
): void {
  if (gradient === 0) return;
  const v = Math.fround(mu * state[2 * feature + 1]! + gradient);
  state[2 * feature] = w - rate * (nesterov ? gradient + mu * v : v);
  state[2 * feature + 1] = v;
}

/** Slow twin of rmsprop_step for one feature, in place: state is f32 {w, s}. */
export function rmspropUpdateTwin(
  state: Float32Array,
  feature: number,
  gradient: number,
  w: number,
  { rate, rho, epsilon }: { readonly rate: number; readonly rho: number; readonly epsilon: number },
): void {
  if (gradient === 0) return;
  const s = Math.fround(rho * state[2 * feature + 1]! + (1 - rho) * (gradient * gradient));
  state[2 * feature] = w - (rate * gradient) / (Math.sqrt(s) + epsilon);
  state[2 * feature + 1] = s;
}

export interface AdamTwinOptions {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly logBeta1: number;
  readonly logBeta2: number;
  readonly epsilon: number;
}

/** Slow twin of adam_step for one feature, in place: state is f32 {w, m, v, n}. */
export function adamUpdateTwin(state: Float32Array, feature: number, gradient: number, w: number, options: AdamTwinOptions): void {
  if (gradient === 0) return;
  const { rate, beta1, beta2, logBeta1, logBeta2, epsilon } = options;
  const at = 4 * feature;
  const m = Math.fround(beta1 * state[at + 1]! + (1 - beta1) * gradient);
  const v = Math.fround(beta2 * state[at + 2]! + (1 - beta2) * (gradient * gradient));
  const n = Math.fround(state[at + 3]! + 1);
  const down = Math.sqrt(v / shareOfTwin(n, logBeta2)) + epsilon;
  state[at] = w - (rate * (m / shareOfTwin(n, logBeta1))) / down;
  state[at + 1] = m;
  state[at + 2] = v;
  state[at + 3] = n;
}
