import type { Row } from "@crossbill/columns";
import { NearestVectors } from "@crossbill/kernels";
import type { Model } from "../model.js";
import type { EmbedPart } from "./embed-row.js";
import { checkSearch, type NeighbourOptions, nearestBeside, refuseNeighbours } from "./neighbours.js";

export interface NearExample {
  /** Which of the examples. */
  readonly index: number;
  /** Larger is nearer, float32. */
  readonly similarity: number;
}

/** Rows by their vectors in a network (see `Model.embed`), and which of them are near to one. */
export class Examples {
  readonly #model: Model;
  readonly #part: EmbedPart;
  readonly #nearest: NearestVectors;
  readonly dimension: number;
  /** f32[rows][d] */
  readonly vectors: Float32Array;

  /** @throws E_EMBEDDING (exit code 2) where the model has no such part; E_NEIGHBOURS (exit code 2) without rows */
  constructor(model: Model, rows: readonly Row[], part: EmbedPart) {
    if (rows.length === 0) refuseNeighbours("there are no examples; give a row at least");
    const vectors = model.embed(rows, part);
    this.#model = model;
    this.#part = part;
    this.dimension = vectors[0]!.length;
    this.vectors = new Float32Array(rows.length * this.dimension);
    for (const [i, vector] of vectors.entries()) this.vectors.set(vector, i * this.dimension);
    this.#nearest = new NearestVectors(this.vectors, this.dimension);
  }

  /**
   * The examples nearest to another row, to a vector, or to one of them by its index (which is left out); nearest first, of equally near ones the lower index. Exact.
   * @throws E_NEIGHBOURS (exit code 2) for options that do not fit
   */
  neighbours(of: Row | Float32Array | number, options: Omit<NeighbourOptions, "among"> = {}): NearExample[] {
    const { k = 10, metric = "cosine", excludeSelf = true } = options;
    checkSearch(k, metric);
    const d = this.dimension;
    const self = typeof of === "number" ? of : -1;
    if (typeof of === "number" && this.vectors.length < (of + 1) * d) refuseNeighbours(`example ${of}; there are ${this.vectors.length / d}, from 0 on`);
    const query = typeof of === "number" ? this.vectors.subarray(of * d, (of + 1) * d) : of instanceof Float32Array ? of : this.#model.embed(of, this.#part);
    if (query.length !== d) refuseNeighbours(`a vector of ${query.length} numbers; those of the examples have ${d}`);
    return nearestBeside(this.#nearest, query, excludeSelf ? self : -1, k, metric);
  }
}
