import { createHash } from "node:crypto";
import fs from "node:fs";
import { BATCH_ROWS, type TextBatch } from "@crossbill/columns";
import { CSV_DIALECT_BYTES, CSV_FLAGS, csvDialectBlock } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import { csvBytes } from "./dialect.js";
import { type PlacedTexts, placeTexts } from "./placed-texts.js";
import type { Runtime } from "./runtime.js";
import { inputChanged, openSource, readInto, takeText } from "./source-bytes.js";

const NO_SLOT = 0xffffffff;
const MISSING = 0xffffffff;
/** Bytes that the starts and lengths of a batch may take: very wide rows come in smaller batches. */
const BATCH_BYTES = 2 ** 27;

/** A source's bytes that a shard reads, one behind the other. */
export interface ShardInput {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
}

/** The text of one shard in kernel memory, cut into batches of rows. Its arrays are those of the last `next()`. */
export class ShardText implements TextBatch {
  readonly fields: readonly string[];
  /** Of the source, for errors. */
  readonly path: string;
  rows = 0;
  readonly #runtime: Runtime;
  readonly #base: number;
  /** Offset in the file of the byte at #base. */
  readonly #offset: number;
  readonly #end: number;
  #next: number;
  #lineAt: number;
  #lines: number;
  readonly #slots: Uint32Array;
  readonly #block: number;
  readonly #slotsAt: number;
  readonly #out: number;
  readonly #maxRows: number;
  readonly #stride: number;
  readonly #startsAt: number;
  readonly #lengthsAt: number;
  readonly #rowStarts: number;
  readonly #rowLengths: number;
  readonly #rowFlags: number;
  readonly #rowFields: number;
  readonly #missing: PlacedTexts;

