import type { FoundSlice } from "./found-slice.js";
import type { SearchedColumns } from "./search-columns.js";
import type { SearchOptions } from "./search-options.js";
import { searchSlices } from "./search-slices.js";

/**
 * Slices that nobody named with a bias, or with a loss above that of the other rows: {@link searchSlices}, what it found alone.
 * @returns by falling |z| on the half that confirmed them; the false discovery rate is at most `falseDiscoveryRate`
 */
export function findSlices(labels: ArrayLike<number>, probabilities: ArrayLike<number>, slices: SearchedColumns, options: SearchOptions = {}): FoundSlice[] {
  return [...searchSlices(labels, probabilities, slices, options).found];
}
