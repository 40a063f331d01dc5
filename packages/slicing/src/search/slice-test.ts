import type { Triples } from "./count-slices.js";

/** A test of slices on the rows of one half. */
export interface SliceTest {
  /** What is summed over the rows of a slice. */
  readonly triples: readonly Triples[];
  /** What 1 of a size is worth. */
  readonly sizeUnit: number;
  /** w_i r_i of each row, whole multiples of `unit`, length N: r is what a slice's effect is the mean of. */
  readonly residuals: Float64Array;
  /** Weights of the rows, as whole numbers of one unit, length N. */
  readonly weights: Float64Array;
  /** A weight is the number of copies of its row. */
  readonly copies: boolean;
  readonly unit: number;
  screen(sums: Float64Array): Screened;
  /** The p value of a slice, where `screen` gives bounds only. */
  pValue(sums: Float64Array, rows: Uint32Array): number;
}

export interface Screened {
  /** In the unit of the metric; NaN where it is not defined. */
  readonly effect: number;
  readonly standardError: number;
  readonly z: number;
  /** The p value is between these; one number where that is it. */
  readonly atLeast: number;
  readonly atMost: number;
  /** Standard deviation of the slice's sum of residuals, in units of the residuals. */
  readonly deviation: number;
}
