import fs from "node:fs";
import zlib from "node:zlib";
import { BATCH_ROWS, type DistinctTexts, type FieldNumbers } from "@crossbill/columns";
import { CrossbillError, decodeMessage, type ErrorCode, v1 } from "@crossbill/messages";
import { type PlacedTexts, placeTexts } from "../placed-texts.js";
import type { Runtime } from "../runtime.js";
import type { RowPlace, RowProblem, ShardInput, ShardSource } from "../shard-source.js";
import { openSource, readInto, takeText } from "../source-bytes.js";
import { float32Text } from "./cells.js";
import { TABLE_END, TABLE_MAGIC } from "./table-format.js";

const MISSING = 0xffffffff;
/** Bytes that the text of a number has at most. */
const NUMBER_BYTES = 32;

/** A table file as a shard: all of it in kernel memory, its batches in place. */
export class TableShard implements ShardSource {
  readonly fields: readonly string[];
  readonly path: string;
  rows = 0;
  readonly #runtime: Runtime;
  readonly #base: number;
  readonly #index: v1.TableIndex;
  /** Of each field of the source its place in the table; -1: it is not there. */
  readonly #slots: readonly number[];
  readonly #places: TextPlace[];
  readonly #missing: PlacedTexts;
  readonly #missingTexts: ReadonlySet<string>;
  readonly #firstRow: number;
  #next = 0;
  #batch: v1.TableBatch = v1.TableBatch.create();
  #rowsBefore = 0;
  /** By field of the table, of this batch: the rows whose number is none; undefined: not looked at yet. */
  #bad: (readonly number[] | undefined)[] = [];

