/**
 * Weights that are the same for every class change no probability: a feature's K weights are made to add up to 0, the smallest that predict the same. From feature
 * `first` on: with l1 the intercepts alone, since the others have an optimum of their own.
 */
export function centre(w: Float64Array, classes: number, first: number): void {
  const each = w.length / classes;
  for (let f = first; f < each; f++) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += w[k * each + f]!;
    for (let k = 0; k < classes; k++) w[k * each + f] = w[k * each + f]! - sum / classes;
  }
}
