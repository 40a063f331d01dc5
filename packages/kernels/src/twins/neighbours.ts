import { type Neighbours, type Similarity, unitVector } from "../nearest-vectors.js";

const f32 = Math.fround;

/** Slow twin of {@link NearestVectors}: every vector is scored, all are sorted. */
export function nearestTwin(vectors: Float32Array, dimension: number, query: ArrayLike<number>, k: number, similarity: Similarity): Neighbours {
  const q = Float32Array.from(similarity === "cosine" ? unitVector(query) : query);
  const rows = Array.from({ length: vectors.length / dimension }, (_, id) => {
    const x = vectors.subarray(id * dimension, (id + 1) * dimension);
    return { id, score: scoreTwin(x, q, similarity) };
  }).filter(({ score }) => score > Number.NEGATIVE_INFINITY);
  const best = rows.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, k);
  return {
    ids: Uint32Array.from(best, ({ id }) => id),
    scores: Float32Array.from(best, ({ score }) => (similarity === "euclidean" ? Math.sqrt(0 - score) : score)),
  };
}

function scoreTwin(x: Float32Array, q: Float32Array, similarity: Similarity): number {
  let [sum, squares] = [0, 0];
  for (const [e, number] of x.entries()) {
    const off = f32(number - q[e]!);
    sum = similarity === "euclidean" ? f32(sum - f32(off * off)) : f32(sum + f32(q[e]! * number));
    squares = f32(squares + f32(number * number));
  }
  if (similarity !== "cosine") return sum;
  return f32(sum * (squares > 0 ? f32(1 / f32(Math.sqrt(squares))) : 0));
}
