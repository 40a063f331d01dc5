import { createHash } from "node:crypto";
import fs from "node:fs";
import { BATCH_ROWS } from "@crossbill/columns";
import { CSV_DIALECT_BYTES, CSV_FLAGS, csvDialectBlock } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode, type v1 } from "@crossbill/messages";
import { csvBytes } from "./dialect.js";
import { type PlacedTexts, placeTexts } from "./placed-texts.js";
import type { Runtime } from "./runtime.js";
import type { RowPlace, RowProblem, ShardInput, ShardSource } from "./shard-source.js";
import { checksumOf, inputChanged, openSource, readInto, takeText } from "./source-bytes.js";

const NO_SLOT = 0xffffffff;
const MISSING = 0xffffffff;
const NO_CHECKSUM = new Uint8Array(0);
/** Bytes that the starts and lengths of a batch may take: very wide rows come in smaller batches. */
const BATCH_BYTES = 2 ** 27;

/** A shard of delimited text: its bytes in kernel memory, cut into batches of rows in place. */
export class CsvShard implements ShardSource {
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
    for (const [i, input] of inputs.entries()) {
      readVerified(input, runtime, at, i === 0 ? params.checksum : NO_CHECKSUM);
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

  problems(): RowProblem[] {
    const bad = CSV_FLAGS.FIELD_COUNT | CSV_FLAGS.QUOTE | CSV_FLAGS.UTF8;
    const problems: RowProblem[] = [];
    const rows = this.#flags();
    for (let row = 0; row < rows.length; row++) {
      const flags = rows[row]!;
      if ((flags & bad) === 0) continue;
      if ((flags & CSV_FLAGS.OPEN) !== 0) {
        const { line, lines } = this.place(row);
        if (lines > 1) throw openQuote(this.path, line, lines);
      }
      problems.push({ row, code: (flags & CSV_FLAGS.UTF8) !== 0 ? "E_UTF8" : (flags & CSV_FLAGS.QUOTE) !== 0 ? "E_QUOTE" : "E_FIELD_COUNT" });
    }
    return problems;
  }

  reason(row: number, code: ErrorCode): string {
    if (code === "E_UTF8") return "not valid UTF-8";
    if (code === "E_QUOTE") return "malformed quotes: text behind a closing quote, or no closing quote";
    return `${this.#runtime.arena.u32(this.#rowFields, this.rows)[row]} fields, ${this.fields.length} expected`;
  }

  #flags(): Uint8Array {
    return this.#runtime.arena.u8(this.#rowFlags, this.rows);
  }

  text(field: number, row: number): string | null {
    const length = this.#runtime.arena.u32(this.lengths(field), this.rows)[row]!;
    return length === MISSING ? null : this.#decode(this.#runtime.arena.u32(this.starts(field), this.rows)[row]!, length);
  }

  place(row: number): RowPlace & { lines: number } {
    const { kernels } = this.#runtime;
    const start = this.#rowStart(row);
    const end = start + this.#rowLength(row);
    this.#lines += start >= this.#lineAt ? kernels.csv_lines(this.#lineAt, start, this.#end) : -kernels.csv_lines(start, this.#lineAt, this.#end);
    this.#lineAt = start;
    return { offset: this.#offset + start - this.#base, line: this.#lines, lines: kernels.csv_lines(start, end, this.#end) + 1 };
  }

  raw(row: number, limit: number): string {
    const start = this.#rowStart(row);
    const length = Math.min(limit, this.#rowLength(row));
    if ((this.#flags()[row]! & CSV_FLAGS.UNESCAPED) === 0) return this.#decode(start, length);
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

/** @param checksum of the bytes; empty: their SHA-256 is verified */
function readVerified(input: ShardInput, runtime: Runtime, at: number, checksum: Uint8Array): void {
  const out = runtime.arena.u8(at, input.length);
  const file = openSource(input.path);
  try {
    readInto(file, input.path, out, input.offset);
  } finally {
    fs.closeSync(file);
  }
  const same =
    checksum.length > 0
      ? Buffer.compare(checksumOf(runtime, at, input.length), checksum) === 0
      : createHash("sha256").update(out).digest("hex") === input.sha256;
  if (!same) throw inputChanged(input.path, `bytes [${input.offset}, ${input.offset + input.length}) differ from those that were scanned`);
}

function openQuote(path: string, line: number, lines: number): CrossbillError {
  return new CrossbillError(
    "E_QUOTE_OPEN",
    `${path}: the quoted field in the row that begins in line ${line} is never closed and swallows ${lines} lines up to the end of the file; close it, or set csv.quote to null if quotes are ordinary`,
    {
      details: { path, line, lines },
    },
  );
}
