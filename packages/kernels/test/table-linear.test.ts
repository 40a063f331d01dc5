import test from "ava";
import fc from "fast-check";
import { raggedBlock } from "./ragged-block.js";
import { bench, put, putBlock, random } from "./training-support.js";

const COLUMNS = [
  { size: 9, several: false },
  { size: 200, several: false },
  { size: 40, several: true },
];

test("logits of a linear part are sums over the entries of every column, narrow and wide, for any range of rows", (t) => {
  for (const [seed, outputs] of [1, 3].entries()) {
    const rows = 70;
    const block = raggedBlock(seed, rows, COLUMNS);
    const { arena, kernels } = bench();
    const wide = seed === 1;
    const placed = putBlock(arena, block, wide);
    const V = outputs === 1 ? 1 : 4;
    const spacing = rows + 2;
    const logits = new Float64Array(outputs * spacing).fill(0.25);
    const at = put(arena, logits);
    for (const [c, { several }] of COLUMNS.entries()) {
      const [start, end] = [block.starts[c]!, block.starts[c + 1]!];
      const next = random(c);
      const w = Float32Array.from({ length: (end - start) * V }, () => next() - 0.5);
      const wAt = put(arena, w);
      for (const [from, to] of [
        [0, 17],
        [17, rows - 1],
      ] as const)
        kernels.table_add_logits(at, spacing, outputs, V, from, to, wAt, start, end, placed.local, wide, 0, several ? -1 : c, placed.rowOffsets, placed.values);
      for (let r = 0; r < rows - 1; r++) {
        for (let i = block.rowOffsets[r]!; i < block.rowOffsets[r + 1]!; i++) {
          const u = block.local[i]! - start;
          if (u < 0 || u >= end - start) continue;
          for (let k = 0; k < outputs; k++) logits[k * spacing + r]! += block.values![i]! * w[u * V + k]!;
        }
      }
    }
    t.deepEqual(arena.f64(at, outputs * spacing).slice(), logits);
  }
});

test("residuals become rows, padding 0", (t) => {
  const { arena, kernels } = bench();
  const residual = Float64Array.from({ length: 3 * 10 }, (_, i) => i / 7);
  const out = put(arena, new Float32Array(10 * 6).fill(5));
  kernels.residuals_to_rows(out, 6, 4, put(arena, residual), 10, 3, 2, 9);
  const expected = Float32Array.from({ length: 60 }, (_, i) => {
    const [r, k] = [Math.floor(i / 6), i % 6];
    return r < 2 || r >= 9 || k >= 4 ? 5 : k === 3 ? 0 : residual[k * 10 + r]!;
  });
  t.deepEqual(arena.f32(out, 60).slice(), expected);
});

test("gradients of a row of a shared table are summed in its first place, the others become 0, in any ranges of rows", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(fc.nat(19), { maxLength: 20 }), { minLength: 1, maxLength: 4 }),
      fc.nat(20),
      fc.constantFrom(1, 3, 4, 8),
      fc.nat(1000),
      (columns, cut, V, seed) => {
        const { arena, kernels } = bench(2 ** 17);
        const next = random(seed);
        const places = put(arena, new Uint32Array(20));
        const placed = columns.map((rows, c) => {
          const gradients = Float32Array.from({ length: rows.length * V }, () => next() - 0.5);
          return {
            rows,
            first: 100 * c,
            ids: put(
              arena,
              Uint32Array.from(rows, (row) => 100 * c + row),
            ),
            gradients,
            at: put(arena, gradients),
          };
        });
        const ranges = [
          [cut, 20],
          [0, cut],
        ] as const;
        for (const [from, to] of ranges) for (const { rows, first, ids, at } of placed) kernels.table_share(places, from, to, rows.length, ids, first, V, at);
        const sums = new Map<number, Float32Array>();
        for (const { rows, gradients } of placed) {
          for (const [i, row] of rows.entries()) {
            const own = gradients.subarray(i * V, (i + 1) * V);
            const sum = sums.get(row);
            if (sum === undefined) sums.set(row, own);
            else {
              for (let e = 0; e < V; e++) sum[e]! += own[e]!;
              own.fill(0);
            }
          }
        }
        for (const { gradients, at } of placed) t.deepEqual(arena.f32(at, gradients.length).slice(), gradients);
        for (const [from, to] of ranges) for (const { rows, first, ids } of placed) kernels.table_unshare(places, from, to, rows.length, ids, first);
        t.true(arena.u32(places, 20).every((place) => place === 0));
      },
    ),
    { numRuns: 40 },
  );
});
