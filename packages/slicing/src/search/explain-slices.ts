import type { Conjunction, RowIndex } from "./row-index.js";
import type { SliceTest } from "./slice-test.js";

export interface Candidate {
  readonly slice: Conjunction;
  readonly z: number;
  /** Of its sum of residuals on the half that is looked at, in their units. */
  readonly deviation: number;
}

export interface Explained<T extends Candidate> {
  readonly candidate: T;
  /** Deviations from 0 of what the ones before left of its residuals. */
  readonly left: number;
}

/**
 * Of slices that overlap, those that say more than the ones before them. In order of falling |z| a candidate is kept if its residuals, less what the kept ones explain, are still `least` deviations
 * from 0; then the mean of what was left is taken off the residuals of its rows. So neither a part of a kept slice stays that is no worse than the whole, nor a larger slice whose effect is
 * that of the kept part.
 * @param candidates in order of falling |z|, those of fewer fields first among equal ones
 * @param least 0: all are kept
 * @param overall z of all rows together, which explain what every slice has: taken off before the first candidate that is weaker; NaN: not at all
 */
export function explainSlices<T extends Candidate>(
  test: Pick<SliceTest, "residuals" | "weights" | "copies">,
  index: RowIndex,
  candidates: readonly T[],
  least: number,
  overall: number,
  oneSided: boolean,
): Explained<T>[] {
  const residuals = test.residuals.slice();
  const all = Uint32Array.from(residuals, (_, row) => row);
  const takeOff = (rows: Uint32Array, sum: number): void => {
    const mean = sum / total(test.weights, rows);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      residuals[row]! -= test.copies ? test.weights[row]! * Math.round(mean) : Math.round(test.weights[row]! * mean);
    }
  };
  const kept: Explained<T>[] = [];
  let overallIsDue = Math.abs(overall) >= least;
  for (const candidate of candidates) {
    if (overallIsDue && Math.abs(overall) > Math.abs(candidate.z)) {
      takeOff(all, total(residuals, all));
      overallIsDue = false;
    }
    const rows = index.rowsOf(candidate.slice);
    const sum = total(residuals, rows);
    const left = sum / candidate.deviation;
    if (!((oneSided ? left : Math.abs(left)) >= least) && least > 0) continue;
    takeOff(rows, sum);
    kept.push({ candidate, left });
  }
  return kept;
}

function total(values: Float64Array, rows: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += values[rows[i]!]!;
  return sum;
}
