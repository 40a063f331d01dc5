import { type WeightTable, weightTable } from "../weight-table.js";
import type { TablePlan, TableWeights } from "./network-plan.js";

/** The vectors of a table by id. */
export class TableVectors {
  readonly dimension: number;
  /** Ascending. */
  readonly ids: Uint32Array;
  /** f32[ids][d] */
  readonly vectors: Float32Array;
  /** By id one more than its place among `ids`; 0: it has no vector. */
  readonly #places: WeightTable;

  constructor({ rows, dimension }: TablePlan, { ids, vectors }: TableWeights) {
    this.dimension = dimension;
    this.ids = ids;
    this.vectors = vectors;
    this.#places = weightTable(
      rows,
      ids,
      Float64Array.from(ids, (_, i) => i + 1),
    );
  }

  /** Where in `vectors` that of an id begins; -1: it has none. @throws E_MODEL_ID for an id that the column does not have */
  at(id: number): number {
    const place = this.#places.get(id);
    return place === 0 ? -1 : (place - 1) * this.dimension;
  }
}
