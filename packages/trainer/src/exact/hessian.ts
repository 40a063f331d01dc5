import { share } from "../blocks/heap.js";
import type { Matrix } from "./matrix.js";
import type { HessianUse } from "./objective.js";
import type { PassesParts } from "./passes.js";
import type { SharedArena } from "./shared-arena.js";

/** When H is formed: `most` features; `solve` multiplications and additions to use it once; `products` with it that a Newton step takes otherwise, about. */
const FORMED: Readonly<Record<HessianUse, { readonly most: number; readonly solve: (features: number) => number; readonly products: number }>> = {
  factors: { most: 512, solve: (features) => features ** 3 / 6, products: 10 },
  sweeps: { most: 4096, solve: (features) => 10 * features ** 2, products: 20 },
};
/** Multiplications and additions that a row's loss and its derivatives cost, about. */
const ROW = 20;
/** Edge of the squares that H is made symmetric in. */
const TILE = 32;

/**
 * null: forming H, a multiplication and an addition for each pair of entries of a row, and using it costs more than a Newton step's products with it, two for each entry and product.
 * Else how many evaluations forming it costs, about.
 */
export function formingCost(matrix: Matrix, arena: SharedArena, use: HessianUse): number | null {
  const { rows, features, segments } = matrix.shape;
  const { most, solve, products } = FORMED[use];
  if (features > most) return null;
  let [entries, pairs] = [0, 0];
  for (const [s, { start, rows: n }] of segments.entries()) {
    if (start >= rows) break;
    const [ones, valued] = matrix.segment(s).map(({ offsets }) => arena.u32(offsets, n + 1)) as [Uint32Array, Uint32Array];
    for (let r = 0; r < n; r++) {
      const width = ones[r + 1]! - ones[r]! + valued[r + 1]! - valued[r]!;
      entries += width;
      pairs += (width * (width - 1)) / 2;
    }
  }
  return pairs + solve(features) <= products * 2 * entries ? pairs / (2 * entries + ROW * rows) : null;
}

/**
 * Features [cuts[m], cuts[m + 1]) are member m's: about as many pairs each, of an entry of theirs and one that stands before it in its row. Depends on the data alone; no result
 * depends on it.
 */
export function pairCuts({ arena, matrix, team }: Pick<PassesParts, "arena" | "matrix" | "team">): Uint32Array {
  const { features, rows } = matrix.shape;
  const counts = [new Float64Array(features), new Float64Array(features)] as const;
  for (let b = 0; b < matrix.blocks; b++) {
    for (const [which, { features: at, offsets: from, uniq }] of matrix.block(b).entries()) {
      const [ids, offsets, count] = [arena.u32(at, uniq), arena.u32(from, uniq + 1), counts[which]!];
      for (let u = 0; u < uniq; u++) count[ids[u]!] = count[ids[u]!]! + offsets[u + 1]! - offsets[u]!;
    }
  }
  const [ones, valued] = counts;
  // Entries of value 1 stand before those with values; by features, as rows mostly are.
  let [before, total] = [0, 0];
  const work = ones.map((n) => {
    before += n;
    return 1 + n * (1 + before / rows);
  });
  for (let f = 0; f < features; f++) {
    before += valued[f]!;
    work[f] = work[f]! + valued[f]! * (1 + before / rows);
    total += work[f]!;
  }
  const cuts = new Uint32Array(team.size + 1);
  let [sum, member] = [0, 1];
  for (let f = 0; f < features; f++) {
    while (member < team.size && sum >= share(total, member, team.size)) cuts[member++] = f;
    sum += work[f]!;
  }
  return cuts.fill(features, member);
}

/** The member's sums of curvature times pairs of entries: rows [from, to) of out, f64[F + 1][F + 1]. */
export function addPairs({ kernels, arena, matrix, rows: { curvature } }: PassesParts, out: number, [from, to]: readonly [number, number]): void {
  const { rows, features, segments } = matrix.shape;
  const n = features + 1;
  arena.f64(out + 8 * from * n, (to - from) * n).fill(0);
  for (const [s, { start, rows: count }] of segments.entries()) {
    const last = Math.min(rows, start + count);
    if (start >= last) break;
    const [ones, valued] = matrix.segment(s);
    kernels.rows_pairs_f64(out, n, from, to, start, last, start, ones.offsets, ones.ids, valued.offsets, valued.ids, valued.values, curvature);
  }
}

/** The member's share of out = (out + its transpose) / weight, without the last row and column of f64[F + 1][F + 1]. */
export function foldPairs({ arena, matrix, team }: PassesParts, out: number, weight: number): void {
  const F = matrix.shape.features;
  const n = F + 1;
  const h = arena.f64(out, n * n);
  const edge = (member: number): number => Math.round(F * Math.sqrt(member / team.size));
  const [from, to] = [edge(team.index), edge(team.index + 1)];
  for (let low = from; low < to; low += TILE) {
    const high = Math.min(to, low + TILE);
    for (let left = 0; left < high; left += TILE) {
      for (let f = low; f < high; f++) {
        const right = Math.min(f + 1, left + TILE);
        for (let g = left, across = left * n + f; g < right; g++, across += n) h[f * n + g] = h[across] = (h[f * n + g]! + h[across]!) / weight;
      }
    }
  }
}
