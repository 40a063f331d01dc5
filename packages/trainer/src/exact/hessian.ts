import { LOSS_CHUNK_ROWS } from "@crossbill/kernels";
import { share } from "../heap.js";
import type { Matrix } from "./matrix.js";
import type { PassesParts } from "./passes.js";
import type { SharedArena } from "./shared-arena.js";

/** Stripes of rows that pairs of entries are summed over, and the rows of one at least. */
const [MOST_STRIPES, STRIPE_ROWS] = [8, 8192];
/** Features of a matrix whose Hessian is formed, at most. */
const MOST_FEATURES = 512;
/** Products with H that conjugate gradients take for a Newton step, about. */
const USUAL_PRODUCTS = 10;

/** Depends on the data alone, so that sums do. */
export function stripesOf(rows: number): number {
  return Math.max(1, Math.min(MOST_STRIPES, Math.floor(rows / STRIPE_ROWS)));
}

/**
 * Whether forming H, a multiplication and an addition for each pair of entries of a row, and factoring it, F^3 / 6 of them, costs less than a Newton step's products with
 * it, two for each entry and product.
 */
export function isFormed(matrix: Matrix, arena: SharedArena): boolean {
  const { rows, features, segments } = matrix.shape;
  if (features > MOST_FEATURES) return false;
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
  return pairs + features ** 3 / 6 <= USUAL_PRODUCTS * 2 * entries;
}

/** The member's stripes of sums of curvature times pairs of entries. @param sums f64[stripes][F][F] */
export function addPairs({ kernels, arena, matrix, rows: { curvature }, team }: PassesParts, sums: number): void {
  const { rows, features, segments } = matrix.shape;
  const [stripes, chunks] = [stripesOf(rows), Math.ceil(rows / LOSS_CHUNK_ROWS)];
  for (let stripe = team.index; stripe < stripes; stripe += team.size) {
    const out = sums + 8 * stripe * features * features;
    arena.f64(out, features * features).fill(0);
    const [from, to] = [LOSS_CHUNK_ROWS * share(chunks, stripe, stripes), Math.min(rows, LOSS_CHUNK_ROWS * share(chunks, stripe + 1, stripes))];
    for (const [s, { start, rows: n }] of segments.entries()) {
      const [low, high] = [Math.max(from, start), Math.min(to, start + n)];
      if (low >= high) continue;
      const [ones, valued] = matrix.segment(s);
      kernels.rows_pairs_f64(out, features, low, high, start, ones.offsets, ones.ids, valued.offsets, valued.ids, valued.values, curvature);
    }
  }
}

/** The member's rows of out = sums + their transpose, stripes in their order: the lower triangle of f64[F + 1][F + 1] without the last row. */
export function foldPairs({ arena, matrix, team }: PassesParts, out: number, sums: number): void {
  const { rows, features: F } = matrix.shape;
  const stripes = stripesOf(rows);
  const pairs = arena.f64(sums, stripes * F * F);
  const all = arena.f64(out, (F + 1) * (F + 1));
  for (let f = share(F, team.index, team.size); f < share(F, team.index + 1, team.size); f++) {
    for (let g = 0; g <= f; g++) {
      let sum = 0;
      for (let s = 0, at = 0; s < stripes; s++, at += F * F) sum += pairs[at + f * F + g]! + pairs[at + g * F + f]!;
      all[f * (F + 1) + g] = sum;
    }
  }
}
