import { philox, RandomStream } from "@crossbill/numerics";
import test from "ava";

const hex = (words: Uint32Array): string => [...words].map((w) => w.toString(16).padStart(8, "0")).join(" ");

test("philox gives the known answers of Random123", (t) => {
  t.is(hex(philox([0, 0, 0, 0], [0, 0])), "6627e8d5 e169c58d bc57ac4c 9b00dbd8");
  const ones = 0xffffffff;
  t.is(hex(philox([ones, ones, ones, ones], [ones, ones])), "408f276d 41c83b0e a20bc7c6 6d5451fd");
  t.is(hex(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])), "d16cfe09 94fdcceb 5001e420 24126ea1");
});

test("philox equals its definition with BigInt", (t) => {
  const random = new RandomStream(5);
  for (let i = 0; i < 200; i++) {
    const c = Array.from({ length: 4 }, () => random.uint32());
    const k = [random.uint32(), random.uint32()];
    t.is(hex(philox(c, k)), hex(slowPhilox(c, k)));
  }
});

function slowPhilox(counter: number[], key: number[]): Uint32Array {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  const mask = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return Uint32Array.from([c0, c1, c2, c3], Number);
}

test("a stream depends on seed and number alone", (t) => {
  const a = new RandomStream(7, 2 ** 40 + 3);
  const first = Array.from({ length: 9 }, () => a.uint32());
  const b = new RandomStream(7, 1);
  b.uint32();
  b.restart(2 ** 40 + 3);
  t.deepEqual(
    Array.from({ length: 9 }, () => b.uint32()),
    first,
  );
  t.deepEqual(first.slice(0, 4), [...philox([0, 0, 3, 256], [7, 0])]);
  t.deepEqual(first.slice(4, 8), [...philox([1, 0, 3, 256], [7, 0])]);
  t.notDeepEqual(
    Array.from({ length: 9 }, () => new RandomStream(8, 2 ** 40 + 3).uint32()),
    first,
  );
});

test("uniform and normal numbers have their moments", (t) => {
  const random = new RandomStream(1);
  const n = 100_000;
  let u1 = 0;
  let u2 = 0;
  let z1 = 0;
  let z2 = 0;
  let z4 = 0;
  for (let i = 0; i < n; i++) {
    const u = random.uniform();
    t.true(u >= 0 && u < 1);
    u1 += u;
    u2 += u * u;
    const z = random.normal();
    z1 += z;
    z2 += z * z;
    z4 += z ** 4;
  }
  t.true(Math.abs(u1 / n - 1 / 2) < 0.005);
  t.true(Math.abs(u2 / n - 1 / 3) < 0.005);
  t.true(Math.abs(z1 / n) < 0.015);
  t.true(Math.abs(z2 / n - 1) < 0.02);
  t.true(Math.abs(z4 / n - 3) < 0.15);
});

test("below and permutation are uniform and stay in range", (t) => {
  const random = new RandomStream(2);
  const counts = new Uint32Array(7);
  for (let i = 0; i < 70_000; i++) counts[random.below(7)]!++;
  for (const count of counts) t.true(Math.abs(count - 10_000) < 500);
  const large = 3_000_000_000;
  let upper = 0;
  for (let i = 0; i < 20_000; i++) {
    const x = random.below(large);
    t.true(x < large && Number.isInteger(x));
    if (x >= large / 2) upper++;
  }
  t.true(Math.abs(upper - 10_000) < 400);
  t.is(random.below(1), 0);
  const first = new Uint32Array(4);
  for (let i = 0; i < 8000; i++) {
    const p = random.permutation(4);
    t.is(new Set(p).size, 4);
    first[p[0]!]!++;
  }
  for (const count of first) t.true(Math.abs(count - 2000) < 200);
  let heads = 0;
  for (let i = 0; i < 10_000; i++) if (random.bernoulli(0.2)) heads++;
  t.true(Math.abs(heads - 2000) < 200);
});

test("the first numbers of a stream never change", (t) => {
  const random = new RandomStream(42, 7);
  t.deepEqual(
    [random.uint32(), random.uniform(), random.normal(), random.below(1000), [...random.permutation(6)]],
    [1743679276, 0.8958139898166779, -0.429457581084378, 375, [1, 5, 2, 4, 0, 3]],
  );
});

test("seeds, streams and bounds out of range are refused", (t) => {
  for (const bad of [-1, 0.5, 2 ** 53, NaN]) {
    t.throws(() => new RandomStream(bad), { instanceOf: RangeError });
    t.throws(() => new RandomStream(1, bad), { instanceOf: RangeError });
  }
  for (const bad of [0, -1, 1.5, 2 ** 33]) t.throws(() => new RandomStream(1).below(bad), { instanceOf: RangeError });
});
