import type { NearestVectors, Similarity } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import type { Model } from "../model.js";
import { embeddingOf, nearestOf, rowOf } from "./embedding-of.js";

export interface NeighbourOptions {
  /** How many; default 10. */
  readonly k?: number;
  /** cosine (default): of the angle; dot: product; euclidean: minus the distance. */
  readonly metric?: Similarity;
  /** Of a value: it is not among its own neighbours; default true. */
  readonly excludeSelf?: boolean;
  /** Of a vocabulary: among so many of its values with a vector alone, those that were the most frequent ones when they were learned. The vectors of rare values say little. Default: all. */
  readonly among?: number;
}

export interface Neighbour {
  readonly key: string;
  /** Larger is nearer, float32. */
  readonly similarity: number;
}

export const METRICS: readonly Similarity[] = ["cosine", "dot", "euclidean"];

/**
 * The values of a column whose vectors are nearest to that of a value, or to a vector of d numbers; nearest first, of equally near ones the lower id. Exact: every vector is looked at.
 * @throws E_EMBEDDING, E_KEY, E_NEIGHBOURS (exit code 2) for a model, a value, or options that do not fit
 */
export function neighbours(model: Model, column: string, of: string | ArrayLike<number>, options: NeighbourOptions = {}): Neighbour[] {
  const { k = 10, metric = "cosine", excludeSelf = true, among } = options;
  const { keys, vectors, dimension } = embeddingOf(model, column);
  checkSearch(k, metric);
  if (among !== undefined && (!Number.isInteger(among) || among < 1)) refuseNeighbours(`among is ${among}; a whole number from 1 is allowed`);
  const self = typeof of === "string" ? rowOf(model, column, of) : -1;
  const query = typeof of === "string" ? vectors.subarray(self * dimension, (self + 1) * dimension) : of;
  if (query.length !== dimension) refuseNeighbours(`a vector of ${query.length} numbers; those of column "${column}" have ${dimension}`);
  return nearestBeside(nearestOf(model, column, among), query, excludeSelf ? self : -1, k, metric).map(({ index, similarity }) => ({
    key: keys[index]!,
    similarity,
  }));
}

/** The k nearest vectors by their index, without `self`; -1: all may be among them. */
export function nearestBeside(
  nearest: NearestVectors,
  query: ArrayLike<number>,
  self: number,
  k: number,
  metric: Similarity,
): { readonly index: number; readonly similarity: number }[] {
  const { ids, scores } = nearest.nearest(query, self >= 0 ? k + 1 : k, metric);
  const sign = metric === "euclidean" ? -1 : 1;
  return Array.from(ids, (index, i) => ({ index, similarity: sign * scores[i]! }))
    .filter(({ index }) => index !== self)
    .slice(0, k);
}

/** @throws E_NEIGHBOURS (exit code 2) */
export function checkSearch(k: number, metric: Similarity): void {
  if (!Number.isInteger(k) || k < 1) refuseNeighbours(`k is ${k}; a whole number from 1 is allowed`);
  if (!METRICS.includes(metric)) refuseNeighbours(`metric ${JSON.stringify(metric)}; there are ${METRICS.join(", ")}`);
}

export function refuseNeighbours(problem: string): never {
  throw new CrossbillError("E_NEIGHBOURS", `neighbours: ${problem}`, { exitCode: 2 });
}
