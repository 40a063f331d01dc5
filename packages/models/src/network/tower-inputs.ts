import { type EncodedRow, numericIndicators, numericInputs, numericMissing, numericTransform } from "@crossbill/columns";
import { PANEL_ROWS } from "@crossbill/kernels";
import { CrossbillError, v1 } from "@crossbill/messages";
import type { EncodedRowPairs, EncodedRows } from "../live-column.js";
import type { PlacedColumn } from "../placement.js";
import { outside } from "../weight-table.js";
import type { EmbeddingInputPlan, NumericInputPlan } from "./network-plan.js";
import type { TableVectors } from "./table-vectors.js";

const { Combiner } = v1.EmbeddingInput;

/** Writes what a tower sees of one column into its input panel, f32[units][PANEL_ROWS]: unit u of row r at u * PANEL_ROWS + r. */
export interface TowerInput {
  /** A row encoded with the model's own state, to the panel's row r. */
  row(panel: Float32Array, r: number, row: EncodedRow): void;
  /** Rows [from, to) of a batch, 64 at most, to the panel's rows from 0 on. `translation`: for each id of the rows the model's; null: they are. */
  rows(batch: EncodedRows, translation: Uint32Array | null): (panel: Float32Array, from: number, to: number) => void;
}

/**
 * The pooled vector of a row's features: sum of value * vector, in float64, divided as the combiner says, then rounded to float32. Of what has no vector it is zero; it counts for the divisor.
 * mean: sum of |value|; sqrtn: root of the sum of value^2; a divisor of 0 leaves zeros
 */
export function embeddingInput(plan: EmbeddingInputPlan, { multi }: PlacedColumn, table: TableVectors): TowerInput {
  const { column, at: first, width, combiner } = plan;
  const { vectors } = table;
  const sum = new Float64Array(width);
  const one = (panel: Float32Array, r: number, id: number): void => {
    const from = table.at(id);
    for (let j = 0, to = first * PANEL_ROWS + r; j < width; j++, to += PANEL_ROWS) panel[to] = from < 0 ? 0 : vectors[from + j]!;
  };
  const pooled = (panel: Float32Array, r: number, ids: ArrayLike<number>, values: ArrayLike<number> | null, start: number, end: number): void => {
    sum.fill(0);
    let [size, squares] = [0, 0];
    for (let i = start; i < end; i++) {
      const value = values === null ? 1 : values[i]!;
      size += Math.abs(value);
      squares += value * value;
      const from = table.at(ids[i]!);
      if (from >= 0) for (let j = 0; j < width; j++) sum[j] = sum[j]! + value * vectors[from + j]!;
    }
    const divisor = combiner === Combiner.MEAN ? size : combiner === Combiner.SQRTN ? Math.sqrt(squares) : 1;
    for (let j = 0, to = first * PANEL_ROWS + r; j < width; j++, to += PANEL_ROWS) panel[to] = divisor === 0 ? 0 : sum[j]! / divisor;
  };
  return {
    row(panel, r, { ids, pairs }) {
      const several = pairs.get(column);
      if (several === undefined) one(panel, r, ids.get(column)!);
      else pooled(panel, r, several.ids, several.values, 0, several.ids.length);
    },
    rows(batch, translation) {
      if (!multi) {
        const ids = batch.ids.get(column) ?? lacking(column);
        if (ids.length !== batch.rows) lacking(column);
        return (panel, from, to) => {
          for (let i = from; i < to; i++) one(panel, i - from, own(translation, ids[i]!));
        };
      }
      const pairs = batch.pairs?.get(column) ?? lacking(column);
      if (pairs.offsets.length !== batch.rows + 1) lacking(column);
      const { offsets, ids, values } = translation === null ? pairs : translatedPairs(pairs, translation);
      const base = offsets[0]!;
      return (panel, from, to) => {
        for (let i = from; i < to; i++) pooled(panel, i - from, ids, values, offsets[i]! - base, offsets[i + 1]! - base);
      };
    },
  };
}

function own(translation: Uint32Array | null, id: number): number {
  return translation === null ? id : (translation[id] ?? outside(id, translation.length));
}

/** Pairs of ids of the model's, as its own state gives them: ascending in each row, each id once with the sum of its values. */
function translatedPairs({ offsets, ids, values }: EncodedRowPairs, translation: Uint32Array): EncodedRowPairs {
  const base = offsets[0]!;
  const starts = new Uint32Array(offsets.length);
  const [to, sums] = [new Uint32Array(ids.length), new Float64Array(ids.length)];
  let n = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const held = new Map<number, number>();
    for (let i = offsets[row]! - base; i < offsets[row + 1]! - base; i++) {
      const id = own(translation, ids[i]!);
      held.set(id, (held.get(id) ?? 0) + (values === null ? 1 : values[i]!));
    }
    for (const id of [...held.keys()].sort((a, b) => a - b)) {
      to[n] = id;
      sums[n++] = held.get(id)!;
    }
    starts[row + 1] = n;
  }
  return { offsets: starts, ids: to, values: sums };
}

/** The scaled number of a numeric column, and with an indicator 1 where it is missing, else 0. Of a factorized network the sum of these times their vectors, f32[numbers][d] of `dense`. */
export function numericInput(plan: NumericInputPlan, { spec, state }: PlacedColumn, dense: Float32Array): TowerInput {
  const { column, at, width, numbers, vectors } = plan;
  const [transform, isMissing] = [numericTransform(spec, state), numericMissing(spec, state)];
  const write = (panel: Float32Array, r: number, x: number, missing: number): void => {
    for (let j = 0, to = at * PANEL_ROWS + r; j < width; j++, to += PANEL_ROWS)
      panel[to] = x * dense[vectors + j]! + (numbers > 1 ? missing * dense[vectors + width + j]! : 0);
  };
  const [inputs, indicators] = [numericInputs(spec, state), numericIndicators(spec, state)];
  const [scaled, missing] = [new Float32Array(PANEL_ROWS), new Float32Array(PANEL_ROWS)];
  return {
    row(panel, r, row) {
      const x = row.numbers.get(column)!;
      if (vectors >= 0) {
        write(panel, r, Math.fround(transform(x)), Number(isMissing(x)));
        return;
      }
      panel[at * PANEL_ROWS + r] = transform(x);
      if (numbers > 1) panel[(at + 1) * PANEL_ROWS + r] = Number(isMissing(x));
    },
    rows(batch) {
      const x = batch.numbers.get(column) ?? lacking(column);
      if (x.length !== batch.rows) lacking(column);
      return (panel, from, to) => {
        const own = x.subarray(from, to);
        if (vectors < 0) {
          inputs(panel.subarray(at * PANEL_ROWS), own);
          if (numbers > 1) indicators(panel.subarray((at + 1) * PANEL_ROWS), own);
          return;
        }
        inputs(scaled, own);
        indicators(missing, own);
        for (let r = 0; r < own.length; r++) write(panel, r, scaled[r]!, missing[r]!);
      };
    },
  };
}

function lacking(name: string): never {
  throw new CrossbillError("E_MODEL_BATCH", `the encoded rows lack the model's column "${name}" (or hold another number of its values)`);
}
