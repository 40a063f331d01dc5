import type { TwinMatrix } from "./exact.js";

/** Columns of some rows: those of `features`, ascending, which have entries. */
export interface TwinColumns {
  readonly features: number[];
  readonly matrix: TwinMatrix;
}

/** Slow twin of count_ids_u32, list_counted_u32 and rows_to_columns: the columns of rows [from, to); a column's rows are numbered from `from`. */
export function columnsTwin({ offsets, ids, values }: TwinMatrix, from: number, to: number): TwinColumns {
  const columns = new Map<number, { readonly rows: number[]; readonly values: number[] }>();
  for (let r = from; r < to; r++) {
    for (let i = offsets[r]!; i < offsets[r + 1]!; i++) {
      const column = columns.get(ids[i]!) ?? { rows: [], values: [] };
      columns.set(ids[i]!, column);
      column.rows.push(r - from);
      column.values.push(values?.[i] ?? 1);
    }
  }
  const features = [...columns.keys()].sort((a, b) => a - b);
  return {
    features,
    matrix: compressed(
      features.map((f) => columns.get(f)!.rows.map((r, k) => [r, columns.get(f)!.values[k]!])),
      values !== null,
    ),
  };
}

/** Slow twin of columns_to_rows: the entries of `rows` rows, features in the columns' order. */
export function rowsTwin({ features, matrix: { offsets, ids, values } }: TwinColumns, rows: number): TwinMatrix {
  const all = Array.from({ length: rows }, (): [number, number][] => []);
  for (const [u, f] of features.entries()) for (let i = offsets[u]!; i < offsets[u + 1]!; i++) all[ids[i]!]!.push([f, values?.[i] ?? 1]);
  return compressed(all, values !== null);
}

function compressed(lists: readonly (readonly (readonly [number, number])[])[], valued: boolean): TwinMatrix {
  const offsets = [0];
  for (const list of lists) offsets.push(offsets.at(-1)! + list.length);
  return { offsets, ids: lists.flatMap((list) => list.map(([id]) => id)), values: valued ? lists.flatMap((list) => list.map(([, value]) => value)) : null };
}
