import test from "ava";
import fc from "fast-check";
import { Arena, createKernelMemory, instantiateKernels, rowLogLossTwin } from "../dist/index.js";

const ROOM = 4096;
const arena = new Arena(createKernelMemory(2 ** 18));
const kernels = instantiateKernels(arena.memory);
const [sums, probabilities, labels, scratch] = [arena.take(64), arena.take(8 * ROOM), arena.take(ROOM), arena.take(16 * ROOM + 32)] as const;

/** Eight sums after rows were added to those that were there. */
function added(rows: readonly (readonly [label: number, p: number])[]): { right: number; parts: number[] } {
  arena.u8(labels, rows.length).set(rows.map(([y]) => y));
  arena.f64(probabilities, rows.length).set(rows.map(([, p]) => p));
  const right = kernels.log_loss_f64(sums, scratch, probabilities, labels, rows.length);
  return { right, parts: [...arena.f64(sums, 8)] };
}

/** In units of 2^-104, the least bit of any loss. */
const exact = (x: number): bigint => BigInt(x * 2 ** 52 * 2 ** 52);
const total = (xs: readonly number[]): bigint => xs.reduce((sum, x) => sum + exact(x), 0n);

/** Probabilities around every branch of log and log1p. */
const edge = fc
  .tuple(
    fc.constantFrom(0, 2 ** -53, 2 ** -52, 2 ** -30, 2 ** -29, 0.25, 0.29289339482784, Math.SQRT1_2, 0.5, 0.75, 1),
    fc.double({ min: -1, max: 1, noNaN: true }),
  )
  .map(([at, d]) => Math.min(1, Math.max(0, at + d * 2 ** -19)));
const tail = fc.double({ min: 0, max: 1, noNaN: true }).map((u) => 2 ** (-52 * u));
const probability = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  edge,
  tail,
  tail.map((p) => 1 - p),
);
const row = fc.tuple(fc.constantFrom(0, 1), probability);

test("a row's loss has the twin's bits", (t) => {
  fc.assert(
    fc.property(row, (one) => {
      arena.f64(sums, 8).fill(0);
      t.is(total(added([one]).parts), exact(rowLogLossTwin(...one)), one.join(" "));
    }),
    { numRuns: 5000 },
  );
});

test("rows are summed exactly, in any order and in parts", (t) => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), fc.nat(40), (rows, cut) => {
      arena.f64(sums, 8).fill(0);
      const want = rows.reduce((sum, one) => sum + exact(rowLogLossTwin(...one)), 0n);
      added(rows.slice(cut));
      t.is(total(added(rows.slice(0, cut)).parts), want);
    }),
    { numRuns: 300 },
  );
});

test("many rows are summed exactly", (t) => {
  arena.f64(sums, 8).fill(0);
  let want = 0n;
  for (let k = 0; k < 30; k++) {
    const rows = Array.from({ length: ROOM - k }, (_, i): [number, number] => [
      i % 3 === 0 ? 1 : 0,
      ((i * 7919 + k) % 65537) / 65536 < 1 ? ((i * 7919 + k) % 65537) / 65537 : 1,
    ]);
    want += rows.reduce((sum, one) => sum + exact(rowLogLossTwin(...one)), 0n);
    added(rows);
  }
  t.is(total([...arena.f64(sums, 8)]), want);
});

test("a probability outside [0, 1] is noticed, and nothing is added", (t) => {
  arena.f64(sums, 8).fill(0);
  for (const p of [-0.1, 1.1, Number.NaN, Infinity, -Infinity])
    t.deepEqual(
      added([
        [1, 0.5],
        [0, p],
      ]),
      { right: 0, parts: [0, 0, 0, 0, 0, 0, 0, 0] },
    );
});
