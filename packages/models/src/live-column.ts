import { numericMissing, numericTransform } from "@crossbill/columns";
import { CrossbillError } from "@crossbill/messages";
import type { PlacedColumn } from "./placement.js";
import { type WeightTable, weightTable } from "./weight-table.js";
import type { ColumnWeights } from "./weights-file.js";

/** A column with non-zero weights, ready to be summed. */
export type LiveColumn = CategoricalColumn | NumericColumn;

export interface CategoricalColumn {
  readonly kind: "categorical";
  readonly placed: PlacedColumn;
  readonly table: WeightTable;
}

export interface NumericColumn {
  readonly kind: "numeric";
  readonly placed: PlacedColumn;
  /** Of the scaled value. */
  readonly weight: number;
  /** Added where the value is missing; 0 without an indicator. */
  readonly missingWeight: number;
  /** Raw value (NaN: missing) to the model's input. */
  readonly transform: (x: number) => number;
  /** Whether a raw value counts as missing. */
  readonly isMissing: (x: number) => boolean;
}

/** Encoded rows, as a pack or an encoder of `@crossbill/columns` holds them. */
export interface EncodedRows {
  readonly rows: number;
  /** By column: ids, `rows` of them. */
  readonly ids: ReadonlyMap<string, Uint32Array>;
  /** By column: raw numbers, `rows` of them; NaN: missing. */
  readonly numbers: ReadonlyMap<string, Float64Array>;
  /** By column of several values; absent where there is none: of row r ids and values [offsets[r] - offsets[0], offsets[r + 1] - offsets[0]). */
  readonly pairs?: ReadonlyMap<string, EncodedRowPairs>;
}

export interface EncodedRowPairs {
  /** rows + 1 of them. */
  readonly offsets: ArrayLike<number>;
  readonly ids: Uint32Array;
  /** null: every value is 1. */
  readonly values: Float64Array | null;
}

export function liveColumn(placed: PlacedColumn, { ids, weights }: ColumnWeights): LiveColumn {
  if (!placed.numeric) return { kind: "categorical", placed, table: weightTable(placed.size, ids, weights) };
  const weightOf = (id: number): number => {
    const at = ids.indexOf(id);
    return at < 0 ? 0 : weights[at]!;
  };
  return {
    kind: "numeric",
    placed,
    weight: weightOf(0),
    missingWeight: weightOf(1),
    transform: numericTransform(placed.spec, placed.state),
    isMissing: numericMissing(placed.spec, placed.state),
  };
}

/** `out[i] += contribution of the column to row i`, in float64. @throws E_MODEL_BATCH when the rows lack the column; E_MODEL_ID. */
export function addColumn(out: Float64Array, column: LiveColumn, batch: EncodedRows, translation: Uint32Array | null): void {
  const name = column.placed.name;
  if (column.kind === "categorical" && column.placed.multi) {
    const pairs = batch.pairs?.get(name) ?? lacking(name);
    if (pairs.offsets.length !== out.length + 1) lacking(name);
    addPairs(out, column.table, pairs, translation === null ? pairs.ids : translated(pairs.ids, translation, name));
    return;
  }
  if (column.kind === "categorical") {
    const ids = batch.ids.get(name) ?? lacking(name);
    if (ids.length !== out.length) lacking(name);
    column.table.addTo(out, translation === null ? ids : translated(ids, translation, name));
    return;
  }
  const numbers = batch.numbers.get(name) ?? lacking(name);
  if (numbers.length !== out.length) lacking(name);
  for (let i = 0; i < out.length; i++) {
    const x = numbers[i]!;
    out[i] = out[i]! + column.weight * column.transform(x);
    if (column.missingWeight !== 0 && column.isMissing(x)) out[i] = out[i]! + column.missingWeight;
  }
}

function addPairs(out: Float64Array, table: WeightTable, { offsets, values }: EncodedRowPairs, ids: Uint32Array): void {
  const base = offsets[0]!;
  for (let row = 0; row < out.length; row++) {
    let sum = out[row]!;
    const end = offsets[row + 1]! - base;
    for (let i = offsets[row]! - base; i < end; i++) sum += table.get(ids[i]!) * (values === null ? 1 : values[i]!);
    out[row] = sum;
  }
}

function translated(ids: Uint32Array, translation: Uint32Array, name: string): Uint32Array {
  const own = new Uint32Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id >= translation.length)
      throw new CrossbillError(
        "E_MODEL_ID",
        `column "${name}" holds id ${id}, its state knows ids [0, ${translation.length}): the rows were encoded with another state`,
      );
    own[i] = translation[id]!;
  }
  return own;
}

function lacking(name: string): never {
  throw new CrossbillError("E_MODEL_BATCH", `the encoded rows lack the model's column "${name}" (or hold another number of its values)`);
}
