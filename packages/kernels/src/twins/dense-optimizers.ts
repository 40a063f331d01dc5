import type { AdamTwinOptions } from "./gradient-methods.js";
import { shareOfTwin } from "./lazy.js";

const { fround } = Math;

/** The proximal step behind a dense update. */
export interface DensePenalty {
  readonly dt: number;
  readonly l1: number;
  readonly l2: number;
  readonly decay: number;
}

function proximal(w: number, rho: number, { dt, l1, l2, decay }: DensePenalty): number {
  if (l1 === 0 && l2 === 0 && decay === 0) return w;
  const near = (Math.abs(w) - rho * l1 * dt) / (1 + (2 * rho * l2 + decay) * dt);
  if (near <= 0) return 0;
  return w < 0 ? -near : near;
}

/** Slow twin of dense_sgd for parameter k, in place; g scaled. */
export function denseSgdTwin(w: Float32Array, k: number, g: number, rate: number, penalty: DensePenalty): void {
  w[k] = proximal(w[k]! - rate * g, 1, penalty);
}

/** Slow twin of dense_momentum for parameter k, in place. */
export function denseMomentumTwin(
  w: Float32Array,
  velocity: Float32Array,
  k: number,
  g: number,
  { rate, mu, nesterov }: { readonly rate: number; readonly mu: number; readonly nesterov: boolean },
  penalty: DensePenalty,
): void {
  velocity[k] = mu * velocity[k]! + g;
  const way = nesterov ? g + mu * velocity[k]! : velocity[k]!;
  w[k] = proximal(w[k]! - rate * way, 1 / (1 - mu), penalty);
}

/** Slow twin of dense_adagrad for parameter k, in place. */
export function denseAdagradTwin(w: Float32Array, G: Float32Array, k: number, g: number, rate: number, penalty: DensePenalty): void {
  G[k] = G[k]! + g * g;
  const still = G[k] === 0;
  w[k] = proximal(still ? w[k]! : w[k]! - (rate / Math.sqrt(G[k]!)) * g, still ? 0 : 1 / Math.sqrt(G[k]!), penalty);
}

/** Slow twin of dense_rmsprop for parameter k, in place. */
export function denseRmspropTwin(
  w: Float32Array,
  s: Float32Array,
  k: number,
  g: number,
  { rate, rho, epsilon }: { readonly rate: number; readonly rho: number; readonly epsilon: number },
  penalty: DensePenalty,
): void {
  s[k] = rho * s[k]! + (1 - rho) * (g * g);
  const down = Math.sqrt(s[k]!) + epsilon;
  w[k] = proximal(w[k]! - (rate * g) / down, 1 / down, penalty);
}

/** Slow twin of dense_adam for parameter k in block n (from 1), in place. */
export function denseAdamTwin(
  w: Float32Array,
  m: Float32Array,
  v: Float32Array,
  k: number,
  g: number,
  n: number,
  { rate, beta1, beta2, logBeta1, logBeta2, epsilon }: AdamTwinOptions,
  penalty: DensePenalty,
): void {
  m[k] = beta1 * m[k]! + (1 - beta1) * g;
  v[k] = beta2 * v[k]! + (1 - beta2) * (g * g);
  const down = Math.sqrt(v[k]! / shareOfTwin(n, logBeta2)) + epsilon;
  w[k] = proximal(w[k]! - (rate * (m[k]! / shareOfTwin(n, logBeta1))) / down, 1 / down, penalty);
}

/** Slow twin of sum_lanes: lanes of f32[P]. */
export function sumLanesTwin(lanes: readonly Float32Array[]): Float32Array {
  return Float32Array.from(lanes[0]!, (_, k) => fround(lanes.reduce((sum, lane) => sum + lane[k]!, 0)));
}
