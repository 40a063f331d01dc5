import test from "ava";
import fc from "fast-check";
import { Arena, clipKept, createKernelMemory, EXACT_SUMS, exactSums, instantiateKernels, log1p, WHOLE_NUMBERS } from "../dist/index.js";

const memory = createKernelMemory(2 ** 20);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);
const ROOM = 4096;
const [x, kept, odd, keep, out, sums, whole] = [ROOM * 8, ROOM * 8, ROOM * 8, ROOM, 24, EXACT_SUMS.bytes, WHOLE_NUMBERS * 4].map((bytes) =>
  arena.take(bytes),
) as [number, number, number, number, number, number, number];

/** Sums as whole numbers of units of 2^-640. */
function summed(batches: readonly (readonly number[])[]): { sum: bigint; squares: bigint; left: number[] } {
  arena.u8(sums, EXACT_SUMS.bytes).fill(0);
  const left: number[] = [];
  for (const values of batches) {
    arena.f64(x, values.length).set(values);
    left.push(...arena.f64(odd, kernels.exact_sums_f64(sums, odd, x, values.length)));
  }
  const limbs = [...new BigInt64Array(memory.buffer, sums, 2 * EXACT_SUMS.limbs)];
  const total = (of: readonly bigint[]): bigint => of.reduce((all, limb, i) => all + (limb << BigInt(32 * i)), 0n);
  return { sum: total(limbs.slice(0, EXACT_SUMS.limbs)), squares: total(limbs.slice(EXACT_SUMS.limbs)), left };
}

const ordinary = fc.oneof(
  fc.integer().map(Number),
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
  fc
    .tuple(fc.double({ noNaN: true, min: 1, max: 2, maxExcluded: true }), fc.integer({ min: -256, max: 255 }), fc.constantFrom(-1, 1))
    .map(([m, e, s]) => s * m * 2 ** e),
  fc.constantFrom(2 ** -256, 2 ** 255 * (2 - 2 ** -52), 2 - 2 ** -52, 0, -0, 1),
);
const isOrdinary = (value: number): boolean => value === 0 || (Math.abs(value) >= 2 ** -256 && Math.abs(value) < 2 ** 256);

test("sums of values and squares are the twin's to the last bit, in any batches", (t) => {
  fc.assert(
    fc.property(fc.array(fc.array(ordinary, { maxLength: 100 }), { maxLength: 5 }), (batches) => {
      const { sum, squares, left } = summed(batches.map((batch) => batch.filter(isOrdinary)));
      t.deepEqual({ sum, squares }, exactSums(batches.flat().filter(isOrdinary)));
      t.deepEqual(left, []);
    }),
    { numRuns: 500 },
  );
});

test("values of extreme magnitude are left to the caller, in order", (t) => {
  const extreme = [2 ** 256, -1e300, 5e-324, -(2 ** -257), Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const { sum, left } = summed([[1, ...extreme, 2]]);
  t.deepEqual(left, extreme);
  t.is(sum, 3n << 640n);
});

test("many additions of the largest limbs overflow nothing", (t) => {
  const largest = -(2 - 2 ** -52);
  const values = Array.from({ length: ROOM }, () => largest);
  const { sum, squares } = summed(Array.from({ length: 64 }, () => values));
  const one = exactSums([largest]);
  t.deepEqual({ sum, squares }, { sum: one.sum * BigInt(64 * ROOM), squares: one.squares * BigInt(64 * ROOM) });
});

test("what is kept is clipped, in order, with its extremes; small whole numbers and missing values are counted", (t) => {
  const value = fc.oneof(fc.integer({ min: -9, max: 9 }).map(Number), fc.double(), fc.constantFrom(Number.NaN, -0, 0.5, 1023, 1024, 1023.5, 2 ** 32));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, fc.boolean()), { maxLength: 50 }),
      fc.constantFrom([-5, 5], [0.5, 1023.5], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]),
      (rows, clip) => {
        const [low, high] = clip as [number, number];
        arena.f64(x, rows.length).set(rows.map(([number]) => number));
        arena.u8(keep, rows.length).set(rows.map(([, keeps]) => Number(keeps)));
        arena.f64(out, 2).set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
        arena.u32(out + 16, 1)[0] = 7;
        arena.u32(whole, WHOLE_NUMBERS).fill(3);
        const n = kernels.clip_kept_f64(out, whole, kept, x, keep, rows.length, low, high);
        const twin = clipKept(
          rows.map(([number]) => number),
          rows.map(([, keeps]) => keeps),
          low,
          high,
        );
        t.deepEqual([...arena.f64(kept, n)], twin.kept);
        t.deepEqual([...arena.f64(out, 2)], [Math.min(...twin.kept), Math.max(...twin.kept)]);
        t.is(arena.u32(out + 16, 1)[0]! - 7, twin.missing);
        t.deepEqual(
          [...arena.u32(whole, WHOLE_NUMBERS)],
          Array.from({ length: WHOLE_NUMBERS }, (_, number) => 3 + (twin.whole.get(number) ?? 0)),
        );
      },
    ),
  );
});

test("the signed log1p has log1p's bits on both sides of 0", (t) => {
  const values = [0, 1, -1, 1e-300, -1e-300, 0.5, -123.25, 1e300];
  arena.f64(x, values.length).set(values);
  kernels.signed_log1p_f64(x, x, values.length);
  t.deepEqual(
    [...arena.f64(x, values.length)],
    values.map((value) => (value < 0 ? -log1p(-value) : log1p(value))),
  );
});
