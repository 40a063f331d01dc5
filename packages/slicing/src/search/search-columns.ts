import { bad, checkLength } from "../inputs.js";
import { compareValues, type SliceValue, sliceValue } from "../slice-value.js";

/** A column by codes into its list of values, which may repeat none. */
export interface EncodedColumn {
  readonly values: readonly SliceValue[];
  /** Index into values, length N. */
  readonly codes: Uint32Array;
}

/** Columns of a search by their names; only own properties count. */
export type SearchedColumns = Readonly<Record<string, ArrayLike<SliceValue | undefined> | EncodedColumn>>;

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
  slices: SearchedColumns,
  halves: readonly [rows: Uint32Array, rows: Uint32Array],
  length: number,
  sizes: Float64Array,
  minSize: number,
): [searched: SearchColumn[], confirming: SearchColumn[]] {
  const searched: SearchColumn[] = [];
  const confirming: SearchColumn[] = [];
  for (const name of Object.keys(slices)) {
    const { values: all, codes } = encoded(name, slices[name]!, length);
    const counts = new Float64Array(all.length);
    for (let i = 0; i < halves[0].length; i++) counts[codes[halves[0][i]!]!]! += sizes[i]!;
    const kept = Array.from(all, (_, code) => code)
      .filter((code) => counts[code]! >= minSize)
      .sort((a, b) => compareValues(all[a]!, all[b]!));
    const place = new Uint32Array(all.length);
    for (const [k, code] of kept.entries()) place[code] = k + 1;
    const values = kept.map((code) => all[code]!);
    searched.push({ name, values, codes: codesOf(halves[0], codes, place) });
    confirming.push({ name, values, codes: codesOf(halves[1], codes, place) });
  }
  return [searched, confirming];
}

function encoded(name: string, column: SearchedColumns[string], length: number): EncodedColumn {
  const what = `slice ${JSON.stringify(name)}`;
  if ("codes" in column) {
    checkLength(what, column.codes.length, length);
    for (let row = 0; row < length; row++)
      if (!(column.codes[row]! < column.values.length)) throw bad("E_SLICE_VALUE", what, row, column.codes[row], "an index of its values");
    return column;
  }
  checkLength(what, column.length, length);
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
  return { values: [...known.keys()], codes };
}

function codesOf(rows: Uint32Array, codes: Uint32Array, place: Uint32Array): Uint32Array {
  const out = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = place[codes[rows[i]!]!]!;
  return out;
}
