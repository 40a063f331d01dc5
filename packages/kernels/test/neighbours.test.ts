import { NearestVectors, nearestTwin, type Similarity } from "@crossbill/kernels";
import test from "ava";
import fc from "fast-check";
import { bench, put, random } from "./training-support.js";

const SIMILARITIES: readonly Similarity[] = ["dot", "cosine", "euclidean"];

/** Vectors of small whole numbers: many are equally near. */
function drawn(seed: number, n: number, d: number, levels: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: n * d }, () => (levels > 0 ? Math.floor(next() * levels) - 1 : next() - 0.5));
}

test("the nearest vectors are those of the twin, bit by bit, whatever sizes, and of equally near ones the lower row is first", (t) => {
  for (const [n, d] of [
    [1, 1],
    [5, 3],
    [16, 4],
    [17, 25],
    [100, 2],
    [333, 7],
    [1000, 16],
  ] as const) {
    for (const levels of [0, 3]) {
      const vectors = drawn(n, n, d, levels);
      const search = new NearestVectors(vectors, d);
      for (const query of [drawn(n + 1, 1, d, levels), vectors.subarray(0, d)]) {
        for (const similarity of SIMILARITIES)
          for (const k of [1, 2, 10, n + 3])
            t.deepEqual(search.nearest(query, k, similarity), nearestTwin(vectors, d, query, k, similarity), `${n} ${d} ${similarity} ${k}`);
      }
    }
  }
});

test("a vector is the nearest to itself, and similarities are what they say", (t) => {
  const vectors = Float32Array.of(3, 4, -4, 3, 0, 0, 6, 8);
  const search = new NearestVectors(vectors, 2);
  const near = (similarity: Similarity) => {
    const { ids, scores } = search.nearest([3, 4], 4, similarity);
    return [...ids].map((id, i) => [id, Math.round(scores[i]! * 1e6) / 1e6]);
  };
  t.deepEqual(near("dot"), [
    [3, 50],
    [0, 25],
    [1, 0],
    [2, 0],
  ]);
  t.deepEqual(near("cosine"), [
    [0, 1],
    [3, 1],
    [1, 0],
    [2, 0],
  ]);
  t.deepEqual(near("euclidean"), [
    [0, 0],
    [2, 5],
    [3, 5],
    [1, 7.071068],
  ]);
});

test("ranges one after the other, or apart and folded, find what one scan finds", (t) => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 12 }), fc.nat(7), (seed, n, k, cut) => {
      const { arena, kernels } = bench(2 ** 17);
      const vectors = drawn(seed, n, 3, 4);
      const [at, blocks, query] = [put(arena, vectors), arena.take(64 * 3 * 8), put(arena, Float32Array.of(1, -1, 2))];
      kernels.neighbour_blocks(blocks, at, n, 3);
      const scan = (ranges: readonly (readonly [number, number])[]) => {
        const [ids, scores] = [arena.take(4 * k), arena.take(4 * k)];
        let found = 0;
        for (const [from, to] of ranges) found = kernels.nearest(ids, scores, found, k, from, to, blocks, 3, query, 0, 0);
        return { ids: arena.u32(ids, found).slice(), scores: arena.f32(scores, found).slice() };
      };
      const middle = Math.min(16 * cut, n);
      t.deepEqual(
        scan([
          [0, middle],
          [16 * cut, n],
        ]),
        scan([[0, n]]),
      );
      t.deepEqual(scan([[0, n]]), nearestTwin(vectors, 3, [1, -1, 2], k, "dot"));
    }),
    { numRuns: 60 },
  );
});

test("vectors that are not finite are none, sizes that do not fit are refused", (t) => {
  const search = new NearestVectors(Float32Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY, 2), 1);
  t.deepEqual([...search.nearest([1], 4, "dot").ids], [3, 0]);
  t.throws(() => new NearestVectors(new Float32Array(5), 2), { instanceOf: RangeError });
  t.throws(() => search.nearest([1, 2], 1, "dot"), { instanceOf: RangeError });
  t.throws(() => search.nearest([1], 0, "dot"), { instanceOf: RangeError });
  t.deepEqual([...new NearestVectors(new Float32Array(0), 3).nearest([0, 0, 0], 2, "cosine").ids], []);
});
