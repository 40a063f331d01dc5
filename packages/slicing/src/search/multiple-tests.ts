/**
 * The largest p value that Benjamini and Hochberg (1995) reject at `rate`: the largest p_(k) <= rate k / tested.
 * @param pValues of the tests that matter, in any order
 * @param tested of all tests; those without a p value have 1
 * @returns -1 where none is rejected
 */
export function benjaminiHochberg(pValues: readonly number[], tested: number, rate: number): number {
  const sorted = Float64Array.from(pValues).sort();
  for (let k = sorted.length; k > 0; k--) if (sorted[k - 1]! <= (rate * k) / tested) return sorted[k - 1]!;
  return -1;
}

/** Adjusted p values of Holm (1979), in the order given: at most the level where the test is rejected. The family-wise error rate holds under any dependence. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]! || a - b);
  const adjusted = new Array<number>(pValues.length);
  let most = 0;
  for (const [rank, i] of order.entries()) {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * pValues[i]!));
    adjusted[i] = most;
  }
  return adjusted;
}
