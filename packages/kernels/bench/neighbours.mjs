// The exact nearest of 500,000 vectors of 25 numbers: ms a query of NearestVectors beside a plain TypeScript scan with a sorted list of the best.
import { NearestVectors } from "@crossbill/kernels";

const N = 500_000;
const D = 25;
const K = 10;
const QUERIES = 40;

let seed = 1;
const next = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32 - 0.5;
};
const vectors = Float32Array.from({ length: N * D }, next);
const queries = Array.from({ length: QUERIES }, () => Float32Array.from({ length: D }, next));

function plainScan(query) {
  const best = [];
  for (let row = 0; row < N; row++) {
    let sum = 0;
    for (let e = 0; e < D; e++) sum += query[e] * vectors[row * D + e];
    if (best.length === K && !(sum > best[K - 1].score)) continue;
    let at = best.length;
    while (at > 0 && best[at - 1].score < sum) at--;
    best.splice(at, 0, { id: row, score: sum });
    if (best.length > K) best.pop();
  }
  return best;
}

/** Best and median milliseconds a call. */
function timed(run) {
  const times = queries.map((query) => {
    const start = performance.now();
    run(query);
    return performance.now() - start;
  });
  times.sort((a, b) => a - b);
  return { best: times[0], median: times[times.length >> 1] };
}
const shown = ({ best, median }) => `${median.toFixed(2)} ms a query (best ${best.toFixed(2)})`;

const start = performance.now();
const search = new NearestVectors(vectors, D);
console.log(`${N} vectors of ${D}, the ${K} nearest; made in ${(performance.now() - start).toFixed(0)} ms`);
const plain = timed(plainScan);
console.log(`plain scan, dot:       ${shown(plain)}`);
for (const similarity of ["dot", "cosine", "euclidean"]) {
  const kernel = timed((query) => search.nearest(query, K, similarity));
  console.log(`kernel, ${similarity.padEnd(13)}  ${shown(kernel)}, ${(plain.median / kernel.median).toFixed(1)} times as fast`);
}
