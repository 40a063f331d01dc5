import { expm1 } from "./math.js";

/** How a step of the weight is to one of the gradient, per unit of learning rate; the numbers that the lazy kernels take. */
export const METRICS = { IDENTITY: 0, ADAGRAD: 1, RMSPROP: 2, ADAM: 3 } as const;

/** Penalties rho l1 |w| + rho l2 w^2 + decay w^2 / 2 per unit of time, rho by the metric from the state. */
export interface LazyRule {
  readonly words: number;
  readonly metric: (typeof METRICS)[keyof typeof METRICS];
  readonly epsilon: number;
  /** log(beta2) of Adam. */
  readonly logBeta: number;
  readonly l1: number;
  readonly l2: number;
  readonly decay: number;
}

/** 1 - beta^n for the logarithm of beta. */
export function shareOfTwin(n: number, logBeta: number): number {
  const x = n * logBeta;
  return x < -44 ? 1 : -expm1(x);
}

/** Slow twin of the metric of lazy_gather for one feature: the state is f32, interleaved, the weight first. */
export function metricTwin(state: Float32Array, feature: number, { words, metric, epsilon, logBeta }: LazyRule): number {
  const at = words * feature;
  if (metric === METRICS.ADAGRAD) return 1 / Math.sqrt(state[at + 1]!);
  if (metric === METRICS.RMSPROP) return 1 / (Math.sqrt(state[at + 1]!) + epsilon);
  if (metric === METRICS.ADAM) return 1 / (Math.sqrt(state[at + 2]! / shareOfTwin(state[at + 3]!, logBeta)) + epsilon);
  return 1;
}

/** Slow twin of lazy_gather for one feature: its weight after the penalties of the block that touched it, of time `dt`, and of those since, of `time`, rounded to float32. */
export function lazyWeightTwin(state: Float32Array, feature: number, dt: number, time: number, rule: LazyRule): number {
  const w = state[rule.words * feature]!;
  if (w === 0) return 0;
  if (rule.metric !== METRICS.IDENTITY && state[rule.words * feature + (rule.metric === METRICS.ADAM ? 2 : 1)] === 0) return w;
  const rho = metricTwin(state, feature, rule);
  const k = 2 * rho * rule.l2 + rule.decay;
  const near = (Math.abs(w) - rho * rule.l1 * dt) / (1 + k * dt);
  if (near <= 0) return 0;
  const left = k * time > 1e-20 ? near + (near + (rho * rule.l1) / k) * expm1(-k * time) : near - rho * rule.l1 * time;
  return left <= 0 ? 0 : Math.fround(w < 0 ? -left : left);
}
