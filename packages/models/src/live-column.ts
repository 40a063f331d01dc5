import { numericTransform } from "@crossbill/columns";
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
}

/** Encoded rows, as a pack or an encoder of `@crossbill/columns` holds them. */
export interface EncodedRows {
  readonly rows: number;
  /** By column: ids, `rows` of them. */
  readonly ids: ReadonlyMap<string, Uint32Array>;
  /** By column: raw numbers, `rows` of them; NaN: missing. */
  readonly numbers: ReadonlyMap<string, Float64Array>;
}

export function liveColumn(placed: PlacedColumn, { ids, weights }: ColumnWeights): LiveColumn {
  if (!placed.numeric) return { kind: "categorical", placed, table: weightTable(placed.size, ids, weights) };
  const weightOf = (id: number): number => {
    const at = ids.indexOf(id);
    return at < 0 ? 0 : weights[at]!;
  };
  return { kind: "numeric", placed, weight: weightOf(0), missingWeight: weightOf(1), transform: numericTransform(placed.spec, placed.state) };
}

/** `out[i] += contribution of the column to row i`, in float64. @throws E_MODEL_BATCH when the rows lack the column; E_MODEL_ID. */
export function addColumn(out: Float64Array, column: LiveColumn, batch: EncodedRows, translation: Uint32Array | null): void {
  const name = column.placed.name;
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
    if (column.missingWeight !== 0 && Number.isNaN(x)) out[i] = out[i]! + column.missingWeight;
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
