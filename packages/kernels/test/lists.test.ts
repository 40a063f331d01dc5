import test from "ava";
import fc from "fast-check";
import { Arena, combinePairs, createKernelMemory, crossPairs, instantiateKernels, MISSING_TEXT, type Pairs } from "../dist/index.js";

const memory = createKernelMemory(2 ** 22);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);

function placeRows(rows: readonly (Pairs | null)[]) {
  const n = rows.reduce((sum, row) => sum + (row?.ids.length ?? 0), 0);
  const [offsets, lengths, ids, values] = [arena.take(4 * rows.length + 4), arena.take(4 * rows.length), arena.take(4 * n), arena.take(8 * n)];
  let at = 0;
  const o = arena.u32(offsets, rows.length + 1);
  o[0] = 0;
  rows.forEach((row, r) => {
    arena.u32(lengths, rows.length)[r] = row === null ? MISSING_TEXT : 1;
    arena.u32(ids, n).set(row?.ids ?? [], at);
    arena.f64(values, n).set(row?.values ?? [], at);
    at += row?.ids.length ?? 0;
    o[r + 1] = at;
  });
  return { offsets, lengths, ids, values, n };
}

function readRows(offsets: number, ids: number, values: number, rows: number, n: number): Pairs[] {
  const o = arena.u32(offsets, rows + 1);
  return Array.from({ length: rows }, (_, r) => ({
    ids: [...arena.u32(ids, n).subarray(o[r], o[r + 1])],
    values: [...arena.f64(values, n).subarray(o[r], o[r + 1])],
  }));
}

const pair = fc.tuple(fc.oneof(fc.nat(9), fc.nat()), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const row = fc.array(pair, { maxLength: 150 }).map((pairs): Pairs => ({ ids: pairs.map(([id]) => id), values: pairs.map(([, value]) => value) }));

for (const once of [false, true]) {
  test(`rows of pairs are put in order and joined as by the twin${once ? ", each id once" : ""}`, (t) => {
    fc.assert(
      fc.property(fc.array(fc.option(row, { freq: 5 }), { maxLength: 6 }), (rows) => {
        const mark = arena.mark();
        const { offsets, lengths, ids, values, n } = placeRows(rows);
        const room = n + rows.length;
        const [outOffsets, outIds, outValues] = [arena.take(4 * rows.length + 4), arena.take(4 * room), arena.take(8 * room)];
        const found = kernels.lists_combine(
          outOffsets,
          outIds,
          outValues,
          offsets,
          ids,
          values,
          lengths,
          rows.length,
          once,
          arena.take(4 * n),
          arena.take(8 * n),
        );
        const want = rows.map((one) => (one === null ? { ids: [0], values: [1] } : combinePairs(one, once)));
        t.deepEqual(readRows(outOffsets, outIds, outValues, rows.length, found), want);
        arena.release(mark);
      }),
    );
  });
}

test("crosses of lists hold every combination, exact and hashed, as by the twin", (t) => {
  const keys = fc.array(fc.tuple(fc.nat(4), fc.double({ min: 0, max: 4, noNaN: true })), { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, fc.nat(4), keys), { minLength: 1, maxLength: 5 }), fc.constantFrom(0, 97), (rows, buckets) => {
      const mark = arena.mark();
      const radix = 5;
      const asPairs = (list: [number, number][]): Pairs => ({ ids: list.map(([id]) => id), values: list.map(([, value]) => value) });
      const inputs = [rows.map(([a]) => asPairs(a)), rows.map(([, b]) => ({ ids: [b], values: [1] })), rows.map(([, , c]) => asPairs(c))];
      let state = {
        offsets: arena.take(4 * rows.length + 4),
        state: arena.take(8 * rows.length),
        present: arena.take(rows.length),
        values: arena.take(8 * rows.length),
      };
      arena.u32(state.offsets, rows.length + 1).set(rows.map((_, r) => r));
      arena.u32(state.offsets, rows.length + 1)[rows.length] = rows.length;
      kernels.cross_begin_u64(state.state, state.present, rows.length, 3);
      if (buckets === 0) arena.u8(state.state, 8 * rows.length).fill(0);
      arena.f64(state.values, rows.length).fill(1);
      let n = rows.length;
      for (const input of inputs) {
        const placed = placeRows(input);
        const before = arena.u32(state.offsets, rows.length + 1);
        const sizes = input.map((one, r) => one.ids.length * (before[r + 1]! - before[r]!));
        n = sizes.reduce((sum, size) => sum + size, 0);
        const next = { offsets: arena.take(4 * rows.length + 4), state: arena.take(8 * n), present: arena.take(n), values: arena.take(8 * n) };
        const single = input === inputs[1];
        kernels.lists_cross(
          next.offsets,
          next.state,
          next.present,
          next.values,
          state.offsets,
          state.state,
          state.present,
          state.values,
          single ? 0 : placed.offsets,
          placed.ids,
          0,
          single ? 0 : placed.values,
          rows.length,
          buckets === 0 ? radix : 0,
          1000,
        );
        state = next;
      }
      const ids = arena.take(4 * n);
      kernels.lists_cross_ids(ids, state.state, state.present, n, buckets);
      const want = rows.map((_, r) =>
        crossPairs(
          inputs.map((input) => ({ keys: input[r]!.ids.map(BigInt), values: input[r]!.values, radix })),
          buckets,
          3,
        ),
      );
      t.deepEqual(readRows(state.offsets, ids, state.values, rows.length, n), want);
      arena.release(mark);
    }),
  );
});
