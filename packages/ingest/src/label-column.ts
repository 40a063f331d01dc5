import type { ArrowColumn } from "./arrow/arrow-metadata.js";
import { Growable } from "./growable.js";

/** Label vectors of a pack's open record batch: lists of K numbers. */
export class LabelColumn {
  readonly #width: number;
  readonly #values = new Growable((n: number): Float64Array => new Float64Array(n));

  /** @param width K */
  constructor(width: number) {
    this.#width = width;
  }

  /** Appends the rows in `selected` of labels f64[rows][K]. */
  add(labels: Float64Array, selected: Uint32Array): void {
    const K = this.#width;
    for (const row of selected) this.#values.extend(K).set(labels.subarray(row * K, (row + 1) * K));
  }

  /** Valid until the next call. */
  column(): ArrowColumn {
    const items = this.#values.view();
    const length = items.length / this.#width;
    return {
      length,
      nulls: 0,
      validity: null,
      buffers: [Int32Array.from({ length: length + 1 }, (_, r) => r * this.#width)],
      child: { length: items.length, nulls: 0, validity: null, buffers: [items] },
    };
  }

  clear(): void {
    this.#values.clear();
  }
}
