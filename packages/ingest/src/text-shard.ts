import fs from "node:fs";
import { BATCH_ROWS } from "@crossbill/columns";
import type { ErrorCode, v1 } from "@crossbill/messages";
import { type PlacedTexts, placeTexts } from "./placed-texts.js";
import type { Runtime } from "./runtime.js";
import type { RowPlace, RowProblem, ShardInput, ShardSource } from "./shard-source.js";
import { openSource, readInto, readVerified, takeText } from "./source-bytes.js";

export const NO_SLOT = 0xffffffff;
const MISSING = 0xffffffff;
const NO_CHECKSUM = new Uint8Array(0);
/** Bytes that the starts and lengths of a batch may take: very wide rows come in smaller batches. */
const BATCH_BYTES = 2 ** 27;
/** In a row's flags, whatever the format. */
const UTF8 = 16;

/** What the kernels of a text format fill batch by batch: offsets into kernel memory. */
export interface TextRoom {
  readonly maxRows: number;
  /** Of the arrays starts, lengths u32[columns][stride]. */
  readonly stride: number;
  readonly columns: number;
  readonly starts: number;
  readonly lengths: number;
  /** u32[maxRows] */
  readonly rowStarts: number;
  /** u32[maxRows] */
  readonly rowLengths: number;
  /** u8[maxRows] */
  readonly rowFlags: number;
  /** u32[fields]: the column that takes a field, NO_SLOT: none. */
  readonly slots: number;
}

/** A shard of a text format: its bytes in kernel memory, read batch by batch where they lie. A format says how rows are read and lines are counted. */
export abstract class TextShard implements ShardSource {
  readonly fields: readonly string[];
  readonly path: string;
  rows = 0;
  protected readonly runtime: Runtime;
  protected readonly room: TextRoom;
  /** Where the rows end. */
  protected readonly end: number;
  /** Where the next batch begins. */
  protected position: number;
  readonly #slots: Uint32Array;
  readonly #base: number;
  /** Offset in the file of the byte at #base. */
  readonly #offset: number;
  readonly #missing: PlacedTexts;
  #lineAt: number;
  #lines: number;

  /**
   * Reads and verifies the inputs.
   * @param used fields that will be asked for; the others are only skipped over
   * @throws E_INPUT_CHANGED when bytes differ from their hashes; E_NOT_FOUND, E_IO, E_SHARD_TOO_LARGE
   */
  constructor(runtime: Runtime, params: v1.ShardParams, inputs: readonly ShardInput[], used: ReadonlySet<string>) {
    const { arena } = runtime;
    this.fields = params.fields;
    this.runtime = runtime;
    this.#offset = params.offset;
    this.path = inputs[0]!.path;
    const length = inputs.reduce((sum, input) => sum + input.length, 0);
    this.#base = takeText(runtime, length);
    this.position = this.#base + params.start - params.offset;
    this.end = this.#base + params.end - params.offset;
    this.#lineAt = this.position;
    this.#lines = params.firstLine;
    let at = this.#base;
    for (const [i, input] of inputs.entries()) {
      readVerified(input, runtime, at, i === 0 ? params.checksum : NO_CHECKSUM);
      at += input.length;
    }
    let columns = 0;
    this.#slots = Uint32Array.from(this.fields, (field) => (used.has(field) ? columns++ : NO_SLOT));
    const slots = arena.take(4 * this.fields.length);
    arena.u32(slots, this.fields.length).set(this.#slots);
    const maxRows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / 8 / Math.max(1, columns))));
    // Not a power of two: columns of 32 KiB each would all fall into the same few lines of the processor's cache.
    const stride = maxRows + 16;
    this.room = {
      maxRows,
      stride,
      columns,
      starts: arena.take(4 * stride * columns),
      lengths: arena.take(4 * stride * columns),
      rowStarts: arena.take(4 * maxRows),
      rowLengths: arena.take(4 * maxRows),
      rowFlags: arena.take(maxRows),
      slots,
    };
    this.#missing = placeTexts(arena, params.data.csv.missing);
  }

  /** Reads the rows at `position` and moves it behind them; their number. */
  protected abstract readRows(): number;
  /** Line ends in [from, to). */
  protected abstract countLines(from: number, to: number): number;
  /** Whether a text of the row was shortened in place. */
  protected abstract changed(row: number): boolean;
  abstract problems(): readonly RowProblem[];
  abstract reason(row: number, code: ErrorCode): string;

  next(): boolean {
    const { kernels } = this.runtime;
    if (this.position >= this.end) return false;
    this.rows = this.readRows();
    kernels.csv_check_utf8(this.room.rowFlags, this.room.rowStarts, this.room.rowLengths, this.rows, UTF8);
    const { texts, lengths, count } = this.#missing;
    for (const [field, slot] of this.#slots.entries()) {
      if (slot !== NO_SLOT) kernels.csv_mark_missing(this.starts(field), this.lengths(field), this.rows, texts, lengths, count);
    }
    return this.rows > 0;
  }

  starts(field: number): number {
    return this.room.starts + 4 * this.room.stride * this.#slot(field);
  }

  lengths(field: number): number {
    return this.room.lengths + 4 * this.room.stride * this.#slot(field);
  }

  #slot(field: number): number {
    const slot = this.#slots[field];
    if (slot === undefined || slot === NO_SLOT) throw new RangeError(`field ${field} (${this.fields[field]}) was not asked for`);
    return slot;
  }

  text(field: number, row: number): string | null {
    const length = this.runtime.arena.u32(this.lengths(field), this.rows)[row]!;
    return length === MISSING ? null : this.#decode(this.runtime.arena.u32(this.starts(field), this.rows)[row]!, length);
  }

  place(row: number): RowPlace & { lines: number } {
    const start = this.#rowStart(row);
    const end = start + this.#rowLength(row);
    this.#lines += start >= this.#lineAt ? this.countLines(this.#lineAt, start) : -this.countLines(start, this.#lineAt);
    this.#lineAt = start;
    return { offset: this.#offset + start - this.#base, line: this.#lines, lines: this.countLines(start, end) + 1 };
  }

  raw(row: number, limit: number): string {
    const start = this.#rowStart(row);
    const length = Math.min(limit, this.#rowLength(row));
    if (!this.changed(row)) return this.#decode(start, length);
    const out = Buffer.alloc(length);
    const file = openSource(this.path);
    try {
      readInto(file, this.path, out, this.#offset + start - this.#base);
    } finally {
      fs.closeSync(file);
    }
    return out.toString("utf8");
  }

  /** u8[rows] */
  protected flags(): Uint8Array {
    return this.runtime.arena.u8(this.room.rowFlags, this.rows);
  }

  #rowStart(row: number): number {
    return this.runtime.arena.u32(this.room.rowStarts, this.rows)[row]!;
  }

  #rowLength(row: number): number {
    return this.runtime.arena.u32(this.room.rowLengths, this.rows)[row]!;
  }

  #decode(start: number, length: number): string {
    return Buffer.from(this.runtime.arena.memory.buffer, start, length).toString("utf8");
  }
}
