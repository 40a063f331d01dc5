import { MISSING_TEXT, type Room } from "@crossbill/kernels";
import type { Column } from "./column.js";
import type { ColumnItems } from "./items.js";
import { PairRows, type PlacedPairs } from "./pair-rows.js";
import type { PreparedBatch } from "./prepared-batch.js";
import { BATCH_ROWS, type Runtime } from "./text-batch.js";

/** What an input of a cross brings to the key of a row: the text of a field, the texts of its items, or the id (or ids) of an entry. */
export type KeyPart =
  | { readonly kind: "text"; readonly field: string }
  | { readonly kind: "items"; readonly items: ColumnItems }
  | { readonly kind: "ids"; readonly column: Column };

/** Of n keys one part: offsets of starts and lengths u32[n], or of ids u32[n]. */
export type PlacedPart = { readonly starts: number; readonly lengths: number } | { readonly ids: number };

/** Offsets of keys: fingerprints u64[n], starts u32[n], lengths u32[n], like the texts of a field. Valid until the next. */
export interface PlacedKeys {
  readonly fingerprints: number;
  readonly starts: number;
  readonly lengths: number;
}

/** Writes the keys of combinations (kernels' assembly/cross-keys.ts); where all parts are missing, the key is. Its buffers are used again. */
export class CrossKeys {
  readonly #runtime: Runtime;
  readonly #fingerprints: Room;
  readonly #starts: Room;
  readonly #lengths: Room;
  readonly #present: Room;
  readonly #bytes: Room;

  constructor(runtime: Runtime) {
    const { arena } = runtime;
    this.#runtime = runtime;
    [this.#fingerprints, this.#starts, this.#lengths, this.#present, this.#bytes] = [arena.room(), arena.room(), arena.room(), arena.room(), arena.room()];
  }

  /** Key i is of entry i of every part. */
  write(parts: readonly PlacedPart[], n: number): PlacedKeys {
    const { arena, kernels } = this.#runtime;
    const fingerprints = this.#fingerprints.bytes(8 * n);
    const [starts, lengths, present] = [this.#starts.bytes(4 * n), this.#lengths.bytes(4 * n), this.#present.bytes(n)];
    kernels.fill_bytes(lengths, 0, 4 * n);
    kernels.fill_bytes(present, 0, n);
    for (const part of parts) {
      if ("ids" in part) kernels.keys_measure_ids(lengths, part.ids, n);
      else kernels.keys_measure_texts(lengths, part.lengths, n);
    }
    const sizes = arena.u32(lengths, n).slice();
    let at = this.#bytes.bytes(sizes.reduce((sum, size) => sum + size, 0));
    const [from, ends] = [arena.u32(starts, n), arena.u32(lengths, n)];
    for (let i = 0; i < n; i++) {
      from[i] = at;
      ends[i] = at;
      at += sizes[i]!;
    }
    for (const part of parts) {
      if ("ids" in part) kernels.keys_write_ids(lengths, present, part.ids, n);
      else kernels.keys_write_texts(lengths, present, part.starts, part.lengths, n);
    }
    const there = arena.u8(present, n);
    for (let i = 0; i < n; i++) ends[i] = there[i] === 0 ? MISSING_TEXT : sizes[i]!;
    kernels.texts_fingerprint_u64(fingerprints, starts, lengths, n);
    return { fingerprints, starts, lengths };
  }
}

/** Where the ids of entries lie while a batch is encoded: of one value a row u32[rows], of several pairs. */
export interface PlacedIds {
  readonly ids: (column: Column) => number;
  readonly pairs: (column: Column) => PlacedPairs;
}

/** Encodes, while others are fitted, the ids of columns that need no state. */
export function knownIds(columns: readonly Column[], runtime: Runtime): PlacedIds & { readonly encode: (batch: PreparedBatch) => void } {
  const out = new Map<Column, number>();
  const pairsOut = new Map<Column, PairRows>();
  const steps: ((batch: PreparedBatch) => void)[] = [];
  const ids = (column: Column): number => out.get(column)!;
  const pairs = (column: Column): PlacedPairs => pairsOut.get(column)!;
  const context = { runtime, states: () => undefined, ids, pairs };
  const visit = (column: Column): void => {
    if (out.has(column) || pairsOut.has(column)) return;
    column.inputs.forEach(visit);
    if (column.multi !== undefined) {
      const rows = new PairRows(runtime);
      pairsOut.set(column, rows);
      const encode = column.pairsEncoder!(context);
      steps.push((batch) => encode(batch, rows));
      return;
    }
    const at = runtime.arena.take(BATCH_ROWS * 4);
    out.set(column, at);
    const encode = column.batchEncoder!(context);
    steps.push((batch) => encode(batch, at));
  };
  columns.forEach(visit);
  return {
    encode: (batch) => {
      for (const step of steps) step(batch);
    },
    ids,
    pairs,
  };
}
