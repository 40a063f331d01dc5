import { ScoreWeights } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";

type Row = { s: number; y: boolean; w: number };
const rowsOf = fc.array(
  fc.record({
    s: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 0.5)),
    y: fc.boolean(),
    w: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: 0, max: 1e300, noNaN: true })),
  }),
  { maxLength: 200 },
);
const summed = (rows: readonly Row[], capacity: number): ScoreWeights => {
  const made = new ScoreWeights(capacity, 4);
  for (const { s, y, w } of rows) made.add(s, y, w);
  return made;
};

test("below the capacity every distinct score has the weights of its rows", (t) => {
  fc.assert(
    fc.property(rowsOf, (rows) => {
      const { scores, positives, negatives } = summed(rows, 1000).distinct();
      const heavy = rows.filter(({ w }) => w > 0);
      const want = [...new Set(heavy.map(({ s }) => s + 0))].sort((a, b) => a - b);
      t.deepEqual([...scores], want);
      for (const [k, score] of want.entries())
        for (const [label, sums] of [
          [true, positives],
          [false, negatives],
        ] as const) {
          const sum = heavy.filter(({ s, y }) => s + 0 === score && y === label).reduce((total, { w }) => total + w, 0);
          t.true(Math.abs(sums[k]! - sum) <= 1e-12 * sum);
        }
    }),
  );
});

test("beyond the capacity scores are rounded down; order, parts and columns leave no trace", (t) => {
  fc.assert(
    fc.property(rowsOf, fc.integer({ min: 1, max: 20 }), fc.nat(200), (rows, capacity, cut) => {
      const whole = summed(rows, capacity);
      t.true(whole.distinct().scores.length <= capacity);
      const parts = summed(rows.slice(cut).reverse(), capacity);
      parts.merge(summed(rows.slice(0, cut), capacity));
      t.deepEqual([parts.columns(), parts.roundedBits], [whole.columns(), whole.roundedBits]);
      const again = ScoreWeights.of(whole.columns(), whole.roundedBits, capacity, 4);
      t.deepEqual([again.columns(), again.distinct()], [whole.columns(), whole.distinct()]);
    }),
  );
});

test("columns that are none are refused", (t) => {
  const columns = summed([{ s: 0.5, y: true, w: 1 }], 10).columns();
  for (const change of [{ places: new Int8Array(0) }, { scores: Float64Array.of(Number.NaN) }, { positives: Float64Array.of(0.5) }])
    t.throws(() => ScoreWeights.of({ ...columns, ...change }, 0, 10, 4), { instanceOf: RangeError });
  t.throws(() => ScoreWeights.of(columns, 65, 10, 4), { instanceOf: RangeError });
});
