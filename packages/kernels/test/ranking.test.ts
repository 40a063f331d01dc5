import test from "ava";
import fc from "fast-check";
import { Arena, countedScores, createKernelMemory, instantiateKernels, type RankingRecord, rankingRecords, sortedRecords } from "../dist/index.js";

const memory = createKernelMemory(2 ** 22);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);
const ROOM = 2 ** 18;
const [keys, spare, other, scores, weights, labels, state] = [1, 2, 3, 4, 5, 6, 7].map(() => arena.take(ROOM)) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
const counts = arena.take(12 << 11);

const mixed = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer({ min: -3, max: 3 }).map((k) => k / 4),
  fc.constantFrom(0, -0, 5e-324, -5e-324, Infinity, -Infinity),
);
/** Seeded rows of shapes that the sort treats each in its own way. */
const SHAPES: Readonly<Record<string, (u: number, i: number) => number>> = {
  uniform: (u) => u,
  signed: (u) => (u - 0.5) * 1e300 ** u,
  float32: (u) => Math.fround(u),
  tied: (u) => Math.floor(u * 20) / 20,
  "equal in the upper 40 bits": (u) => 1 + Math.floor(u * 2 ** 24) * 2 ** -52,
  "in runs of 100": (u, i) => 1 + (i % 30) / 32 + Math.floor(u * 2 ** 14) * 2 ** -52,
  "in runs of 2000": (u, i) => 1 + (i % 3) / 4 + Math.floor(u * 2 ** 14) * 2 ** -52,
  "of one value": () => 0.25,
};

function uniform(n: number, seed: number): number[] {
  let s = seed;
  return Array.from({ length: n }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  });
}

/** Rows split in parts of 1000. */
function split(y: readonly number[], s: readonly number[], w: readonly number[] | undefined): number {
  arena.u32(state, 2).fill(0);
  let right = 1;
  for (let from = 0; from < y.length; from += 1000) {
    const part = y.slice(from, from + 1000);
    arena.u8(labels, part.length).set(part);
    arena.f64(scores, part.length).set(s.slice(from, from + 1000));
    if (w !== undefined) arena.f64(weights, part.length).set(w.slice(from, from + 1000));
    right &= kernels.ranking_split_f64(keys, other, state, scores, w === undefined ? 0 : weights, labels, part.length);
  }
  return right;
}

function records(at: number, n: number, width: number): RankingRecord[] {
  const words = new BigUint64Array(memory.buffer, at, (n * width) / 8);
  const numbers = arena.f64(at, (n * width) / 8);
  return Array.from({ length: n }, (_, i) => ({ key: words[(i * width) / 8]!, weight: width === 8 ? 1 : numbers[i * 2 + 1]! }));
}

const text = (list: readonly RankingRecord[]): string => list.map(({ key, weight }) => `${key} ${weight}`).join("\n");
const sizes = (): [number, number] => [...arena.u32(state, 2)] as [number, number];

for (const weighted of [false, true])
  test(`rows are split, sorted and merged as by the twin${weighted ? ", with weights" : ""}`, (t) => {
    const width = weighted ? 16 : 8;
    const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), mixed, fc.constantFrom(0, 0.5, 1, 3)), { maxLength: 200 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 50 }), (all, limit) => {
        const [y, s] = [all.map((row) => row[0]), all.map((row) => row[1])];
        const w = weighted ? all.map((row) => row[2]) : undefined;
        t.is(split(y, s, w), 1);
        const [p, q] = sizes();
        t.deepEqual(records(keys, p, width), rankingRecords(s, y, 1, w));
        t.deepEqual(records(other, q, width), rankingRecords(s, y, 0, w));
        kernels.sort_u64(keys, spare, counts, width, p);
        kernels.sort_u64(other, spare, counts, width, q);
        t.deepEqual(records(keys, p, width), sortedRecords(rankingRecords(s, y, 1, w)));
        const kept = all.filter((row) => !weighted || row[2] > 0);
        const merged = [];
        for (;;) {
          const size = kernels.ranking_merge_u64(scores, weights, labels, limit, state, keys, other, width);
          for (let k = 0; k < size; k++)
            merged.push({ threshold: arena.f64(scores, size)[k]!, positives: arena.u32(weights, size)[k]!, negatives: arena.u32(labels, size)[k]! });
          if (size < limit) break;
        }
        t.deepEqual(
          merged,
          countedScores(
            kept.map((row) => row[1]),
            kept.map((row) => row[0]),
          ),
        );
      }),
      { numRuns: 150 },
    );
  });

for (const [shape, of] of Object.entries(SHAPES))
  test(`records whose keys are ${shape} are sorted, stably, at once and by steps`, (t) => {
    for (const [n, width] of [
      [9000, 8],
      [9000, 16],
      [700, 16],
    ] as const) {
      const u = uniform(n, 7);
      const s = u.map(of);
      const w = u.map((_, i) => i + 1);
      const want = text(sortedRecords(rankingRecords(s, Array<number>(n).fill(1), 1, width === 16 ? w : undefined)));
      const fill = (): number => split(Array<number>(n).fill(1), s, width === 16 ? w : undefined);
      t.is(fill(), 1);
      kernels.sort_u64(keys, spare, counts, width, n);
      t.is(text(records(keys, n, width)), want);

      fill();
      let top = 0;
      for (let from = 0; from < n; from += 1000) top = Math.max(top, kernels.sort_varying_u64(keys + from * width, width, Math.min(1000, n - from), keys));
      const shift = Math.max(0, top - 33);
      kernels.fill_bytes(counts, 0, 12 << 11);
      for (let from = 0; from < n; from += 1000) kernels.sort_count_u64(counts, keys + from * width, width, Math.min(1000, n - from), shift, 11);
      let [here, there] = [keys, spare];
      for (let digit = 0; digit < 3; digit++) {
        if (kernels.sort_starts_u32(counts + digit * (4 << 11), 11) === 0) continue;
        for (let from = 0; from < n; from += 1000)
          kernels.sort_scatter_u64(there, counts + digit * (4 << 11), here + from * width, width, Math.min(1000, n - from), shift + digit * 11, 11);
        [here, there] = [there, here];
      }
      for (let from = 0; from < n; ) from = kernels.sort_runs_u64(here, there, counts, width, from, Math.min(n, from + 1000), n, shift);
      t.is(text(records(here, n, width)), want);
    }
  });

test("scores that are NaN and weights that are none are noticed", (t) => {
  t.is(split([1, 0], [0.5, Number.NaN], undefined), 0);
  t.is(split([1, 0], [0.5, Number.NaN], [1, 0]), 0);
  for (const w of [-1, Number.NaN, Infinity]) t.is(split([1, 0], [0.5, 0.25], [w, 1]), 0);
  t.is(split([1, 0], [0.5, 0.25], [0, 1]), 1);
  t.deepEqual(sizes(), [0, 1]);
});
