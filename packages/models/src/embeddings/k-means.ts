import { CrossbillError } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import type { Model } from "../model.js";
import { embeddingOf } from "./embedding-of.js";

export interface Clustering {
  /** u32[n]: the cluster of each vector. */
  readonly clusters: Uint32Array;
  /** f64[k][d] */
  readonly centres: Float64Array;
  /** Sum of squared distances to the own centre. */
  readonly inertia: number;
  readonly rounds: number;
}

const MOST_ROUNDS = 100;

/**
 * k-means: centres chosen by k-means++ (Arthur, Vassilvitskii 2007), then Lloyd's rounds until no vector changes its cluster, 100 at most. A vector belongs to the nearest centre, of equally near ones the first; sums are
 * float64 in the order of the vectors, so the result depends on them, k and the seed alone. A cluster that loses all vectors gets the one farthest from its centre.
 * @param vectors f32[n][d] @throws E_CLUSTERS (exit code 2) for k that is not in [1, n]
 */
export function kMeans(vectors: Float32Array, dimension: number, k: number, seed = 0): Clustering {
  const n = vectors.length / dimension;
  if (!Number.isInteger(k) || k < 1 || k > n)
    throw new CrossbillError("E_CLUSTERS", `${k} clusters of ${n} vectors; a whole number from 1 to their number is allowed`, { exitCode: 2 });
  const centres = firstCentres(vectors, dimension, k, new RandomStream(seed));
  const clusters = new Uint32Array(n);
  const distances = new Float64Array(n);
  for (let rounds = 1; ; rounds++) {
    const changed = assign(clusters, distances, vectors, centres, dimension);
    if ((rounds > 1 && !changed) || rounds === MOST_ROUNDS) return { clusters, centres, inertia: distances.reduce((sum, x) => sum + x, 0), rounds };
    move(centres, clusters, distances, vectors, dimension);
  }
}

/** k-means over the values of a column. @throws E_EMBEDDING, E_CLUSTERS (exit code 2) */
export function clusters(model: Model, column: string, k: number, seed = 0): Clustering & { readonly keys: readonly string[] } {
  const { keys, vectors, dimension } = embeddingOf(model, column);
  return { keys, ...kMeans(vectors, dimension, k, seed) };
}

/** The first at random, each next with probability in proportion to the squared distance to the nearest so far (where all are 0, the first vectors). */
function firstCentres(vectors: Float32Array, d: number, k: number, random: RandomStream): Float64Array {
  const n = vectors.length / d;
  const centres = new Float64Array(k * d);
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  let chosen = random.below(n);
  for (let c = 0; c < k; c++) {
    for (let j = 0; j < d; j++) centres[c * d + j] = vectors[chosen * d + j]!;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      nearest[i] = Math.min(nearest[i]!, squaredDistance(vectors, i, centres, c, d));
      sum += nearest[i]!;
    }
    const at = random.uniform() * sum;
    chosen = 0;
    for (let i = 0, passed = 0; i < n; i++) {
      if (nearest[i] === 0) continue;
      chosen = i;
      passed += nearest[i]!;
      if (passed > at) break;
    }
  }
  return centres;
}

/** Returns whether a vector changed its cluster. */
function assign(clusters: Uint32Array, distances: Float64Array, vectors: Float32Array, centres: Float64Array, d: number): boolean {
  const k = centres.length / d;
  let changed = false;
  for (let i = 0; i < clusters.length; i++) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let c = 0; c < k; c++) {
      const distance = squaredDistance(vectors, i, centres, c, d);
      if (distance < least) {
        least = distance;
        best = c;
      }
    }
    if (clusters[i] !== best) changed = true;
    clusters[i] = best;
    distances[i] = least;
  }
  return changed;
}

/** Centres become means. */
function move(centres: Float64Array, clusters: Uint32Array, distances: Float64Array, vectors: Float32Array, d: number): void {
  const k = centres.length / d;
  const sizes = new Uint32Array(k);
  const sums = new Float64Array(k * d);
  for (let i = 0; i < clusters.length; i++) {
    const c = clusters[i]!;
    sizes[c]!++;
    for (let j = 0; j < d; j++) sums[c * d + j] = sums[c * d + j]! + vectors[i * d + j]!;
  }
  const left = distances.slice();
  for (let c = 0; c < k; c++) {
    if (sizes[c]! > 0) {
      for (let j = 0; j < d; j++) centres[c * d + j] = sums[c * d + j]! / sizes[c]!;
      continue;
    }
    let farthest = 0;
    for (let i = 1; i < left.length; i++) if (left[i]! > left[farthest]!) farthest = i;
    left[farthest] = 0;
    for (let j = 0; j < d; j++) centres[c * d + j] = vectors[farthest * d + j]!;
  }
}

function squaredDistance(vectors: Float32Array, i: number, centres: Float64Array, c: number, d: number): number {
  let sum = 0;
  for (let j = 0, a = i * d, b = c * d; j < d; j++, a++, b++) {
    const off = vectors[a]! - centres[b]!;
    sum += off * off;
  }
  return sum;
}
