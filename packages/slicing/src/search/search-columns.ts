import { checkLength } from "../inputs.js";
import type { SliceColumns } from "../slice-accumulator.js";
import { compareValues, type SliceValue, sliceValue } from "../slice-value.js";

/** A column of one half, with the values that had the rows in the half that is searched. */
export interface SearchColumn {
  readonly name: string;
  /** In order; value k has code k + 1. */
  readonly values: readonly SliceValue[];
  /** Code of each row, length N; 0: a value with too few rows. */
  readonly codes: Uint32Array;
}

/**
 * The columns of both halves with common codes. A value is kept if its rows that are searched count for at least `minSize`; no conjunction with another one could.
 * @param halves where each row of the table is: its half, and its size there (see RowWeights); rows of half 2 are left out
 * @throws E_LENGTH_MISMATCH, E_SLICE_VALUE
 */
export function searchColumns(
  slices: SliceColumns,
  halves: readonly [rows: Uint32Array, rows: Uint32Array],
  length: number,
  sizes: Float64Array,
  minSize: number,
): [searched: SearchColumn[], confirming: SearchColumn[]] {
  const searched: SearchColumn[] = [];
  const confirming: SearchColumn[] = [];
  for (const name of Object.keys(slices)) {
    const column = slices[name]!;
    checkLength(`slice ${JSON.stringify(name)}`, column.length, length);
    const known = new Map<SliceValue, number>();
    const codes = new Uint32Array(length);
    for (let row = 0; row < length; row++) {
      const value = sliceValue(column[row], name, row);
      let code = known.get(value);
      if (code === undefined) {
        code = known.size;
        known.set(value, code);
      }
      codes[row] = code;
    }
    const counts = new Float64Array(known.size);
    for (let i = 0; i < halves[0].length; i++) counts[codes[halves[0][i]!]!]! += sizes[i]!;
    const kept = [...known].filter(([, code]) => counts[code]! >= minSize).sort(([a], [b]) => compareValues(a, b));
    const place = new Uint32Array(known.size);
    for (const [k, [, code]] of kept.entries()) place[code] = k + 1;
    const values = kept.map(([value]) => value);
    searched.push({ name, values, codes: codesOf(halves[0], codes, place) });
    confirming.push({ name, values, codes: codesOf(halves[1], codes, place) });
  }
  return [searched, confirming];
}

function codesOf(rows: Uint32Array, codes: Uint32Array, place: Uint32Array): Uint32Array {
  const out = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = place[codes[rows[i]!]!]!;
  return out;
}
