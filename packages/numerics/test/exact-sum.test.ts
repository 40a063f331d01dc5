import { ExactSum, pairwiseTreeFold } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });

/** The sum as an integer multiple of 2^-2148, by BigInt. */
function scaled(x: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(x).buffer)[0]!;
  const e = Number((bits >> 52n) & 0x7ffn);
  const m = (bits & 0xfffffffffffffn) | (e === 0 ? 0n : 1n << 52n);
  const magnitude = m << BigInt(Math.max(e, 1) - 1);
  return x < 0 ? -magnitude : magnitude; // times 2^-1074
}

/** n 2^-exponent to the nearest double: exact parts through decimal text, which Number() rounds once. */
function nearest(n: bigint, exponent: number): number {
  // n / 2^e = n 5^e / 10^e exactly
  return Number(`${n * 5n ** BigInt(exponent)}e-${exponent}`);
}

function sumOf(values: Iterable<number>): ExactSum {
  const sum = new ExactSum();
  for (const x of values) sum.add(x);
  return sum;
}

test("the value is the exact sum rounded once", (t) => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 12 }), (values) => {
      const exact = values.reduce((a, x) => a + scaled(x), 0n);
      t.is(sumOf(values).value() + 0, nearest(exact, 1074) + 0);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test("products are added exactly, tiny and huge ones too", (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(numbers, numbers), { maxLength: 6 }), (pairs) => {
      const sum = new ExactSum();
      for (const [a, b] of pairs) sum.addProduct(a, b);
      const exact = pairs.reduce((s, [a, b]) => s + scaled(a) * scaled(b), 0n);
      t.is(sum.value() + 0, nearest(exact, 2148) + 0);
    }),
    { numRuns: 200 },
  );
  const sum = new ExactSum();
  sum.addProduct(5e-324, 5e-324);
  t.is(sum.value(), 0);
  t.true(sum.toBytes().length > 5);
  sum.addProduct(1e308, 1e308);
  t.is(sum.value(), Infinity);
  sum.addProduct(-1e308, 1e308);
  sum.addProduct(-5e-324, 5e-324);
  sum.addProduct(3, 2 ** 900, 900);
  sum.addProduct(3 * 2 ** 900, -(2 ** 900));
  sum.addProduct(-3, 2 ** -900, -1200);
  sum.addProduct(3 * 2 ** -1050, 2 ** -1050);
  t.is(sum.value(), 0);
  t.deepEqual(sum.toBytes(), new ExactSum().toBytes());
});

test("the bytes do not depend on order or on the tree of merges", (t) => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 30 }), fc.infiniteStream(fc.nat()), fc.integer({ min: 1, max: 7 }), (values, keys, parts) => {
      const shuffled = values
        .map((x) => ({ x, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ x }) => x);
      const pieces = Array.from({ length: parts }, (_, i) => sumOf(shuffled.filter((_, j) => j % parts === i)));
      const tree = pairwiseTreeFold(pieces, (a, b) => a.merge(b));
      const whole = sumOf(values);
      t.deepEqual(tree.toBytes(), whole.toBytes());
      t.deepEqual(ExactSum.fromBytes(whole.toBytes()).toBytes(), whole.toBytes());
      t.is(ExactSum.fromBytes(whole.toBytes()).value(), whole.value());
    }),
    { numRuns: 200 },
  );
  t.pass();
});

test("rounding is to even at ties, and a sticky bit far below breaks them", (t) => {
  t.is(sumOf([1, 2 ** -53]).value(), 1);
  t.is(sumOf([1, 2 ** -53, 2 ** -1074]).value(), 1 + 2 ** -52);
  t.is(sumOf([1, 2 ** -53, -(2 ** -1074)]).value(), 1);
  t.is(sumOf([1 + 2 ** -52, 2 ** -53]).value(), 1 + 2 ** -51);
  t.is(sumOf([5e-324, 5e-324]).value(), 1e-323);
  t.is(sumOf([Number.MAX_VALUE, Number.MAX_VALUE]).value(), Infinity);
  t.is(sumOf([Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE]).value(), Number.MAX_VALUE);
  t.is(sumOf([Number.MAX_VALUE, 2 ** 969]).value(), Number.MAX_VALUE);
  t.is(sumOf([Number.MAX_VALUE, 2 ** 970]).value(), Infinity);
  t.is(new ExactSum().value(), 0);
});

test("millions of additions carry, in one call or one by one", (t) => {
  const values = new Float64Array(3_000_000);
  for (let i = 0; i < values.length; i++) values[i] = (i % 3 === 0 ? -0.1 : 0.3) * (1 + (i % 1000));
  const batch = new ExactSum();
  batch.addArray(values);
  let exact = 0n;
  for (const x of values) exact += scaled(x);
  t.is(batch.value(), nearest(exact, 1074));
  t.deepEqual(sumOf(values).toBytes(), batch.toBytes());
  const part = new ExactSum();
  part.addArray(values, 10);
  t.deepEqual(part.toBytes(), sumOf(values.subarray(0, 10)).toBytes());
});

test("infinities and NaN are remembered", (t) => {
  t.is(sumOf([1, Infinity]).value(), Infinity);
  t.is(sumOf([-Infinity, 1]).value(), -Infinity);
  t.is(sumOf([-Infinity, Infinity]).value(), NaN);
  t.is(sumOf([NaN]).value(), NaN);
  const sum = new ExactSum();
  sum.addProduct(0, Infinity);
  t.is(sum.value(), NaN);
  t.is(
    sumOf([2])
      .merge(ExactSum.fromBytes(sumOf([Infinity]).toBytes()))
      .value(),
    Infinity,
  );
});

test("bytes that no sum wrote are refused", (t) => {
  for (const bytes of [[], [0, 0, 0, 1, 0], [255, 0, 0, 0, 0]]) t.throws(() => ExactSum.fromBytes(Uint8Array.from(bytes)), { instanceOf: RangeError });
});
