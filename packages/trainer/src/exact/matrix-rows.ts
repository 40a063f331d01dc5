import type { SourceRows } from "../block-source.js";
import { type Inputs, transformOf } from "../inputs.js";

/** Entries of rows of any length, features in [0, F): row i holds entries [offsets[i], offsets[i + 1]), offsets[0] = 0. */
export interface Entries {
  readonly offsets: Uint32Array;
  readonly features: Uint32Array;
  /** null: all 1. */
  readonly values: Float64Array | null;
}

/** Consecutive rows of the training matrix: entries of value 1, and those with a value, apart. A feature's number may stand in a row several times: they add up. */
export interface MatrixRows {
  readonly rows: number;
  readonly label: Float64Array;
  readonly weight: Float64Array;
  readonly ones: Entries;
  readonly valued: Entries;
}

/** Collects entries row by row. */
class EntryList {
  readonly #offsets: Uint32Array;
  #features: Uint32Array;
  #values: Float64Array | null;
  #rows = 0;
  #n = 0;

  constructor(rows: number, valued: boolean, capacity: number) {
    this.#offsets = new Uint32Array(rows + 1);
    this.#features = new Uint32Array(capacity);
    this.#values = valued ? new Float64Array(capacity) : null;
  }

  add(feature: number, value: number): void {
    if (this.#n === this.#features.length) this.#grow();
    this.#features[this.#n] = feature;
    if (this.#values !== null) this.#values[this.#n] = value;
    this.#n++;
  }

  endRow(): void {
    this.#offsets[++this.#rows] = this.#n;
  }

  entries(): Entries {
    return { offsets: this.#offsets, features: this.#features.subarray(0, this.#n), values: this.#values?.subarray(0, this.#n) ?? null };
  }

  #grow(): void {
    const features = new Uint32Array(2 * this.#n + 16);
    features.set(this.#features);
    this.#features = features;
    if (this.#values === null) return;
    const values = new Float64Array(features.length);
    values.set(this.#values);
    this.#values = values;
  }
}

/** Rows as a pack holds them, as the model sees them: scaled numbers that are 0 leave no entry. @throws E_CORRUPT by `checked` for an id outside its column */
export function matrixRows(source: SourceRows, inputs: Inputs, checked: (column: string, id: number, size: number) => void): MatrixRows {
  const { rows } = source;
  const categorical = inputs.categorical.map((column) => ({ ...column, ids: source.ids(column.name) }));
  const multi = inputs.multi.map((column) => ({ ...column, ...source.pairs(column.name) }));
  const numeric = inputs.numeric.map((column) => ({ ...column, numbers: source.numbers(column.name), ...transformOf(column) }));
  const ones = new EntryList(rows, false, rows * categorical.length);
  const valued = new EntryList(rows, true, rows * numeric.length);
  const list = (values: Float64Array | null): EntryList => (values === null ? ones : valued);
  for (let r = 0; r < rows; r++) {
    for (const { name, ids, offset, size } of categorical) {
      const id = ids[r]!;
      if (id >= size) checked(name, id, size);
      ones.add(offset + id, 1);
    }
    for (const { name, ids, values, offsets, offset, size } of multi) {
      const end = offsets[r + 1]! - offsets[0]!;
      for (let i = offsets[r]! - offsets[0]!; i < end; i++) {
        const id = ids[i]!;
        if (id >= size) checked(name, id, size);
        list(values).add(offset + id, values === null ? 1 : values[i]!);
      }
    }
    for (const { numbers, apply, isMissing, offset, inputs: n } of numeric) {
      const value = apply(numbers[r]!);
      if (value !== 0) valued.add(offset, value);
      if (n === 2 && isMissing(numbers[r]!)) ones.add(offset + 1, 1);
    }
    ones.endRow();
    valued.endRow();
  }
  return { rows, label: source.label, weight: source.weight, ones: ones.entries(), valued: valued.entries() };
}
