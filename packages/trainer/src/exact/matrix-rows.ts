import { type Inputs, transformOf } from "../blocks/inputs.js";
import type { SourceRows } from "../rows/block-source.js";

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

/** Entries that one input has in some of the rows, one at most in each. */
interface Scalars {
  readonly feature: number;
  /** f64[rows]: where it is not 0, there is an entry. */
  readonly values: Float64Array;
}

/** Entries that are put in column by column: first it is said how many each row has. */
class EntryTable {
  readonly offsets: Uint32Array;
  readonly #rows: number;
  #features = new Uint32Array(0);
  #values: Float64Array | null;
  #next = new Uint32Array(0);

  constructor(rows: number, valued: boolean) {
    this.#rows = rows;
    this.offsets = new Uint32Array(rows + 1);
    this.#values = valued ? new Float64Array(0) : null;
  }

  /** Row r has `count` entries more. */
  expect(r: number, count: number): void {
    this.offsets[r + 1] = this.offsets[r + 1]! + count;
  }

  /** All are said: makes room. */
  begin(): void {
    const { offsets } = this;
    for (let r = 0; r < this.#rows; r++) offsets[r + 1] = offsets[r]! + offsets[r + 1]!;
    this.#features = new Uint32Array(offsets[this.#rows]!);
    if (this.#values !== null) this.#values = new Float64Array(this.#features.length);
    this.#next = offsets.slice(0, this.#rows);
  }

  ids(ids: Uint32Array, offset: number): void {
    const [next, features] = [this.#next, this.#features];
    for (let r = 0; r < this.#rows; r++) {
      const at = next[r]!;
      next[r] = at + 1;
      features[at] = offset + ids[r]!;
    }
  }

  pairs(offsets: Int32Array, ids: Uint32Array, values: Float64Array | null, offset: number): void {
    const [next, features, own] = [this.#next, this.#features, this.#values];
    const first = offsets[0]!;
    for (let r = 0; r < this.#rows; r++) {
      let at = next[r]!;
      for (let i = offsets[r]! - first; i < offsets[r + 1]! - first; i++) {
        features[at] = offset + ids[i]!;
        if (own !== null) own[at] = values![i]!;
        at++;
      }
      next[r] = at;
    }
  }

  scalars({ feature, values }: Scalars): void {
    const [next, features, own] = [this.#next, this.#features, this.#values];
    for (let r = 0; r < this.#rows; r++) {
      if (values[r] === 0) continue;
      const at = next[r]!;
      next[r] = at + 1;
      features[at] = feature;
      if (own !== null) own[at] = values[r]!;
    }
  }

  entries(): Entries {
    return { offsets: this.offsets, features: this.#features, values: this.#values };
  }
}

/** Rows as a pack holds them, as the model sees them: scaled numbers that are 0 leave no entry. @throws E_CORRUPT by `checked` for an id outside its column */
export function matrixRows(source: SourceRows, inputs: Inputs, checked: (column: string, id: number, size: number) => void): MatrixRows {
  const { rows } = source;
  const categorical = inputs.categorical.map((column) => ({ ...column, ids: source.ids(column.name) }));
  const multi = inputs.multi.map((column) => ({ ...column, ...source.pairs(column.name) }));
  const numbers = inputs.numeric.map((column) => scalarsOf(column, source.numbers(column.name), rows));
  for (const { name, ids, size } of [...categorical, ...multi]) for (let i = 0; i < ids.length; i++) if (ids[i]! >= size) checked(name, ids[i]!, size);
  const [ones, valued] = [new EntryTable(rows, false), new EntryTable(rows, true)];
  for (let r = 0; r < rows; r++) ones.expect(r, categorical.length);
  for (const { offsets, values } of multi) for (let r = 0; r < rows; r++) (values === null ? ones : valued).expect(r, offsets[r + 1]! - offsets[r]!);
  for (const { number, missing } of numbers) {
    for (let r = 0; r < rows; r++) if (number.values[r] !== 0) valued.expect(r, 1);
    for (let r = 0; missing !== null && r < rows; r++) if (missing.values[r] !== 0) ones.expect(r, 1);
  }
  ones.begin();
  valued.begin();
  for (const { ids, offset } of categorical) ones.ids(ids, offset);
  for (const { offsets, ids, values, offset } of multi) (values === null ? ones : valued).pairs(offsets, ids, values, offset);
  for (const { number, missing } of numbers) {
    valued.scalars(number);
    if (missing !== null) ones.scalars(missing);
  }
  return { rows, label: source.label, weight: source.weight, ones: ones.entries(), valued: valued.entries() };
}

/** What a numeric input has in rows: its scaled number, and (null: no such input) 1 where it is missing. */
function scalarsOf(column: Inputs["numeric"][number], given: Float64Array, rows: number): { readonly number: Scalars; readonly missing: Scalars | null } {
  const { apply, isMissing } = transformOf(column);
  const values = new Float64Array(rows);
  for (let r = 0; r < rows; r++) values[r] = apply(given[r]!);
  if (column.inputs !== 2) return { number: { feature: column.offset, values }, missing: null };
  const missing = new Float64Array(rows);
  for (let r = 0; r < rows; r++) missing[r] = isMissing(given[r]!) ? 1 : 0;
  return { number: { feature: column.offset, values }, missing: { feature: column.offset + 1, values: missing } };
}
