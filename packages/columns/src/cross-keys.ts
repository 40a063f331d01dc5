import { MISSING_TEXT, type Room } from "@crossbill/kernels";
import type { Column } from "./column.js";
import type { PreparedBatch } from "./prepared-batch.js";
import { BATCH_ROWS, type Runtime } from "./text-batch.js";

/** What an input of a cross brings to the key of a row: the text of a field, or the id of an entry. */
export type KeyPart = { readonly field: string; readonly ids: null } | { readonly field: null; readonly ids: Column };

/** Offsets of a batch's keys: fingerprints u64[rows], starts u32[rows], lengths u32[rows], like the texts of a field. Valid until the next. */
export interface PlacedKeys {
  readonly fingerprints: number;
  readonly starts: number;
  readonly lengths: number;
}

/** Writes the keys of combinations (kernels' assembly/cross-keys.ts), batch by batch; where all parts are missing, the key is. */
export class CrossKeys {
  readonly #parts: readonly KeyPart[];
  readonly #runtime: Runtime;
  readonly #idsOf: (column: Column) => number;
  readonly #fingerprints: number;
  readonly #starts: number;
  readonly #lengths: number;
  readonly #present: number;
  readonly #bytes: Room;

  /** @param idsOf where the ids (u32[rows]) of an entry lie when a batch is written */
  constructor(parts: readonly KeyPart[], runtime: Runtime, idsOf: (column: Column) => number) {
    const { arena } = runtime;
    this.#parts = parts;
    this.#runtime = runtime;
    this.#idsOf = idsOf;
    this.#fingerprints = arena.take(BATCH_ROWS * 8);
    this.#starts = arena.take(BATCH_ROWS * 4);
    this.#lengths = arena.take(BATCH_ROWS * 4);
    this.#present = arena.take(BATCH_ROWS);
    this.#bytes = arena.room();
  }

  write(batch: PreparedBatch): PlacedKeys {
    const { arena, kernels } = this.#runtime;
    const { rows } = batch;
    const [fingerprints, starts, lengths, present] = [this.#fingerprints, this.#starts, this.#lengths, this.#present];
    kernels.fill_bytes(lengths, 0, 4 * rows);
    kernels.fill_bytes(present, 0, rows);
    for (const { field, ids } of this.#parts) {
      if (ids === null) kernels.keys_measure_texts(lengths, batch.lengths(field), rows);
      else kernels.keys_measure_ids(lengths, this.#idsOf(ids), rows);
    }
    const sizes = arena.u32(lengths, rows).slice();
    let at = this.#bytes.bytes(sizes.reduce((sum, size) => sum + size, 0));
    const [from, ends] = [arena.u32(starts, rows), arena.u32(lengths, rows)];
    for (let row = 0; row < rows; row++) {
      from[row] = at;
      ends[row] = at;
      at += sizes[row]!;
    }
    for (const { field, ids } of this.#parts) {
      if (ids === null) kernels.keys_write_texts(lengths, present, batch.starts(field), batch.lengths(field), rows);
      else kernels.keys_write_ids(lengths, present, this.#idsOf(ids), rows);
    }
    const there = arena.u8(present, rows);
    for (let row = 0; row < rows; row++) ends[row] = there[row] === 0 ? MISSING_TEXT : sizes[row]!;
    kernels.texts_fingerprint_u64(fingerprints, starts, lengths, rows);
    return { fingerprints, starts, lengths };
  }
}

/** Encodes, while others are fitted, the ids of columns that need no state. */
export function knownIds(
  columns: readonly Column[],
  runtime: Runtime,
): { readonly encode: (batch: PreparedBatch) => void; readonly ids: (column: Column) => number } {
  const out = new Map<Column, number>();
  const steps: ((batch: PreparedBatch) => void)[] = [];
  const ids = (column: Column): number => out.get(column)!;
  const visit = (column: Column): void => {
    if (out.has(column)) return;
    column.inputs.forEach(visit);
    const at = runtime.arena.take(BATCH_ROWS * 4);
    out.set(column, at);
    const pairs = (): never => {
      throw new TypeError(`column "${column.name}" has one value a row`);
    };
    const encode = column.batchEncoder!({ runtime, states: () => undefined, ids, pairs });
    steps.push((batch) => encode(batch, at));
  };
  columns.forEach(visit);
  return {
    encode: (batch) => {
      for (const step of steps) step(batch);
    },
    ids,
  };
}