  /**
   * Reads and verifies it.
   * @throws E_CORRUPT when it is not what was written; E_NOT_FOUND, E_IO, E_SHARD_TOO_LARGE
   */
  constructor(runtime: Runtime, params: v1.ShardParams, input: ShardInput) {
    const { arena } = runtime;
    const { missing } = params.data.csv;
    this.#runtime = runtime;
    this.path = input.path;
    this.fields = params.fields;
    this.#firstRow = params.firstRow;
    this.#base = takeText(runtime, input.length);
    const bytes = arena.u8(this.#base, input.length);
    readVerified(input, bytes, params.checksum);
    this.#index = readIndex(input.path, bytes);
    const names = new Map(this.#index.fields.map(({ name }, slot) => [name, slot]));
    this.#slots = this.fields.map((name) => names.get(name) ?? -1);
    this.#places = this.#index.fields.map(() => ({
      starts: 0,
      list: 0,
      listLengths: 0,
      listed: false,
      numbers: 0,
      widened: false,
      lengths: 0,
      bytes: 0,
      lengthsAt: 0,
    }));
    this.#missing = placeTexts(arena, missing);
    this.#missingTexts = new Set(missing);
  }

  next(): boolean {
    const batch = this.#index.batches[this.#next];
    if (batch === undefined) return false;
    this.#next++;
    this.#rowsBefore += this.rows;
    this.rows = batch.rows;
    this.#batch = batch;
    this.#bad = [];
    for (const place of this.#places) {
      place.lengthsAt = 0;
      place.listed = false;
      place.widened = false;
    }
    return true;
  }

  starts(field: number): number {
    return this.#texts(this.#slot(field)).starts;
  }

  lengths(field: number): number {
    return this.#texts(this.#slot(field)).lengthsAt;
  }

  numbers(field: number): FieldNumbers | null {
    const slot = this.#slot(field);
    const { numbers } = this.#batch.chunks[slot]!;
    return numbers === 0 ? null : { at: this.#numbersAt(slot), bad: this.#numbers(slot) };
  }

  distinct(field: number): DistinctTexts | null {
    const slot = this.#slot(field);
    const { codes, count } = this.#batch.chunks[slot]!;
    return codes === 0 ? null : { codes: this.#base + codes, count, ...this.#list(slot) };
  }

  problems(): RowProblem[] {
    return this.#batch.notUtf8.map((row) => ({ row, code: "E_UTF8" }));
  }

  reason(_row: number, _code: ErrorCode): string {
    return "a text of it is not valid UTF-8";
  }

  text(field: number, row: number): string | null {
    return this.#text(this.#slot(field), row);
  }

  place(row: number): RowPlace {
    return { offset: 0, line: this.#firstRow + this.#rowsBefore + row + 1 };
  }

  /** A JSON object of the fields that are read. */
  raw(row: number, limit: number): string {
    const entries = this.#index.fields.map(({ name }, slot) => `${JSON.stringify(name)}:${JSON.stringify(this.#text(slot, row))}`);
    return `{${entries.join(",")}}`.slice(0, limit);
  }

  #slot(field: number): number {
    const slot = this.#slots[field] ?? -1;
    if (slot < 0) throw new RangeError(`field ${field} (${this.fields[field]}) was not asked for`);
    return slot;
  }

  #text(slot: number, row: number): string | null {
    const { arena } = this.#runtime;
    const chunk = this.#batch.chunks[slot]!;
    if (chunk.lengths === 0) {
      const x = arena.f64(this.#numbersAt(slot), this.rows)[row]!;
      return Number.isNaN(x) && !this.#numbers(slot).includes(row) ? null : this.#numberText(slot, x);
    }
    const { starts, lengthsAt } = this.#texts(slot);
    const length = arena.u32(lengthsAt, this.rows)[row]!;
    return length === MISSING ? null : Buffer.from(arena.memory.buffer, arena.u32(starts, this.rows)[row]!, length).toString("utf8");
  }

  #numberText(slot: number, x: number): string {
    return this.#index.fields[slot]!.float32 ? float32Text(x) : String(x);
  }

  /** Makes numbers that mean "no value" missing, once a batch; the rows whose number is none. */
  #numbers(slot: number): readonly number[] {
    const known = this.#bad[slot];
    if (known !== undefined) return known;
    const chunk = this.#batch.chunks[slot]!;
    const values = (): Float64Array => this.#runtime.arena.f64(this.#numbersAt(slot), this.rows);
    let { bad } = chunk;
    if (this.#missingTexts.size > 0) {
      const kept = bad.filter((row) => !this.#missingTexts.has(this.#numberText(slot, values()[row]!)));
      for (const row of bad) if (!kept.includes(row)) values()[row] = Number.NaN;
      bad = kept;
      if (chunk.lengths === 0) this.#dropNumbers(slot, values());
      else {
        const lengths = this.#runtime.arena.u32(this.#texts(slot).lengthsAt, this.rows);
        for (let row = 0; row < this.rows; row++) if (lengths[row] === MISSING) values()[row] = Number.NaN;
      }
    }
    this.#bad[slot] = bad;
    return bad;
  }

  #dropNumbers(slot: number, values: Float64Array): void {
    for (const text of this.#missingTexts) {
      const x = Number(text);
      if (text === "" || !Number.isFinite(x) || this.#numberText(slot, x) !== text) continue;
      for (let row = 0; row < values.length; row++) if (values[row] === x) values[row] = Number.NaN;
    }
  }

  /** Where the texts of a field lie; made when they are first asked for. */
  #texts(slot: number): TextPlace {
    const place = this.#places[slot]!;
    if (place.lengthsAt !== 0) return place;
    const { arena, kernels } = this.#runtime;
    const { rows } = this;
    const chunk = this.#batch.chunks[slot]!;
    if (place.starts === 0) place.starts = arena.take(4 * BATCH_ROWS);
    if (chunk.codes > 0) {
      if (place.lengths === 0) place.lengths = arena.take(4 * BATCH_ROWS);
      place.lengthsAt = place.lengths;
      const list = this.#list(slot);
      kernels.codes_u32(place.starts, this.#base + chunk.codes, rows, list.starts, chunk.count, 0);
      kernels.codes_u32(place.lengths, this.#base + chunk.codes, rows, list.lengths, chunk.count, MISSING);
      return place;
    }
    if (chunk.lengths === 0) this.#makeTexts(slot, place);
    else {
      place.lengthsAt = this.#base + chunk.lengths;
      const starts = arena.u32(place.starts, rows);
      const lengths = arena.u32(place.lengthsAt, rows);
      let at = this.#base + chunk.bytes;
      for (let row = 0; row < rows; row++) {
        starts[row] = at;
        const length = lengths[row]!;
        if (length !== MISSING) at += length;
      }
    }
    const { texts, lengths, count } = this.#missing;
    kernels.csv_mark_missing(place.starts, place.lengthsAt, rows, texts, lengths, count);
    return place;
  }

  /** Offset of f64[rows]: numbers of a field. */
  #numbersAt(slot: number): number {
    const { numbers, width } = this.#batch.chunks[slot]!;
    if (width === 0) return this.#base + numbers;
    const place = this.#places[slot]!;
    if (place.widened) return place.numbers;
    const { arena, kernels } = this.#runtime;
    if (place.numbers === 0) place.numbers = arena.take(8 * BATCH_ROWS);
    kernels.widen_f64(place.numbers, this.#base + numbers, width, this.rows);
    place.widened = true;
    return place.numbers;
  }

  /** Places of the batch's texts where rows have codes, made when they are first asked for; those that mean "no value" are missing then. */
  #list(slot: number): { readonly starts: number; readonly lengths: number } {
    const place = this.#places[slot]!;
    if (place.listed) return { starts: place.list, lengths: place.listLengths };
    const { arena, kernels } = this.#runtime;
    const { lengths, bytes, count, short } = this.#batch.chunks[slot]!;
    if (place.list === 0) place.list = arena.take(8 * (BATCH_ROWS + 1));
    place.listLengths = short ? place.list + 4 * (BATCH_ROWS + 1) : this.#base + lengths;
    if (short) kernels.widen_u8(place.listLengths, this.#base + lengths, count);
    kernels.texts_places(place.list, place.listLengths, count, this.#base + bytes);
    kernels.csv_mark_missing(place.list, place.listLengths, count, this.#missing.texts, this.#missing.lengths, this.#missing.count);
    place.listed = true;
    return { starts: place.list, lengths: place.listLengths };
  }

  #makeTexts(slot: number, place: TextPlace): void {
    const { arena } = this.#runtime;
    const bad = new Set(this.#numbers(slot));
    if (place.lengths === 0) place.lengths = arena.take(4 * BATCH_ROWS);
    if (place.bytes === 0) place.bytes = arena.take(NUMBER_BYTES * BATCH_ROWS);
    place.lengthsAt = place.lengths;
    const numbers = arena.f64(this.#numbersAt(slot), this.rows);
    const starts = arena.u32(place.starts, this.rows);
    const lengths = arena.u32(place.lengths, this.rows);
    const out = Buffer.from(arena.memory.buffer, place.bytes, NUMBER_BYTES * BATCH_ROWS);
    let at = 0;
    for (let row = 0; row < numbers.length; row++) {
      const x = numbers[row]!;
      starts[row] = place.bytes + at;
      if (Number.isNaN(x) && !bad.has(row)) {
        lengths[row] = MISSING;
        continue;
      }
      // Labels mostly are digits.
      const digit = x >= 0 && x <= 9 && Number.isInteger(x);
      if (digit) out[at] = 48 + x;
      const length = digit ? 1 : out.write(this.#numberText(slot, x), at, "latin1");
      lengths[row] = length;
      at += length;
    }
  }
}

/** Offsets of the texts of a field. */
interface TextPlace {
  /** Of u32[BATCH_ROWS]; 0: not taken yet. */
  starts: number;
  /** Of u32[BATCH_ROWS + 1]: starts of the batch's texts, where rows have codes; room for as many lengths behind them. */
  list: number;
  /** Of their lengths. */
  listLengths: number;
  /** Of f64[BATCH_ROWS], where numbers are narrow. */
  numbers: number;
  /** They are of this batch. */
  widened: boolean;
  /** They are of this batch. */
  listed: boolean;
  /** Of u32[BATCH_ROWS], where texts are made of numbers or found by codes. */
  lengths: number;
  bytes: number;
  /** Of the lengths of this batch; 0: not made yet. */
  lengthsAt: number;
}

function readVerified(input: ShardInput, bytes: Uint8Array, checksum: Uint8Array): void {
  const file = openSource(input.path);
  try {
    readInto(file, input.path, bytes, input.offset);
  } finally {
    fs.closeSync(file);
  }
  if (zlib.crc32(bytes) !== Buffer.from(checksum).readUInt32LE()) throw damaged(input.path);
}

/** @throws E_CORRUPT */
function readIndex(path: string, bytes: Uint8Array): v1.TableIndex {
  const own = Uint8Array.from(bytes.subarray(-8));
  const length = new DataView(own.buffer).getUint32(0, true);
  if (Buffer.compare(bytes.subarray(0, 8), TABLE_MAGIC) !== 0 || Buffer.compare(own.subarray(4), TABLE_END) !== 0 || length + 16 > bytes.length)
    throw damaged(path);
  return decodeMessage(v1.TableIndex, Uint8Array.from(bytes.subarray(bytes.length - 8 - length, bytes.length - 8)), path);
}

function damaged(path: string): CrossbillError {
  return new CrossbillError("E_CORRUPT", `${path}: not the table that was written; run again with --fresh`, { details: { path } });
}
