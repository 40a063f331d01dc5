import test from "ava";
import fc from "fast-check";
import { bench, put, random } from "./training-support.js";

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
