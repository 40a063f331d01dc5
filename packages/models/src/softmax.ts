import { exp } from "@crossbill/numerics";

/** Logits z[at .. at + n) become probabilities exp(z_k) / sum of exp(z_j), computed from the largest logit: finite for all finite ones. */
export function softmax(z: Float64Array, at: number, n: number): void {
  let most = z[at]!;
  for (let k = at + 1; k < at + n; k++) if (z[k]! > most) most = z[k]!;
  let sum = 0;
  for (let k = at; k < at + n; k++) {
    z[k] = exp(z[k]! - most);
    sum += z[k]!;
  }
  for (let k = at; k < at + n; k++) z[k] = z[k]! / sum;
}

/** Index in [0, n) of the largest of z[at .. at + n), the first of equal ones. */
export function largest(z: Float64Array, at: number, n: number): number {
  let best = 0;
  for (let k = 1; k < n; k++) if (z[at + k]! > z[at + best]!) best = k;
  return best;
}
