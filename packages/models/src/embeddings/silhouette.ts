import { RandomStream } from "@crossbill/numerics";

/**
 * How well groups of vectors stand apart: the mean over the vectors of (b - a) / max(a, b), a the mean distance to the others of the own group, b the least mean distance to another group (Rousseeuw 1987); from -1 to 1, near 0
 * where groups overlap. A vector alone in its group counts 0. NaN: there are not two groups.
 * @param vectors f32[n][d] @param groups of each vector
 * @param options.most of more vectors so many are drawn by the seed, and measured among themselves (default 2,000)
 */
export function silhouette(
  vectors: Float32Array,
  dimension: number,
  groups: ArrayLike<number | string>,
  options: { readonly most?: number; readonly seed?: number } = {},
): number {
  const { most = 2000, seed = 0 } = options;
  const n = vectors.length / dimension;
  const rows = n > most ? new RandomStream(seed).permutation(n).subarray(0, most).sort() : Uint32Array.from({ length: n }, (_, i) => i);
  const numbers = new Map<number | string, number>();
  const own = Uint32Array.from(rows, (row) => {
    const group = groups[row]!;
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
  const K = numbers.size;
  if (K < 2) return Number.NaN;
  const sizes = new Uint32Array(K);
  for (const g of own) sizes[g]!++;
  const sums = new Float64Array(K);
  let total = 0;
  for (const [i, row] of rows.entries()) {
    sums.fill(0);
    for (const [j, other] of rows.entries()) sums[own[j]!] = sums[own[j]!]! + distance(vectors, row, other, dimension);
    const g = own[i]!;
    if (sizes[g] === 1) continue;
    const a = sums[g]! / (sizes[g]! - 1);
    let b = Number.POSITIVE_INFINITY;
    for (let other = 0; other < K; other++) if (other !== g) b = Math.min(b, sums[other]! / sizes[other]!);
    const larger = Math.max(a, b);
    if (larger > 0) total += (b - a) / larger;
  }
  return total / rows.length;
}

function distance(vectors: Float32Array, a: number, b: number, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j++) {
    const off = vectors[a * d + j]! - vectors[b * d + j]!;
    sum += off * off;
  }
  return Math.sqrt(sum);
}
