import { fingerprint64 } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { decodeDropped, droppedTest, encodeDropped } from "../dist/dropped-values.js";
import { RowEncoder } from "../dist/index.js";

const fingerprints = fc.uniqueArray(
  fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 200n }), fc.bigInt({ min: 2n ** 64n - 200n, max: 2n ** 64n - 1n })),
  { maxLength: 120 },
);

test("the highest bits of every fingerprint are read back", (t) => {
  fc.assert(
    fc.property(fingerprints, (values) => {
      const coded = encodeDropped(values);
      const dropped = decodeDropped(coded);
      const cut = BigInt(64 - coded.bits);
      const twin = [...new Set(values.map((value) => value >> cut))].sort((a, b) => (a < b ? -1 : 1));
      t.deepEqual([...dropped!.prefixes], twin);
      t.is(coded.count, twin.length);
    }),
  );
});

test("every dropped value is found again, and no other, with short fingerprints and whole ones", (t) => {
  const texts = Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? `größe ${i}` : `value ${i}`));
  const fingerprintOf = (text: string): bigint => fingerprint64(Buffer.from(text));
  const short = decodeDropped(encodeDropped(texts.map(fingerprintOf)))!;
  for (const dropped of [short, { bits: 64, prefixes: BigUint64Array.from(texts, fingerprintOf).sort() }]) {
    const isDropped = droppedTest(dropped);
    t.true(texts.every(isDropped));
    t.false(texts.some((text) => isDropped(`${text}!`)));
  }
});

test("a value takes less than 31 bits, and a value never seen is taken for one with probability 2^-26", (t) => {
  for (const n of [40, 1000, 20_000]) {
    const { bits, count, gaps } = encodeDropped(Array.from({ length: n }, (_, i) => fingerprint64(Buffer.from(`value ${i}`))));
    t.is(count, n);
    t.true((8 * gaps.length) / n < (n < 100 ? 31 : 29), `${(8 * gaps.length) / n} bits`);
    t.true(n / 2 ** bits <= 2 ** -26);
  }
});

test("damaged codes are told from whole ones or give other values, and never fail otherwise", (t) => {
  const whole = encodeDropped(Array.from({ length: 300 }, (_, i) => fingerprint64(Buffer.from(`value ${i}`))));
  const values = decodeDropped(whole)!.prefixes;
  for (const change of [{ bits: 0 }, { bits: 64 }, { count: 299 }, { count: 301 }, { count: 2 ** 31 }, { gaps: whole.gaps.subarray(0, -1) }])
    t.is(decodeDropped({ ...whole, ...change }), null, JSON.stringify(change));
  t.notDeepEqual(decodeDropped({ ...whole, gaps: whole.gaps.subarray(1) })?.prefixes, values);
  for (let bit = 0; bit < 8 * whole.gaps.length; bit += 7) {
    const gaps = whole.gaps.slice();
    gaps[bit >> 3]! ^= 1 << (bit & 7);
    t.notDeepEqual(decodeDropped({ ...whole, gaps })?.prefixes, values);
  }
});

test("a state of whole fingerprints, as earlier versions wrote them, encodes as before", (t) => {
  const dropped = BigUint64Array.from(["gone", "lost"], (text) => fingerprint64(Buffer.from(text))).sort();
  const vocabulary = {
    values: { bytes: Buffer.from("here"), lengths: [4] },
    pruned: true,
    known: 3,
    ids: [3],
    dropped: new Uint8Array(dropped.buffer),
    droppedId: 2,
  };
  const state = v1.FeatureState.create({ columns: [{ name: "v", vocabulary: { field: "t" } }], states: [{ name: "v", vocabulary }] });
  const encoder = new RowEncoder([{ name: "v" }], state, []);
  t.deepEqual(
    ["here", "gone", "lost", "new"].map((text) => encoder.encodeRow({ t: text }).ids.get("v")),
    [3, 2, 2, 1],
  );
});
