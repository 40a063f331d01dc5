/** learning rate, and the penalties l1 |w| + l2 w^2 per unit of example weight. */
export interface AdagradTwinOptions {
  readonly rate: number;
  readonly l1: number;
  readonly l2: number;
}

/** Slow twin of adagrad_gather for one feature: the proximal elastic-net step for the example weight `due`, rounded to float32. */
export function adagradWeightTwin(w: number, G: number, due: number, { rate, l1, l2 }: AdagradTwinOptions): number {
  if (w === 0) return 0;
  const r = rate / Math.sqrt(G);
  const left = Math.abs(w) - r * l1 * due;
  return left <= 0 ? 0 : Math.fround((Math.sign(w) * left) / (1 + 2 * r * l2 * due));
}

/** Slow twin of adagrad_step for one feature, in place: state is f32 {w, G} interleaved; w as gathered. */
export function adagradUpdateTwin(state: Float32Array, feature: number, gradient: number, w: number, rate: number): void {
  const G = Math.fround(state[2 * feature + 1]! + gradient * gradient);
  state[2 * feature] = G > 0 ? w - (rate / Math.sqrt(G)) * gradient : w;
  state[2 * feature + 1] = G;
}
