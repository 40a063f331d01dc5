import { numericMissing, numericTransform } from "@crossbill/columns";
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
