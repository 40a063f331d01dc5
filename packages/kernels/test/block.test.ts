import { buildBlockTwin, buildCsrBlockTwin } from "@crossbill/kernels";
import test from "ava";
import { bench, columnsOf, put, random } from "./training-support.js";

test("blocks built by the kernels equal their twins', narrow and wide, whatever the rows, and the table needs no clearing", (t) => {
  const { arena, kernels } = bench();
  const bits = 9;
  // Columns of at most so many ids are their own slots; the others are hashed into 2^bits of them.
  const direct = 100_000;
  const table = put(arena, new Uint32Array(direct));
  let base = 1;
  for (const [seed, rows] of [0, 1, 2, 3, 5, 64, 65, 130, 200].entries()) {
    for (const wide of [false, true]) {
      const columns = columnsOf(random(seed), rows, [3, 40, 5_000_000, 300, 1, 100_000]);
      const twin = buildBlockTwin(columns, rows);
      const z = rows * columns.length;
      const [local, counts, uniq, packed, offsets, rowsOf] = Array.from({ length: 6 }, () => arena.take(4 * z + 64)) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      let distinct = 0;
      for (const [c, { ids, offset, size }] of columns.entries()) {
        const first = distinct;
        distinct =
          kernels.block_assign(local + 4 * c * rows, counts, uniq, put(arena, ids), rows, offset, size, first, table, bits, base, size <= direct) >>> 0;
        base += distinct - first;
      }
      kernels.block_pack(packed, local, rows, columns.length, wide);
      kernels.block_offsets(offsets, counts, distinct);
      kernels.block_transpose(rowsOf, counts, local, rows, columns.length, wide);
      const ids = (at: number) => Uint32Array.from(wide ? arena.u32(at, z) : arena.u16(at, z));
      t.deepEqual(arena.u32(uniq, distinct).slice(), twin.uniq);
      t.deepEqual(ids(packed), twin.local);
      t.deepEqual(arena.u32(offsets, distinct + 1).slice(), twin.offsets);
      t.deepEqual(ids(rowsOf), twin.rowsOf);
    }
  }
});

test("blocks of rows of any length with values equal their twins'", (t) => {
  const { arena, kernels } = bench();
  const bits = 11;
  const table = put(arena, new Uint32Array(2 ** bits));
  let base = 1;
  for (const rows of [1, 4, 70, 150]) {
    const next = random(rows);
    const rowOffsets = new Uint32Array(rows + 1);
    for (let r = 0; r < rows; r++) rowOffsets[r + 1] = rowOffsets[r]! + Math.floor(next() * 7);
    const z = rowOffsets[rows]!;
    const ids = Uint32Array.from({ length: z }, () => Math.floor(next() * 2000));
    const values = Float32Array.from({ length: z }, () => next() - 0.5);
    const twin = buildCsrBlockTwin(rowOffsets, ids, values);
    const [local, counts, uniq, offsets, rowsOf, valuesOf] = Array.from({ length: 6 }, () => arena.take(4 * z + 64)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const distinct = kernels.block_assign(local, counts, uniq, put(arena, ids), z, 0, 2000, 0, table, bits, base, 0);
    base += distinct;
    kernels.block_offsets(offsets, counts, distinct);
    kernels.block_transpose_csr(rowsOf, valuesOf, counts, local, put(arena, rowOffsets), put(arena, values), rows, false);
    t.deepEqual(arena.u32(uniq, distinct).slice(), twin.uniq);
    t.deepEqual(arena.u32(local, z).slice(), twin.local);
    t.deepEqual(arena.u32(offsets, distinct + 1).slice(), twin.offsets);
    t.deepEqual(Uint32Array.from(arena.u16(rowsOf, z)), twin.rowsOf);
    t.deepEqual(arena.f32(valuesOf, z).slice(), twin.valuesOf);
  }
});

test("an id outside its column is refused", (t) => {
  const { arena, kernels } = bench();
  const at = Array.from({ length: 5 }, () => arena.take(1024)) as [number, number, number, number, number];
  t.is(kernels.block_assign(at[0], at[1], at[2], put(arena, Uint32Array.of(1, 7)), 2, 0, 7, 0, at[3], 4, 1, 1) >>> 0, 0xffffffff);
});
