import { compareValues, type SliceValue } from "./slice-value.js";

/** One slice column, dictionary-encoded. */
export interface SliceColumn {
  readonly name: string;
  readonly values: readonly SliceValue[];
  /** Index into values, length N. */
  readonly codes: Uint32Array;
}

export interface SliceGroup {
  /** One value a column. */
  readonly values: readonly SliceValue[];
  /** The group's rows, in the order they were given in. */
  readonly rows: Uint32Array;
}

/**
 * Rows by the values they have in all of `columns` together, groups in order of the values of the first column, then of the second...
 * @param columns at least one
 * @param order row numbers
 */
export function groupRows(columns: readonly SliceColumn[], order: Uint32Array): SliceGroup[] {
  const n = columns[0]!.codes.length;
  const group = columns[0]!.codes.slice();
  let size = columns[0]!.values.length;
  for (const { codes, values } of columns.slice(1)) {
    const ids = new Map<number, number>(); // of the pairs that occur
    for (let row = 0; row < n; row++) {
      const pair = group[row]! * values.length + codes[row]!;
      let id = ids.get(pair);
      if (id === undefined) {
        id = ids.size;
        ids.set(pair, id);
      }
      group[row] = id;
    }
    size = ids.size;
  }
  const starts = new Uint32Array(size + 1);
  for (const row of order) starts[group[row]! + 1]!++;
  for (let g = 0; g < size; g++) starts[g + 1]! += starts[g]!;
  const next = starts.slice();
  const sorted = new Uint32Array(order.length);
  for (const row of order) sorted[next[group[row]!]!++] = row;
  const groups: SliceGroup[] = [];
  for (let g = 0; g < size; g++) {
    const rows = sorted.subarray(starts[g]!, starts[g + 1]!);
    if (rows.length > 0) groups.push({ values: columns.map(({ codes, values }) => values[codes[rows[0]!]!]!), rows });
  }
  return groups.sort((a, b) => compareLists(a.values, b.values));
}

function compareLists(a: readonly SliceValue[], b: readonly SliceValue[]): number {
  for (let k = 0; k < a.length; k++) {
    const c = compareValues(a[k]!, b[k]!);
    if (c !== 0) return c;
  }
  return 0;
}
