import { CrossbillError, type v1 } from "@crossbill/messages";
import type { BatchContext, Column } from "./column.js";
import type { ColumnReader } from "./column-reader.js";
import { PairRows, type PlacedPairs } from "./pair-rows.js";
import { planOf } from "./plan.js";
import type { PreparedBatch } from "./prepared-batch.js";
import { statesOf } from "./states.js";
import { BATCH_ROWS } from "./text-batch.js";

/** Arrays of their own, not views of the kernel memory. What they hold of a rejected row means nothing. */
export interface EncodedBatch {
  readonly rows: number;
  /** By categorical column: u32[rows]. */
  readonly ids: ReadonlyMap<string, Uint32Array>;
  /** By numeric column: raw values before clip and scale, f64[rows]; NaN: missing. */
  readonly numbers: ReadonlyMap<string, Float64Array>;
  /** By column of several values. */
  readonly pairs: ReadonlyMap<string, EncodedPairs>;
}

/** Pairs of rows: of row r ids and values [offsets[r], offsets[r + 1]), ids ascending, each once. */
export interface EncodedPairs {
  /** u32[rows + 1]. */
  readonly offsets: Uint32Array;
  readonly ids: Uint32Array;
  readonly values: Float64Array;
}

/** The same where it lies, as offsets into the kernel memory: valid until the next batch. */
export interface PlacedBatch {
  readonly rows: number;
  /** By categorical column: u32[rows]. */
  readonly ids: ReadonlyMap<string, number>;
  /** By numeric column: f64[rows]. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly pairs: ReadonlyMap<string, PlacedPairs>;
}

/** Encodes the batches of one reader with the columns of `state`. Vocabularies are loaded into the reader's arena. */
export class Encoder {
  readonly #reader: ColumnReader;
  readonly #numeric: Column[] = [];
  readonly #categorical: { readonly name: string; readonly out: number }[] = [];
  readonly #multi: { readonly name: string; readonly out: PairRows }[] = [];
  /** In the order in which columns need each other. */
  readonly #steps: ((batch: PreparedBatch) => void)[] = [];

  /** @throws E_COLUMN_STATE when the reader does not read what the state's columns need, or the state is damaged */
  constructor(reader: ColumnReader, state: v1.FeatureState.$Properties) {
    this.#reader = reader;
    const states = statesOf(state);
    const { arena } = reader.runtime;
    const out = new Map<Column, number>();
    const pairsOut = new Map<Column, PairRows>();
    const context: BatchContext = { runtime: reader.runtime, states, ids: (input) => out.get(input)!, pairs: (input) => pairsOut.get(input)! };
    for (const column of planOf(state.columns ?? []).order) {
      const { name, batchEncoder, pairsEncoder } = column;
      if (!reader.serves(column))
        throw new CrossbillError("E_COLUMN_STATE", `the reader does not read column "${name}" of the state; make it from the state's columns`, {
          details: { column: name },
        });
      if (pairsEncoder !== undefined) {
        const rows = new PairRows(reader.runtime);
        pairsOut.set(column, rows);
        const encode = pairsEncoder(context);
        this.#multi.push({ name, out: rows });
        this.#steps.push((batch) => encode(batch, rows));
        continue;
      }
      if (batchEncoder === undefined) {
        this.#numeric.push(column);
        continue;
      }
      const at = arena.take(BATCH_ROWS * 4);
      out.set(column, at);
      const encode = batchEncoder(context);
      this.#categorical.push({ name, out: at });
      this.#steps.push((batch) => encode(batch, at));
    }
  }

  encode(batch: PreparedBatch): EncodedBatch {
    const { arena } = this.#reader.runtime;
    const { rows, ids, numbers, pairs } = this.encodeInPlace(batch);
    return {
      rows,
      ids: new Map([...ids].map(([name, at]) => [name, arena.u32(at, rows).slice()])),
      numbers: new Map([...numbers].map(([name, at]) => [name, arena.f64(at, rows).slice()])),
      pairs: new Map(
        [...pairs].map(([name, { offsets, ids: pairIds, values, count }]) => [
          name,
          { offsets: arena.u32(offsets, rows + 1).slice(), ids: arena.u32(pairIds, count).slice(), values: arena.f64(values, count).slice() },
        ]),
      ),
    };
  }

  /** As {@link encode}, without copies. */
  encodeInPlace(batch: PreparedBatch): PlacedBatch {
    for (const step of this.#steps) step(batch);
    return {
      rows: batch.rows,
      ids: new Map(this.#categorical.map(({ name, out }) => [name, out])),
      numbers: new Map(this.#numeric.map((column) => [column.name, batch.numbersAt(column)])),
      pairs: new Map(this.#multi.map(({ name, out }) => [name, out])),
    };
  }
}
