/**
 * Indices of at most `most` of `n` points of a curve, the first and the last among them. Of the points between, those are taken that are nearest
 * to even steps of the way along the curve (`x` and `y` together), so that steep and flat parts keep their shape.
 */
export function thinned(x: ArrayLike<number>, y: ArrayLike<number>, most: number): number[] {
  const n = x.length;
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  const way = new Float64Array(n);
  for (let i = 1; i < n; i++) way[i] = way[i - 1]! + Math.abs(x[i]! - x[i - 1]!) + Math.abs(y[i]! - y[i - 1]!);
  const total = way[n - 1]!;
  const kept = [0];
  for (let i = 1; i < n - 1 && kept.length < most - 1; i++) if (way[i]! >= (total * kept.length) / (most - 1)) kept.push(i);
  kept.push(n - 1);
  return kept;
}
