import { pairwiseTreeFold, QuantileSketch, RandomStream } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";

const EXACT_LIMIT = 100_000;
/** The stated bound on the share of weight by which any rank is off, for n rows of weight 1. */
const bound = (n: number): number => (n <= EXACT_LIMIT ? 0 : (2 * (2 + Math.log2(n / EXACT_LIMIT)) ** 2) / EXACT_LIMIT);

const DRAWS: Readonly<Record<string, (random: RandomStream, i: number) => number>> = {
  "spread evenly": (random) => random.uniform(),
  "in bell shape, cubed": (random) => random.normal() ** 3,
  rising: (_, i) => i,
  falling: (_, i) => -i,
  "of few great and many rare values": (random) => Math.floor(1 / (1 - random.uniform()) ** 2),
  "half of them zero": (random) => (random.bernoulli(0.5) ? 0 : random.uniform()),
};

/** Fold of shards as other threads would hand them over; shard i holds rows [cuts[i], cuts[i + 1]). */
function folded(values: Float64Array, cuts: readonly number[]): QuantileSketch {
  const parts = cuts.slice(1).map((end, i) => {
    const part = new QuantileSketch();
    part.addArray(values.subarray(cuts[i]!, end));
    return QuantileSketch.fromBytes(part.toBytes());
  });
  return pairwiseTreeFold(parts, (a, b) => a.merge(b));
}

/** The largest difference of a rank (rows <= x) between sketch and rows, over all x. */
function worstRank(sketch: QuantileSketch, values: Float64Array): number {
  const sorted = values.slice().sort();
  const { values: x, weights } = sketch.entries;
  let [worst, rank, below] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    while (below < sorted.length && sorted[below]! < x[i]!) below++;
    worst = Math.max(worst, Math.abs(rank - below)); // just below x[i]
    let upTo = below;
    while (upTo < sorted.length && sorted[upTo]! <= x[i]!) upTo++;
    rank += weights[i]!;
    worst = Math.max(worst, Math.abs(rank - upTo));
  }
  return worst;
}

function evenCuts(n: number, shards: number): number[] {
  return Array.from({ length: shards + 1 }, (_, i) => Math.floor((n * i) / shards));
}

test("whatever the values and the shards, no rank is off by more than rankError says, and that is within the stated bound", (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(DRAWS)),
      fc.integer({ min: 90_000, max: 450_000 }),
      fc.nat(2 ** 31),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }),
      (name, n, seed, at) => {
        const random = new RandomStream(seed, 0);
        const values = Float64Array.from({ length: n }, (_, i) => DRAWS[name]!(random, i));
        const cuts = [0, ...at.map((share) => Math.floor(share * n)).sort((a, b) => a - b), n];
        const sketch = folded(values, cuts);
        const distinct = new Set(values).size;
        t.is(sketch.totalWeight, n);
        if (distinct <= EXACT_LIMIT) t.is(sketch.rankError, 0);
        t.true(sketch.rankError <= bound(n) * n, `${name}, ${n} rows: ${sketch.rankError} beyond ${bound(n) * n}`);
        const worst = worstRank(sketch, values);
        t.true(worst <= sketch.rankError, `${name}, ${n} rows: ${worst} beyond ${sketch.rankError}`);
      },
    ),
    { numRuns: 10 },
  );
});

test("exact up to 100,000 distinct values, whatever the number of rows and shards", (t) => {
  const values = Float64Array.from({ length: 300_000 }, (_, i) => (i * 7919) % EXACT_LIMIT);
  const sketch = folded(values, evenCuts(values.length, 7));
  t.is(sketch.rankError, 0);
  t.is(worstRank(sketch, values), 0);
  const one = folded(Float64Array.from([...values, 0.5]), evenCuts(values.length + 1, 7));
  t.true(one.rankError > 0, "one value more, and it is not");
});

test("from 1 to 1,000 shards what is held stays flat, and so does the error", (t) => {
  const n = 600_000;
  const random = new RandomStream(5, 0);
  const values = Float64Array.from({ length: n }, () => random.uniform());
  for (const shards of [1, 10, 100, 1000]) {
    const sketch = folded(values, evenCuts(n, shards));
    t.true(sketch.toBytes().length <= 40 + 16 * EXACT_LIMIT, `${shards} shards: ${sketch.toBytes().length} bytes`);
    t.true(sketch.rankError <= bound(n) * n, `${shards} shards: ${sketch.rankError}`);
    t.true(worstRank(sketch, values) <= sketch.rankError);
  }
});
