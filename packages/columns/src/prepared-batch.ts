import type { Room } from "@crossbill/kernels";
import type { ErrorCode } from "@crossbill/messages";
import type { Column } from "./column.js";
import type { ItemBatch } from "./item-batch.js";
import type { ColumnItems } from "./items.js";
import type { DistinctTexts, Runtime, TextBatch } from "./text-batch.js";

/** A row that cannot be used, with the first reason in the order of the columns. */
export interface Reject {
  readonly row: number;
  /** E_NUMBER, E_MISSING, E_LOG_RANGE, E_IDENTITY_RANGE, E_LIST or E_CROSS_ITEMS. */
  readonly code: ErrorCode;
  readonly field: string;
  /** In words, where the code and the field's text do not say it. */
  readonly reason?: string;
}

/** Where the per-field results of a batch lie. */
export interface FieldSlots {
  /** Index of the field in the batch. */
  readonly field: number;
  /** Offset of f64[BATCH_ROWS] (and u8[BATCH_ROWS] status), 0: not parsed. */
  readonly numbers: number;
  readonly status: number;
  /** Offset of u64[BATCH_ROWS], 0: no fingerprints. */
  readonly fingerprints: number;
  /** Of u64: fingerprints of each text once. */
  readonly distinct: Room;
}

/** Texts of a field in a batch, each once. */
export interface FingerprintedTexts extends DistinctTexts {
  /** Offset of u64[count]. */
  readonly fingerprints: number;
}

/** Ids of n texts, out u32[n]: offsets of u64[n], u32[n], u32[n]. */
export type IdsOfTexts = (out: number, fingerprints: number, starts: number, lengths: number, n: number) => void;

/** A text batch whose numbers are known; fingerprints are taken when they are first asked for. It lives in the reader's buffers: valid until the reader's next `prepare`. */
export class PreparedBatch {
  readonly batch: TextBatch;
  /** Ascending by row, at most one a row. The numbers of a rejected row mean nothing. */
  readonly rejects: readonly Reject[];
  readonly #runtime: Runtime;
  readonly #slots: ReadonlyMap<string, FieldSlots>;
  readonly #products: ReadonlyMap<string, number>;
  readonly #items: ReadonlyMap<string, ItemBatch>;
  readonly #fingerprinted = new Set<string>();
  readonly #distinct = new Map<string, FingerprintedTexts | null>();
  readonly #scratch: Room;

  constructor(
    batch: TextBatch,
    rejects: readonly Reject[],
    runtime: Runtime,
    slots: ReadonlyMap<string, FieldSlots>,
    products: ReadonlyMap<string, number>,
    items: ReadonlyMap<string, ItemBatch>,
    scratch: Room,
  ) {
    this.batch = batch;
    this.rejects = rejects;
    this.#runtime = runtime;
    this.#slots = slots;
    this.#products = products;
    this.#items = items;
    this.#scratch = scratch;
  }

  /** The items of a field that a column cuts so. */
  items(items: ColumnItems): ItemBatch {
    return this.#items.get(items.key)!;
  }

  get rows(): number {
    return this.batch.rows;
  }

  /** f64[rows] of a field that a column reads as numbers; NaN: missing. A view. */
  numbers(field: string): Float64Array {
    return this.#runtime.arena.f64(this.#slots.get(field)!.numbers, this.rows);
  }

  /** f64[rows], the number of a column (its field's, or its factors' product); NaN: missing. A view. */
  numbersOf(column: Pick<Column, "fields" | "factors">): Float64Array {
    return this.#runtime.arena.f64(this.numbersAt(column), this.rows);
  }

  /** Offset of {@link numbersOf}. */
  numbersAt({ fields, factors }: Pick<Column, "fields" | "factors">): number {
    return factors === undefined ? this.#slots.get(fields[0]!)!.numbers : this.#products.get(productKey(factors))!;
  }

  /** Offset of u64[rows] of a field that a column reads as texts. */
  fingerprints(field: string): number {
    const { fingerprints } = this.#slots.get(field)!;
    if (!this.#fingerprinted.has(field)) {
      const { kernels } = this.#runtime;
      const distinct = this.distinct(field);
      if (distinct !== null) kernels.codes_u64(fingerprints, distinct.codes, this.rows, distinct.fingerprints, distinct.count);
      else kernels.texts_fingerprint_u64(fingerprints, this.starts(field), this.lengths(field), this.rows);
      this.#fingerprinted.add(field);
    }
    return fingerprints;
  }

  /** The texts of a field that a column reads as texts, each once; null: the source does not know which are the same. */
  distinct(field: string): FingerprintedTexts | null {
    const known = this.#distinct.get(field);
    if (known !== undefined) return known;
    const slots = this.#slots.get(field)!;
    const texts = this.batch.distinct?.(slots.field) ?? null;
    const made = texts === null ? null : { ...texts, fingerprints: slots.distinct.bytes(8 * (texts.count + 1)) };
    if (made !== null) this.#runtime.kernels.texts_fingerprint_u64(made.fingerprints, made.starts, made.lengths, made.count);
    this.#distinct.set(field, made);
    return made;
  }

  /** out u32[rows]: the ids of a field's texts, which `idsOf` gives, 0 to missing ones; it is asked for each text once where the source knows which are the same. */
  textIds(field: string, out: number, idsOf: IdsOfTexts): void {
    const distinct = this.distinct(field);
    if (distinct === null) {
      idsOf(out, this.fingerprints(field), this.starts(field), this.lengths(field), this.rows);
      return;
    }
    const ids = this.#scratch.bytes(4 * (distinct.count + 1));
    idsOf(ids, distinct.fingerprints, distinct.starts, distinct.lengths, distinct.count);
    this.#runtime.kernels.codes_u32(out, distinct.codes, this.rows, ids, distinct.count, 0);
  }

  /** In how many of the rows with keep u8[rows] != 0 each text stands, and in how many none: offset of u32[count], valid until the next `tallies` or `textIds`. */
  tallies({ codes, count }: DistinctTexts, keep: number): { readonly times: number; readonly missing: number } {
    const times = this.#scratch.bytes(8 * (count + 1));
    return { times, missing: this.#runtime.kernels.codes_tally(times, count, codes, keep, this.rows) };
  }

  /** Offset of u32[rows]. */
  starts(field: string): number {
    return this.batch.starts(this.#slots.get(field)!.field);
  }

  /** Offset of u32[rows]. */
  lengths(field: string): number {
    return this.batch.lengths(this.#slots.get(field)!.field);
  }
}

/** By what a batch knows a product. */
export function productKey(factors: readonly string[]): string {
  return JSON.stringify(factors);
}
