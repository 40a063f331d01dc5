import { numericRecipe } from "@crossbill/columns";
import { CrossbillError } from "@crossbill/messages";
import type { CategoricalColumn, EncodedRowPairs, EncodedRows, LiveColumn, NumericColumn } from "./live-column.js";
import { addNumbers, ROWS_AT_ONCE } from "./numbers-batch.js";
import { outside, type Weights, type WeightTable } from "./weight-table.js";

/** Adds a column's part to the logits `out` f64[rows][K] of rows [from, to). */
type AddRows = (out: Float64Array, from: number, to: number) => void;
/** Finds the column in a batch. */
type Part = (batch: EncodedRows) => AddRows;

/**
 * Sums the logits of encoded rows, f64[rows][K]: intercepts, then columns in the model's order, each sum in float64: the same bits as row by row. What a batch
 * needs of the model is laid out once: for ids a weight (or K) each up to the last one that has any, or where most of many have none the table itself.
 * @param byOutput the columns in the model's order, for each of K outputs
 * @param translations by column: for each id of the rows the model's; those not in it have the same ids
 */
export class BatchScorer {
  readonly #intercepts: readonly number[];
  readonly #parts: readonly Part[];

  constructor(byOutput: readonly (readonly LiveColumn[])[], intercepts: readonly number[], translations: ReadonlyMap<string, Uint32Array>) {
    this.#intercepts = intercepts;
    this.#parts = byOutput[0]!.map((column, c) => {
      const own = byOutput.map((columns) => columns[c]!);
      if (column.kind === "numeric") return numericPart(own as NumericColumn[]);
      const ids = idWeights(own as CategoricalColumn[], translations.get(column.placed.name) ?? null);
      return column.placed.multi ? pairsPart(column.placed.name, ids) : idsPart(column.placed.name, ids);
    });
  }

  /** @throws E_MODEL_BATCH when the rows lack a column; E_MODEL_ID for an id that the column does not have */
  logits(batch: EncodedRows): Float64Array {
    const K = this.#intercepts.length;
    const out = new Float64Array(batch.rows * K);
    if (K === 1) out.fill(this.#intercepts[0]!);
    else for (let at = 0; at < out.length; at += K) out.set(this.#intercepts, at);
    const parts = this.#parts.map((part) => part(batch));
    for (let from = 0; from < batch.rows; from += ROWS_AT_ONCE) for (const add of parts) add(out, from, Math.min(batch.rows, from + ROWS_AT_ONCE));
    return out;
  }
}

/** The weights of a column's ids [0, size). */
interface IdWeights {
  readonly size: number;
  readonly K: number;
  /** [held][K]: ids from `held` on have none; null: they are in the tables, one for each output, under the translated ids. */
  readonly dense: Weights | null;
  readonly held: number;
  readonly tables: readonly WeightTable[];
  readonly translation: Uint32Array | null;
}

/** Numbers that are laid out at most of a column without a translation, most of whose ids may have no weight, and of one of several outputs. */
const MOST_IDS = 2 ** 18;
const MOST_NUMBERS = 2 ** 23;

function idWeights(own: readonly CategoricalColumn[], translation: Uint32Array | null): IdWeights {
  const tables = own.map(({ table }) => table);
  const K = own.length;
  const size = translation?.length ?? tables[0]!.size;
  const [only] = tables;
  const shared = { size, K, tables, translation };
  if (translation === null && K === 1 && only!.dense !== null) return { ...shared, dense: only!.dense, held: size };
  if (K > 1 ? size * K > MOST_NUMBERS : translation === null && size > MOST_IDS) return { ...shared, dense: null, held: 0 };
  const held = translation === null ? heldIds(tables) : translation.findLastIndex((id) => tables.some((table) => table.get(id) !== 0)) + 1;
  const dense = only!.narrow ? new Float32Array(held * K) : new Float64Array(held * K);
  for (const [k, table] of tables.entries()) {
    if (translation === null) table.each((id, weight) => (dense[id * K + k] = weight));
    else for (let id = 0; id < held; id++) dense[id * K + k] = table.get(translation[id]!);
  }
  return { ...shared, dense, held };
}

/** One more than the last id that has a weight. */
function heldIds(tables: readonly WeightTable[]): number {
  let held = 0;
  for (const table of tables) table.each((id) => (held = Math.max(held, id + 1)));
  return held;
}

/** Of an id of the rows. */
function tableWeight({ size, tables, translation }: IdWeights, id: number, k: number): number {
  if (translation === null) return tables[k]!.get(id);
  return tables[k]!.get(translation[id] ?? outside(id, size));
}

function idsPart(name: string, weights: IdWeights): Part {
  const { size, K, dense, held } = weights;
  return (batch) => {
    const ids = batch.ids.get(name) ?? lacking(name);
    if (ids.length !== batch.rows) lacking(name);
    if (dense === null)
      return (out, from, to) => {
        for (let k = 0; k < K; k++) for (let i = from; i < to; i++) out[i * K + k] = out[i * K + k]! + tableWeight(weights, ids[i]!, k);
      };
    if (K > 1) return (out, from, to) => gatherRows(out, ids, from, to, dense, K, held, size);
    return dense instanceof Float32Array
      ? (out, from, to) => gather32(out, ids, from, to, dense, held, size)
      : (out, from, to) => gather64(out, ids, from, to, dense, held, size);
  };
}

/* Two functions, so that each is compiled for its arrays. */

/** out[i] += weights[ids[i]] for i in [from, to); ids in [held, size) have weight 0. */
function gather32(out: Float64Array, ids: Uint32Array, from: number, to: number, weights: Float32Array, held: number, size: number): void {
  for (let i = from; i < to; i++) {
    const id = ids[i]!;
    if (id < held) out[i] = out[i]! + weights[id]!;
    else if (id >= size) outside(id, size);
  }
}

function gather64(out: Float64Array, ids: Uint32Array, from: number, to: number, weights: Float64Array, held: number, size: number): void {
  for (let i = from; i < to; i++) {
    const id = ids[i]!;
    if (id < held) out[i] = out[i]! + weights[id]!;
    else if (id >= size) outside(id, size);
  }
}

/** Of several outputs: weights [held][K]. */
function gatherRows(out: Float64Array, ids: Uint32Array, from: number, to: number, weights: Weights, K: number, held: number, size: number): void {
  for (let i = from; i < to; i++) {
    const id = ids[i]!;
    if (id >= held) {
      if (id >= size) outside(id, size);
      continue;
    }
    for (let k = 0, at = i * K, w = id * K; k < K; k++, at++, w++) out[at] = out[at]! + weights[w]!;
  }
}

function pairsPart(name: string, weights: IdWeights): Part {
  const { size, K, dense, held } = weights;
  const weightOf = (id: number, k: number): number => {
    if (dense === null) return tableWeight(weights, id, k);
    if (id < held) return dense[id * K + k]!;
    return id >= size ? outside(id, size) : 0;
  };
  return (batch) => {
    const { offsets, ids, values }: EncodedRowPairs = batch.pairs?.get(name) ?? lacking(name);
    if (offsets.length !== batch.rows + 1) lacking(name);
    const base = offsets[0]!;
    return (out, from, to) => {
      for (let row = from; row < to; row++) {
        const [start, end] = [offsets[row]! - base, offsets[row + 1]! - base];
        for (let k = 0; k < K; k++) {
          let sum = out[row * K + k]!;
          for (let i = start; i < end; i++) sum += weightOf(ids[i]!, k) * (values === null ? 1 : values[i]!);
          out[row * K + k] = sum;
        }
      }
    };
  };
}

function numericPart(own: readonly NumericColumn[]): Part {
  const { placed, transform } = own[0]!;
  const add = addNumbers(
    numericRecipe(placed.spec, placed.state),
    transform,
    own.map(({ weight }) => weight),
    own.map(({ missingWeight }) => missingWeight),
  );
  return (batch) => {
    const numbers = batch.numbers.get(placed.name) ?? lacking(placed.name);
    if (numbers.length !== batch.rows) lacking(placed.name);
    return (out, from, to) => add(out, numbers, from, to);
  };
}

function lacking(name: string): never {
  throw new CrossbillError("E_MODEL_BATCH", `the encoded rows lack the model's column "${name}" (or hold another number of its values)`);
}
