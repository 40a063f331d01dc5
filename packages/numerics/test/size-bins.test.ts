import test from "ava";
import fc from "fast-check";
import { SIZE_BINS, sizeBin, sizeBinEnd } from "../dist/index.js";

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const binOf = (x: number): number => {
  float[0] = x;
  return sizeBin(bits[0]!);
};

test("a number is between the ends of its bin and of the one before", (t) => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (x) => {
      const bin = binOf(x);
      const [low, high] = [bin <= -SIZE_BINS ? Number.NEGATIVE_INFINITY : sizeBinEnd(bin - 1), sizeBinEnd(bin)];
      return Math.abs(bin) <= SIZE_BINS && low <= x && x <= high && (bin > 0 || x !== low || x < -(2 ** 32)) && (bin < 0 || x !== high || x > 2 ** 32);
    }),
  );
  for (const x of [Infinity, -Infinity, 0, -0, 2 ** -30, -(2 ** -30), 1, 1.5, 2 ** 32, -(2 ** 32), 1e-45]) {
    t.true((binOf(x) === SIZE_BINS || x <= sizeBinEnd(binOf(x))) && Math.abs(binOf(x)) === Math.abs(binOf(-x)), `${x}`);
  }
  t.is(binOf(0), 0);
  t.is(binOf(2 ** -30), 1);
  t.is(binOf(-(2 ** -30)), -1);
  t.is(binOf(2 ** 31.9), SIZE_BINS - 1);
  t.is(binOf(2 ** 32), SIZE_BINS);
});

test("ends of bins rise by half of a power of two and a third in turn, and lie as far on both sides", (t) => {
  for (let i = -SIZE_BINS + 1; i < SIZE_BINS; i++) t.true(sizeBinEnd(i) > sizeBinEnd(i - 1), `${i}`);
  for (let i = 1; i + 1 < SIZE_BINS; i++) {
    t.is(sizeBinEnd(i) / sizeBinEnd(i - 1), i % 2 === 1 ? 1.5 : 2 / 1.5);
    t.is(sizeBinEnd(-i - 1), -sizeBinEnd(i));
  }
});
