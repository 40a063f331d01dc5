import { Arena } from "./arena.js";
import type { KernelExports } from "./exports.js";
import { createKernelMemory, instantiateKernels, PAGE_BYTES } from "./module.js";

/** Product; product of the vectors at length 1 (0 where one is 0); Euclidean distance, smaller ones are nearer. */
export type Similarity = "dot" | "cosine" | "euclidean";

export interface Neighbours {
  /** Rows, nearest first; of equally near ones the lower row first. */
  readonly ids: Uint32Array;
  /** f32 beside ids: similarities, or distances. */
  readonly scores: Float32Array;
}

/** Vectors that are brought into blocks at a time: a multiple of 16. */
const PART_ROWS = 16_384;

/** Exact search among vectors, which it copies into a memory of its own: every vector is looked at. The same bits on every machine. */
export class NearestVectors {
  readonly size: number;
  readonly dimension: number;
  readonly #arena: Arena;
  readonly #kernels: KernelExports;
  readonly #blocks: number;
  readonly #norms: number;
  readonly #query: number;
  readonly #top: number;

  /**
   * @param vectors f32[N][d]
   * @throws RangeError where N or d do not fit, or more than 4 GiB are needed
   */
  constructor(vectors: Float32Array, dimension: number) {
    const n = vectors.length / dimension;
    if (!Number.isInteger(dimension) || dimension < 1 || !Number.isInteger(n))
      throw new RangeError(`nearest vectors: ${vectors.length} numbers are no vectors of ${dimension}`);
    this.size = n;
    this.dimension = dimension;
    const blocks = Math.ceil(n / 16);
    const part = Math.min(PART_ROWS, 16 * blocks);
    const memory = createKernelMemory(64 * blocks * (dimension + 1) + 4 * part * dimension + 4 * PAGE_BYTES, 2 ** 32);
    this.#arena = new Arena(memory);
    this.#kernels = instantiateKernels(memory);
    this.#blocks = this.#arena.take(64 * blocks * dimension);
    this.#norms = this.#arena.take(64 * blocks);
    this.#query = this.#arena.take(4 * dimension);
    this.#top = this.#arena.mark();
    const at = this.#arena.take(4 * part * dimension);
    for (let from = 0; from < n; from += part) {
      const rows = Math.min(part, n - from);
      this.#arena.f32(at, rows * dimension).set(vectors.subarray(from * dimension, (from + rows) * dimension));
      this.#kernels.neighbour_blocks(this.#blocks + 4 * from * dimension, at, rows, dimension);
    }
    this.#kernels.neighbour_norms(this.#norms, this.#blocks, n, dimension);
    this.#arena.release(this.#top);
  }

  /** The k nearest to a query of `dimension` numbers; fewer where there are no more. Sums are in float32, number after number; of cosine the query's numbers are divided by its length first. */
  nearest(query: ArrayLike<number>, k: number, similarity: Similarity): Neighbours {
    if (query.length !== this.dimension) throw new RangeError(`nearest vectors: the query has ${query.length} numbers; allowed is ${this.dimension}`);
    if (!Number.isInteger(k) || k < 1) throw new RangeError(`nearest vectors: k is ${k}; allowed is an integer from 1`);
    const most = Math.min(k, this.size);
    if (most === 0) return { ids: new Uint32Array(0), scores: new Float32Array(0) };
    const numbers = this.#arena.f32(this.#query, this.dimension);
    numbers.set(similarity === "cosine" ? unitVector(query) : query);
    const [ids, scores] = [this.#arena.take(4 * most), this.#arena.take(4 * most)];
    const norms = similarity === "cosine" ? this.#norms : 0;
    const far = similarity === "euclidean";
    const found = this.#kernels.nearest(ids, scores, 0, most, 0, this.size, this.#blocks, this.dimension, this.#query, norms, far);
    const result = { ids: this.#arena.u32(ids, found).slice(), scores: this.#arena.f32(scores, found).map((score) => (far ? Math.sqrt(0 - score) : score)) };
    this.#arena.release(this.#top);
    return result;
  }
}

/** The numbers divided by the root of the sum of their squares, in order; zeros where that is 0. */
export function unitVector(numbers: ArrayLike<number>): Float64Array {
  let sum = 0;
  for (let e = 0; e < numbers.length; e++) sum += numbers[e]! * numbers[e]!;
  const length = Math.sqrt(sum);
  return Float64Array.from(numbers, (x) => (length > 0 ? x / length : 0));
}
