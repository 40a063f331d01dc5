import { columnsTwin, rowsTwin, type TwinMatrix } from "@crossbill/kernels";
import test from "ava";
import { bench, put, random } from "./training-support.js";

/** Rows of 0 to 6 entries, some ids twice in a row. */
function matrix(seed: number, rows: number, ids: number, valued: boolean): TwinMatrix {
  const next = random(seed);
  const offsets = new Uint32Array(rows + 1);
  for (let r = 0; r < rows; r++) offsets[r + 1] = offsets[r]! + Math.floor(next() * 7);
  const entries = offsets[rows]!;
  return {
    offsets,
    ids: Uint32Array.from({ length: entries }, () => Math.floor(next() ** 3 * ids)),
    values: valued ? Float64Array.from({ length: entries }, () => next() - 0.5) : null,
  };
}

test("rows become columns and columns rows as the twins have them, of several segments, with values and without", (t) => {
  const { arena, kernels } = bench();
  for (const F of [1, 3, 4, 16, 37, 301]) {
    for (const valued of [false, true]) {
      const rows = 90;
      const x = matrix(F, rows, F, valued);
      const [offsets, ids] = [put(arena, x.offsets as Uint32Array), put(arena, x.ids as Uint32Array)];
      const values = x.values === null ? 0 : put(arena, x.values as Float64Array);
      const counts = arena.take(4 * F);
      const [from, middle, to] = [5, 40, 83];
      const begins = (r: number): number => x.offsets[r]!;
      let distinct = kernels.count_ids_u32(counts, ids, begins(from), begins(middle));
      distinct += kernels.count_ids_u32(counts, ids, begins(middle), begins(to));
      const entries = begins(to) - begins(from);
      const [features, starts] = [arena.take(4 * distinct), arena.take(4 * (distinct + 1))];
      const [own, ownValues] = [arena.take(2 * entries), arena.take(8 * entries)];
      kernels.list_counted_u32(counts, F, features, starts);
      // The second segment's offsets are those of rows from 40 on.
      kernels.rows_to_columns(own, ownValues, counts, from, from, middle, 0, offsets, ids, values);
      kernels.rows_to_columns(own, ownValues, counts, from, middle, to, middle, offsets + 4 * middle, ids, values);
      kernels.clear_ids_u32(counts, features, distinct);
      t.true(arena.u32(counts, F).every((n) => n === 0));
      const twin = columnsTwin(x, from, to);
      t.deepEqual([...arena.u32(features, distinct)], twin.features);
      t.deepEqual([...arena.u32(starts, distinct + 1)], [...(twin.matrix.offsets as number[])]);
      t.deepEqual([...arena.u16(own, entries)], [...(twin.matrix.ids as number[])]);
      if (valued) t.deepEqual([...arena.f64(ownValues, entries)], [...(twin.matrix.values as number[])]);
      const [back, backIds, backValues] = [arena.take(4 * (to - from + 2)), arena.take(4 * entries), arena.take(8 * entries)];
      kernels.columns_to_rows(back, backIds, backValues, to - from, distinct, features, starts, own, valued ? ownValues : 0);
      const again = rowsTwin(twin, to - from);
      t.deepEqual([...arena.u32(back, to - from + 1)], [...(again.offsets as number[])]);
      t.deepEqual([...arena.u32(backIds, entries)], [...(again.ids as number[])]);
      if (valued) t.deepEqual([...arena.f64(backValues, entries)], [...(again.values as number[])]);
    }
  }
});
