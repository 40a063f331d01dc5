import { pairwiseTreeFold, QuantileSketch, RandomStream } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";

/** Type 7 by its definition. */
function slowQuantile(copies: readonly number[], q: number): number {
  const sorted = [...copies].sort((a, b) => a - b);
  const h = q * (sorted.length - 1);
  const x = sorted[Math.floor(h)]!;
  const y = sorted[Math.ceil(h)]!;
  return x + (y - x) * (h - Math.floor(h));
}

const few = fc.integer({ min: -20, max: 20 }).map((x) => x / 4);

test("small data has exact type 7 quantiles, and a weight of k is k copies", (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(few, fc.integer({ min: 0, max: 3 })), { maxLength: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (pairs, q) => {
      const copies = pairs.flatMap(([x, w]) => Array.from({ length: w }, () => x));
      const sketch = new QuantileSketch();
      for (const [x, w] of pairs) sketch.add(x, w);
      const plain = new QuantileSketch();
      plain.addArray(copies);
      t.is(sketch.quantile(q), plain.quantile(q));
      t.is(sketch.totalWeight, copies.length);
      if (copies.length > 0) t.true(Math.abs(sketch.quantile(q) - slowQuantile(copies, q)) < 1e-12);
      else t.is(sketch.quantile(q), NaN);
    }),
  );
  t.pass();
});

test("fractional weights give quantiles that do not depend on their scale", (t) => {
  const quantiles = (scale: number): number[] => {
    const sketch = new QuantileSketch();
    sketch.addArray([3, 1, 2, 4], [0.3 * scale, 0.5 * scale, 0.25 * scale, 0.75 * scale]);
    return [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1].map((q) => sketch.quantile(q));
  };
  t.deepEqual(quantiles(1), [1, 1, 2, 3, 4, 4, 4]);
  t.deepEqual(quantiles(1 / 1024), quantiles(1));
  const half = new QuantileSketch();
  half.addArray([1, 2], [0.5, 0.5]);
  t.is(half.quantile(0.5), 1.5);
});

test("merging exact parts gives the bytes of the whole", (t) => {
  fc.assert(
    fc.property(fc.array(few, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (values, parts) => {
      const whole = new QuantileSketch();
      whole.addArray(values);
      const pieces = Array.from({ length: parts }, (_, i) => {
        const piece = new QuantileSketch();
        piece.addArray(values.filter((_, j) => j % parts === i));
        return QuantileSketch.fromBytes(piece.toBytes());
      });
      t.deepEqual(pairwiseTreeFold(pieces, (a, b) => a.merge(b)).toBytes(), whole.toBytes());
    }),
    { numRuns: 50 },
  );
  t.pass();
});

test("boundaries rise strictly, above the minimum, without duplicates", (t) => {
  const sketch = new QuantileSketch();
  t.deepEqual([...sketch.boundaries(4)], []);
  sketch.addArray([0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 3]);
  t.deepEqual([...sketch.boundaries(2)], []);
  t.deepEqual([...sketch.boundaries(5)], [1, 2]);
  t.deepEqual([...sketch.boundaries(1)], []);
  const even = new QuantileSketch();
  even.addArray(Array.from({ length: 101 }, (_, i) => i));
  t.deepEqual([...even.boundaries(4)], [25, 50, 75]);
  t.throws(() => even.boundaries(0), { instanceOf: RangeError });
  t.throws(() => even.quantile(1.1), { instanceOf: RangeError });
});

test("past the exact limit every rank is within the bound it states, and the bytes are reproducible", (t) => {
  const n = 600_000;
  const random = new RandomStream(3);
  const values = Float64Array.from({ length: n }, () => random.normal() ** 3);
  const build = (): QuantileSketch => {
    const parts = Array.from({ length: 3 }, (_, i) => {
      const sketch = new QuantileSketch();
      sketch.addArray(values.subarray((n / 3) * i, (n / 3) * (i + 1)));
      return sketch;
    });
    return pairwiseTreeFold(parts, (a, b) => a.merge(b));
  };
  const sketch = build();
  t.deepEqual(sketch.toBytes(), build().toBytes());
  t.is(sketch.totalWeight, n);
  t.true(sketch.rankError > 0 && sketch.rankError / n < 0.002, `${sketch.rankError / n}`);
  t.true(sketch.toBytes().length < 1_700_000);
  const sorted = values.slice().sort();
  t.is(sketch.minimum, sorted[0]!);
  t.is(sketch.maximum, sorted[n - 1]!);
  let worst = 0;
  for (let i = 0; i <= 1000; i++) {
    const x = sketch.quantile(i / 1000);
    let low = 0;
    for (let high = n; low < high; ) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! <= x) low = middle + 1;
      else high = middle;
    }
    worst = Math.max(worst, Math.abs(low - (i / 1000) * n));
  }
  t.true(worst <= sketch.rankError + 16, `${worst} beyond ${sketch.rankError}`);
  t.deepEqual(QuantileSketch.fromBytes(sketch.toBytes()).toBytes(), sketch.toBytes());
});

test("missing and impossible numbers are refused", (t) => {
  const sketch = new QuantileSketch();
  for (const bad of [NaN, Infinity]) t.throws(() => sketch.add(bad), { instanceOf: RangeError });
  for (const bad of [NaN, Infinity, -1]) t.throws(() => sketch.add(1, bad), { instanceOf: RangeError });
  t.throws(() => QuantileSketch.fromBytes(new Uint8Array(3)), { instanceOf: RangeError });
  sketch.add(-0);
  t.true(Object.is(sketch.quantile(0.5), 0));
});
