import type { Conjunction } from "./row-index.js";
import type { SearchColumn } from "./search-columns.js";

/** Three integers a row, f64[N][3]; the first triple's first one is the row's size and > 0. */
export type Triples = Float64Array;

/**
 * Sums the triples over every conjunction of up to `depth` columns that has at least `minSize`, by depth first: a conjunction is only extended while it has the size, as no part of it has more.
 * A step adds the rows of one conjunction up by the codes of one further column, so that the work is rows times sets of columns, however many values there are.
 * @param visit gets each conjunction once with its sums, f64[passes][3], which it must not keep
 */
export function countSlices(
  columns: readonly SearchColumn[],
  triples: readonly Triples[],
  depth: number,
  minSize: number,
  visit: (slice: Conjunction, sums: Float64Array) => void,
): void {
  const widest = columns.reduce((most, { values }) => Math.max(most, values.length + 1), 1);
  const cells = triples.map(() => new Float64Array(3 * widest));
  const touched = new Uint32Array(widest);
  const sums = new Float64Array(3 * triples.length);
  const all = Uint32Array.from({ length: columns[0]?.codes.length ?? 0 }, (_, row) => row);
  // By columns of the conjunction: one at a time is extended.
  const rooms = Array.from({ length: depth }, (_, fields) => (fields === 0 ? triples : triples.map(() => new Float64Array(3 * all.length))));

  const extend = (rows: Uint32Array, from: number, slice: Conjunction): void => {
    const own = rooms[slice.fields.length]!;
    if (slice.fields.length > 0) for (const [pass, terms] of own.entries()) gather(terms, triples[pass]!, rows);
    for (let field = from; field < columns.length; field++) {
      const { codes } = columns[field]!;
      let distinct = 0;
      for (const [pass, terms] of own.entries()) distinct = addByCode(cells[pass]!, touched, codes, rows, terms, pass === 0) || distinct;
      const large: number[] = [];
      for (let k = 0; k < distinct; k++) {
        const code = touched[k]!;
        if (code > 0 && cells[0]![3 * code]! >= minSize) {
          large.push(code);
          for (const [pass, cell] of cells.entries()) sums.set(cell.subarray(3 * code, 3 * code + 3), 3 * pass);
          visit({ fields: [...slice.fields, field], codes: [...slice.codes, code] }, sums);
        }
        for (const cell of cells) cell.fill(0, 3 * code, 3 * code + 3);
      }
      if (slice.fields.length + 1 === depth || field + 1 === columns.length) continue;
      for (const [code, list] of bucket(rows, codes, large)) extend(list, field + 1, { fields: [...slice.fields, field], codes: [...slice.codes, code] });
    }
  };
  extend(all, 0, { fields: [], codes: [] });
}

/** Adds up the rows' triples by code. @returns how many codes are in `touched`; 0 unless `list` */
function addByCode(cells: Float64Array, touched: Uint32Array, codes: Uint32Array, rows: Uint32Array, terms: Triples, list: boolean): number {
  let distinct = 0;
  const n = rows.length;
  for (let i = 0, at = 0; i < n; i++, at += 3) {
    const code = codes[rows[i]!]!;
    const cell = 3 * code;
    const size = cells[cell]!;
    if (list && size === 0) touched[distinct++] = code;
    cells[cell] = size + terms[at]!;
    cells[cell + 1] = cells[cell + 1]! + terms[at + 1]!;
    cells[cell + 2] = cells[cell + 2]! + terms[at + 2]!;
  }
  return distinct;
}

function gather(out: Triples, terms: Triples, rows: Uint32Array): void {
  for (let i = 0, at = 0; i < rows.length; i++, at += 3) {
    const from = 3 * rows[i]!;
    out[at] = terms[from]!;
    out[at + 1] = terms[from + 1]!;
    out[at + 2] = terms[from + 2]!;
  }
}

/** The rows of each of `wanted` codes, in their order. */
function bucket(rows: Uint32Array, codes: Uint32Array, wanted: readonly number[]): [code: number, rows: Uint32Array][] {
  const most = wanted.reduce((a, b) => Math.max(a, b), 0);
  const slot = new Int32Array(most + 1).fill(-1);
  for (const [k, code] of wanted.entries()) slot[code] = k;
  const counts = new Uint32Array(wanted.length);
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i]!]!;
    if (code <= most && slot[code]! >= 0) counts[slot[code]!]!++;
  }
  const lists = wanted.map((code, k): [number, Uint32Array] => [code, new Uint32Array(counts[k]!)]);
  counts.fill(0);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const code = codes[row]!;
    const k = code <= most ? slot[code]! : -1;
    if (k >= 0) lists[k]![1][counts[k]!++] = row;
  }
  return lists;
}

/** The sums of some rows, f64[passes][3]. */
export function sumsOf(triples: readonly Triples[], rows: Iterable<number>): Float64Array {
  const sums = new Float64Array(3 * triples.length);
  for (const row of rows) for (let pass = 0; pass < triples.length; pass++) for (let k = 0; k < 3; k++) sums[3 * pass + k]! += triples[pass]![3 * row + k]!;
  return sums;
}
