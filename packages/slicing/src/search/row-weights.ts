import type { SliceRows } from "../measure-slice.js";
import { type FixedPoint, fixedPoint } from "./fixed-point.js";

/** What the rows of one half count for. Weights are > 0; importance weights are scaled by a power of two to at most 1, which no effect and no z depends on. */
export interface RowWeights {
  /** Draws: 1 a row (importance) or the row's weight (frequency), length N; none is rounded to 0. */
  readonly sizes: FixedPoint;
  /** Factor of a value, length N. */
  readonly weights: Float64Array;
  /** Factor of a variance: weights^2 (importance) or weights (frequency), length N. */
  readonly squares: Float64Array;
  /** Whole frequency weights, or 1 for each row without weights; else undefined. */
  readonly copies: Float64Array | undefined;
}

export function rowWeights(rows: SliceRows, weightKind: "importance" | "frequency"): RowWeights {
  const n = rows.labels.length;
  const ones = new Float64Array(n).fill(1);
  if (rows.weights === undefined) return { sizes: { values: ones, unit: 1 }, weights: ones, squares: ones, copies: ones };
  if (weightKind === "frequency") {
    const copies = rows.weights.every((w) => Number.isInteger(w)) ? rows.weights : undefined;
    const rounded = copies === undefined ? fixedPoint(rows.weights) : { values: copies, unit: 1 };
    const sizes = { values: rounded.values.map((size) => Math.max(1, size)), unit: rounded.unit };
    return { sizes, weights: rows.weights, squares: rows.weights, copies };
  }
  let scale = 1;
  const most = rows.weights.reduce((a, b) => Math.max(a, b), 0);
  while (most * scale > 1) scale /= 2;
  while (most > 0 && most * scale <= 0.5) scale *= 2;
  const weights = rows.weights.map((w) => w * scale);
  return { sizes: { values: ones, unit: 1 }, weights, squares: weights.map((w) => w * w), copies: undefined };
}

/** The values of the rows times a factor of theirs, in fixed point. */
export function weighed({ copies }: RowWeights, factor: Float64Array, value: (row: number) => number): FixedPoint {
  return fixedPoint(
    factor.map((w, row) => (copies === undefined ? w * value(row) : value(row))),
    copies,
  );
}

/** f64[N][3]. */
export function triplesOf(first: FixedPoint, second: FixedPoint, third: FixedPoint): Float64Array {
  const triples = new Float64Array(3 * first.values.length);
  for (let row = 0; row < first.values.length; row++) {
    triples[3 * row] = first.values[row]!;
    triples[3 * row + 1] = second.values[row]!;
    triples[3 * row + 2] = third.values[row]!;
  }
  return triples;
}
