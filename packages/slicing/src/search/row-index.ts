import type { SearchColumn } from "./search-columns.js";

/** One conjunction: column `fields[k]` has the code `codes[k]`. Fields ascend. */
export interface Conjunction {
  readonly fields: readonly number[];
  readonly codes: readonly number[];
}

interface Postings {
  /** Where the rows of each code begin, length K + 2. */
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
}

/** Finds the rows of conjunctions: those of the rarest of its values are looked through. */
export class RowIndex {
  private readonly postings = new Map<number, Postings>();

  constructor(private readonly columns: readonly SearchColumn[]) {}

  /** Ascending row numbers. */
  rowsOf({ fields, codes }: Conjunction): Uint32Array {
    let rarest = this.rowsWith(fields[0]!, codes[0]!);
    let at = 0;
    for (let k = 1; k < fields.length; k++) {
      const rows = this.rowsWith(fields[k]!, codes[k]!);
      if (rows.length >= rarest.length) continue;
      rarest = rows;
      at = k;
    }
    let rows = rarest;
    for (let k = 0; k < fields.length; k++) if (k !== at) rows = rowsWithCode(rows, this.columns[fields[k]!]!.codes, codes[k]!);
    return rows;
  }

  private rowsWith(field: number, code: number): Uint32Array {
    const { starts, rows } = this.postingsOf(field);
    return rows.subarray(starts[code]!, starts[code + 1]!);
  }

  private postingsOf(field: number): Postings {
    const known = this.postings.get(field);
    if (known !== undefined) return known;
    const { codes, values } = this.columns[field]!;
    const starts = new Uint32Array(values.length + 2);
    for (const code of codes) starts[code + 1]!++;
    for (let code = 0; code <= values.length; code++) starts[code + 1]! += starts[code]!;
    const next = starts.slice();
    const rows = new Uint32Array(codes.length);
    for (let row = 0; row < codes.length; row++) rows[next[codes[row]!]!++] = row;
    const made = { starts, rows };
    this.postings.set(field, made);
    return made;
  }
}

function rowsWithCode(rows: Uint32Array, codes: Uint32Array, code: number): Uint32Array {
  const found = new Uint32Array(rows.length);
  let n = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    found[n] = row;
    if (codes[row] === code) n++;
  }
  return found.slice(0, n);
}
