/** alpha, beta, l1, l2 of McMahan et al. 2013, Algorithm 1. */
export interface FtrlTwinOptions {
  readonly alpha: number;
  readonly beta: number;
  readonly l1: number;
  readonly l2: number;
}

/** Slow twin of ftrl_gather for one feature: w = 0 where |z| <= l1, else -(z - sign(z) l1) / ((beta + sqrt n) / alpha + l2), rounded to float32. */
export function ftrlWeightTwin(z: number, n: number, { alpha, beta, l1, l2 }: FtrlTwinOptions): number {
  if (Math.abs(z) <= l1) return 0;
  return Math.fround(-(z - Math.sign(z) * l1) / ((beta + Math.sqrt(n)) / alpha + l2));
}

/** Slow twin of ftrl_step for one feature, in place: state is f32 {z, n} interleaved; w as gathered. */
export function ftrlUpdateTwin(state: Float32Array, feature: number, gradient: number, w: number, alpha: number): void {
  const n = state[2 * feature + 1]!;
  const more = n + gradient * gradient;
  const sigma = (Math.sqrt(more) - Math.sqrt(n)) / alpha;
  state[2 * feature] = state[2 * feature]! + (gradient - sigma * w);
  state[2 * feature + 1] = more;
}