  /**
   * Reads and verifies the inputs.
   * @param used fields that will be asked for; the others are only skipped over
   * @throws E_INPUT_CHANGED when bytes differ from their hashes; E_NOT_FOUND, E_IO, E_SHARD_TOO_LARGE
   */
  constructor(runtime: Runtime, params: v1.ShardParams, inputs: readonly ShardInput[], used: ReadonlySet<string>) {
    const { arena } = runtime;
    const csv = params.data.csv;
    this.fields = params.fields;
    this.#runtime = runtime;
    this.#offset = params.offset;
    this.path = inputs[0]!.path;
    const length = inputs.reduce((sum, input) => sum + input.length, 0);
    this.#base = takeText(runtime, length);
    this.#next = this.#base + params.start - params.offset;
    this.#end = this.#base + params.end - params.offset;
    this.#lineAt = this.#next;
    this.#lines = params.firstLine;
    let at = this.#base;
    for (const input of inputs) {
      readVerified(input, arena.u8(at, input.length));
      at += input.length;
    }
    this.#block = arena.take(CSV_DIALECT_BYTES);
    arena.u8(this.#block, CSV_DIALECT_BYTES).set(csvDialectBlock(csvBytes(csv)));
    let slots = 0;
    this.#slots = Uint32Array.from(this.fields, (field) => (used.has(field) ? slots++ : NO_SLOT));
    this.#slotsAt = arena.take(4 * this.fields.length);
    arena.u32(this.#slotsAt, this.fields.length).set(this.#slots);
    this.#out = arena.take(4);
    this.#maxRows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / 8 / Math.max(1, slots))));
    // Not a power of two: columns of 32 KiB each would all fall into the same few lines of the processor's cache.
    this.#stride = this.#maxRows + 16;
    this.#startsAt = arena.take(4 * this.#stride * slots);
    this.#lengthsAt = arena.take(4 * this.#stride * slots);
    this.#rowStarts = arena.take(4 * this.#maxRows);
    this.#rowLengths = arena.take(4 * this.#maxRows);
    this.#rowFlags = arena.take(this.#maxRows);
    this.#rowFields = arena.take(4 * this.#maxRows);
    this.#missing = placeTexts(arena, csv.missing);
  }

  /** Cuts the next rows; false at the end. */
  next(): boolean {
    const { arena, kernels } = this.#runtime;
    if (this.#next >= this.#end) return false;
    this.rows = kernels.csv_rows(
      this.#out,
      this.#next,
      this.#end,
      this.#block,
      this.#slotsAt,
      this.fields.length,
      this.#startsAt,
      this.#lengthsAt,
      this.#stride,
      this.#rowStarts,
      this.#rowLengths,
      this.#rowFlags,
      this.#rowFields,
      this.#maxRows,
    );
    this.#next = arena.u32(this.#out, 1)[0]!;
    kernels.csv_check_utf8(this.#rowFlags, this.#rowStarts, this.#rowLengths, this.rows, CSV_FLAGS.UTF8);
    const { texts, lengths, count } = this.#missing;
    for (const [field, slot] of this.#slots.entries()) {
      if (slot !== NO_SLOT) kernels.csv_mark_missing(this.starts(field), this.lengths(field), this.rows, texts, lengths, count);
    }
    return this.rows > 0;
  }

  starts(field: number): number {
    return this.#startsAt + 4 * this.#stride * this.#slot(field);
  }

  lengths(field: number): number {
    return this.#lengthsAt + 4 * this.#stride * this.#slot(field);
  }

  #slot(field: number): number {
    const slot = this.#slots[field];
    if (slot === undefined || slot === NO_SLOT) throw new RangeError(`field ${field} (${this.fields[field]}) was not asked for`);
    return slot;
  }

  /** CSV_FLAGS of the rows. A view. */
  flags(): Uint8Array {
    return this.#runtime.arena.u8(this.#rowFlags, this.rows);
  }

  /** Fields that a row has. */
  fieldCount(row: number): number {
    return this.#runtime.arena.u32(this.#rowFields, this.rows)[row]!;
  }

  /** Text of a field, null where missing. */
  text(field: number, row: number): string | null {
    const length = this.#runtime.arena.u32(this.lengths(field), this.rows)[row]!;
    return length === MISSING ? null : this.#decode(this.#runtime.arena.u32(this.starts(field), this.rows)[row]!, length);
  }

  /** Offset in the file, line (from 1) where the row starts, lines it covers. */
  place(row: number): { offset: number; line: number; lines: number } {
    const { kernels } = this.#runtime;
    const start = this.#rowStart(row);
    const end = start + this.#rowLength(row);
    this.#lines += start >= this.#lineAt ? kernels.csv_lines(this.#lineAt, start, this.#end) : -kernels.csv_lines(start, this.#lineAt, this.#end);
    this.#lineAt = start;
    return { offset: this.#offset + start - this.#base, line: this.#lines, lines: kernels.csv_lines(start, end, this.#end) + 1 };
  }

  /** The row as the file has it, at most `limit` bytes; what is not UTF-8 becomes U+FFFD. */
  raw(row: number, limit: number): string {
    const start = this.#rowStart(row);
    const length = Math.min(limit, this.#rowLength(row));
    if ((this.flags()[row]! & CSV_FLAGS.UNESCAPED) === 0) return this.#decode(start, length);
    const out = Buffer.alloc(length);
    const file = openSource(this.path);
    try {
      readInto(file, this.path, out, this.#offset + start - this.#base);
    } finally {
      fs.closeSync(file);
    }
    return out.toString("utf8");
  }

  #rowStart(row: number): number {
    return this.#runtime.arena.u32(this.#rowStarts, this.rows)[row]!;
  }

  #rowLength(row: number): number {
    return this.#runtime.arena.u32(this.#rowLengths, this.rows)[row]!;
  }

  #decode(start: number, length: number): string {
    return Buffer.from(this.#runtime.arena.memory.buffer, start, length).toString("utf8");
  }
}

function readVerified(input: ShardInput, out: Uint8Array): void {
  const file = openSource(input.path);
  try {
    readInto(file, input.path, out, input.offset);
  } finally {
    fs.closeSync(file);
  }
  if (createHash("sha256").update(out).digest("hex") !== input.sha256)
    throw inputChanged(input.path, `bytes [${input.offset}, ${input.offset + input.length}) differ from those that were scanned`);
}
