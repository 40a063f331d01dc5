/** Slow twin of adagrad_step for one feature, in place: state is f32 {w, G} interleaved; w as gathered. */
export function adagradUpdateTwin(state: Float32Array, feature: number, gradient: number, w: number, rate: number): void {
  if (gradient === 0) return;
  const G = Math.fround(state[2 * feature + 1]! + gradient * gradient);
  state[2 * feature] = G > 0 ? w - (rate / Math.sqrt(G)) * gradient : w;
  state[2 * feature + 1] = G;
}
