import zlib from "node:zlib";
import { CODE_RECORD_BYTES, HYBRID_BYTES, PAGE_SLACK, type Room } from "@crossbill/kernels";
import type { ColumnField, ColumnType } from "./column-data.js";
import { FlatNumbers, type FlatRuntime, FlatTexts } from "./flat-sinks.js";
import { isNumber } from "./number-sink.js";
import type { FlatField } from "./parquet-flat.js";
import type { ColumnChunk } from "./parquet-footer.js";
import { KIND, type Page } from "./parquet-pages.js";
import type { SourceFile } from "./source-file.js";
import { TABLE_ROWS } from "./table-format.js";
import { numberIn } from "./thrift.js";
import { decompressZstd, NATIVE_ZSTD } from "./zstd.js";

/** Numbers of CompressionCodec and Encoding. */
const CODEC = { none: 0, snappy: 1, gzip: 2, zstd: 6 } as const;
const CODECS: ReadonlySet<number> = new Set([CODEC.none, CODEC.snappy, CODEC.gzip, ...(NATIVE_ZSTD ? [CODEC.zstd] : [])]);
const ENCODING = { plain: 0, plainDictionary: 2, rle: 3, rleDictionary: 8 } as const;
const MAX_PAGE_VALUES = 2 ** 31;
/** Bytes of a length in front of what it is of. */
const PREFIX = 4;

/** Thrown where a column is not what its headers said: the general decoder reads it, or says what is wrong. */
export class NotFlat extends Error {
  readonly field: string;

  constructor(field: string) {
    super(`field ${field} is not flat`);
    this.field = field;
  }
}

/** Whether {@link FlatColumn} reads all of these pages. */
export function isFlat({ codec }: ColumnChunk, pages: readonly Page[]): boolean {
  return CODECS.has(codec) && pages.every((page, i) => (page.kind === KIND.dictionary ? i === 0 : true) && isFlatPage(page));
}

function isFlatPage({ kind, header, values }: Page): boolean {
  if (!(values >= 0 && values < MAX_PAGE_VALUES)) return false;
  if (kind === KIND.dictionary) return isPlain(numberIn(header, 2)) || numberIn(header, 2) === ENCODING.plainDictionary;
  if (kind === KIND.data) return isValueEncoding(numberIn(header, 2)) && numberIn(header, 3) === ENCODING.rle;
  return kind === KIND.data2 && isValueEncoding(numberIn(header, 4)) && (numberIn(header, 5) ?? -1) >= 0 && numberIn(header, 6) === 0;
}

function isPlain(encoding: number | undefined): boolean {
  return encoding === ENCODING.plain;
}

function isDictionary(encoding: number | undefined): boolean {
  return encoding === ENCODING.plainDictionary || encoding === ENCODING.rleDictionary;
}

function isValueEncoding(encoding: number | undefined): boolean {
  return isPlain(encoding) || isDictionary(encoding);
}

/** What the columns of a file use one after the other. */
export interface FlatScratch {
  /** Offsets of u32[TABLE_ROWS]: definition levels, places in the dictionary. */
  readonly levels: number;
  readonly codes: number;
  /** Offset of f64[TABLE_ROWS]. */
  readonly values: number;
}

export function takeScratch({ arena }: FlatRuntime): FlatScratch {
  return {
    levels: arena.take(4 * TABLE_ROWS),
    codes: arena.take(4 * TABLE_ROWS),
    values: arena.take(8 * TABLE_ROWS),
  };
}

/**
 * Reads one flat column of one file, row group after row group, a few rows at a time: of a chunk only the dictionary and one page are held. The general decoder
 * gives the same, more slowly. Format: https://github.com/apache/parquet-format/blob/master/Encodings.md
 */
export class FlatColumn {
  readonly sink: FlatNumbers | FlatTexts;
  readonly field: ColumnField;
  readonly #optional: boolean;
  readonly #file: SourceFile;
  readonly #runtime: FlatRuntime;
  readonly #scratch: FlatScratch;
  /** A page as it is in the file, and decompressed; the dictionary's. */
  readonly #packed: Room;
  readonly #page: Room;
  readonly #dictionaryPage: Room;
  /** Of the dictionary: numbers, or texts: places, and their records. */
  readonly #numbers: Room;
  readonly #starts: Room;
  readonly #lengths: Room;
  readonly #texts: Room;
  readonly #levels: number;
  readonly #codes: number;
  #codec = 0;
  #pages: readonly Page[] = [];
  #next = 0;
  /** Values of the page that are still to come, nulls too. */
  #left = 0;
  /** Texts or numbers of the dictionary; -1: there is none. */
  #count = -1;
  #coded = false;
  /** Where plain values go on, and end. */
  #at = 0;
  #end = 0;

  constructor(runtime: FlatRuntime, scratch: FlatScratch, file: SourceFile, { field, optional }: FlatField) {
    const { arena } = runtime;
    this.#runtime = runtime;
    this.#scratch = scratch;
    this.#file = file;
    this.field = field;
    this.#optional = optional;
    this.sink = isNumber(field.type) ? new FlatNumbers(runtime) : new FlatTexts(runtime);
    this.#packed = arena.room();
    this.#page = arena.room();
    this.#dictionaryPage = arena.room();
    this.#numbers = arena.room();
    this.#starts = arena.room();
    this.#lengths = arena.room();
    this.#texts = arena.room();
    this.#levels = arena.take(HYBRID_BYTES);
    this.#codes = arena.take(HYBRID_BYTES);
  }

  /** Goes to the first row of a chunk. */
  open({ codec }: ColumnChunk, pages: readonly Page[]): void {
    this.#codec = codec;
    this.#pages = pages;
    this.#next = 0;
    this.#left = 0;
    this.#count = -1;
  }

  /** Bytes of texts that the next n rows have at most, each of a batch's texts counted once. */
  textBytes(n: number): number {
    if (this.sink instanceof FlatNumbers) return 0;
    let bytes = this.#pages[0]?.kind === KIND.dictionary ? this.#pages[0].unpacked : 0;
    // Of the page that is open all.
    let next = Math.max(0, this.#next - 1);
    for (let rows = this.#next === 0 ? 0 : this.#left - (this.#pages[next]?.values ?? 0); rows < n && next < this.#pages.length; next++) {
      const { kind, values, unpacked } = this.#pages[next]!;
      if (kind === KIND.dictionary) continue;
      bytes += unpacked;
      rows += values;
    }
    return bytes;
  }

  /** Gives the sink the next n rows, as those from `row` on. @throws NotFlat; E_IO and E_CORRUPT of reading */
  take(n: number, row: number): void {
    for (let done = 0; done < n; ) {
      while (this.#left === 0) this.#nextPage();
      const some = Math.min(n - done, this.#left);
      if (this.sink instanceof FlatTexts) this.#takeTexts(this.sink, some, row + done);
      else this.#takeNumbers(this.sink, some, row + done);
      this.#left -= some;
      done += some;
    }
  }

  #fail(): never {
    throw new NotFlat(this.field.name);
  }

  #need(holds: number | boolean): void {
    if (holds === 0 || holds === false) this.#fail();
  }

  /** Levels of the next n rows: how many have a value, and where the levels lie; 0: all have one. */
  #present(n: number): { m: number; levels: number } {
    const { kernels } = this.#runtime;
    if (!this.#optional) return { m: n, levels: 0 };
    const { levels } = this.#scratch;
    const m = kernels.levels_next(this.#levels, levels, n);
    this.#need(m >= 0);
    return { m, levels: m === n ? 0 : levels };
  }

  #takeTexts(sink: FlatTexts, n: number, row: number): void {
    const { kernels } = this.#runtime;
    const { m, levels } = this.#present(n);
    const out = sink.codes + 2 * row;
    if (this.#coded) {
      const { codes, values } = this.#scratch;
      this.#need(kernels.hybrid_next(this.#codes, codes, m));
      const own = levels === 0 ? out : values;
      const used = kernels.codes_assign(own, codes, m, this.#texts.at, this.#count, sink.serial, sink.starts, sink.lengths, sink.count);
      this.#need(used >= 0);
      if (levels !== 0) kernels.codes_spread(out, levels, n, own);
      sink.copyTo(used);
      return;
    }
    const starts = sink.starts + 4 * sink.count;
    if (m > 0) {
      const end = kernels.plain_texts(starts, sink.lengths + 4 * sink.count, m, this.#at, this.#end);
      this.#need(end);
      this.#need(kernels.texts_valid(starts, sink.lengths + 4 * sink.count, m, end));
      this.#at = end;
    }
    kernels.codes_count(out, levels, n, sink.count);
    sink.copyTo(sink.count + m);
  }

  #takeNumbers(sink: FlatNumbers, n: number, row: number): void {
    const { arena, kernels } = this.#runtime;
    const { m, levels } = this.#present(n);
    const out = sink.numbers + 8 * row;
    const values = levels === 0 ? out : this.#scratch.values;
    if (this.#coded) {
      const { codes } = this.#scratch;
      this.#need(kernels.hybrid_next(this.#codes, codes, m));
      this.#need(kernels.decode_f64(values, codes, m, this.#numbers.at, this.#count));
    } else {
      const bytes = m * widthOf(this.field.type);
      this.#need(bytes <= this.#end - this.#at);
      this.#readNumbers(values, this.#at, m);
      this.#at += bytes;
    }
    const odd = this.field.type.kind === "float" && kernels.count_odd_f64(values, m) > 0;
    if (levels !== 0) kernels.spread_f64(out, levels, n, values);
    if (!odd) return;
    const numbers = arena.f64(out, n);
    const there = levels === 0 ? null : arena.u32(levels, n);
    for (let i = 0; i < n; i++) if ((there === null || there[i] === 1) && numbers[i]! - numbers[i]! !== 0) sink.bad.push(row + i);
  }

  /** Plain numbers as f64[n]. */
  #readNumbers(out: number, at: number, n: number): void {
    const { kernels } = this.#runtime;
    const { type } = this.field;
    if (type.kind === "int" && type.bits === 32) kernels.i32_to_f64(out, at, n);
    else if (type.kind === "int") this.#need(kernels.i64_to_f64(out, at, n));
    else if (type.kind === "float" && type.bits === 32) kernels.f32_to_f64(out, at, n);
    else kernels.copy_bytes(out, at, 8 * n);
  }

  #nextPage(): void {
    const page = this.#pages[this.#next++];
    if (page === undefined) this.#fail();
    else if (page.kind === KIND.dictionary) this.#readDictionary(page);
    else this.#readPage(page);
  }

  #readDictionary({ at, size, unpacked, values: n }: Page): void {
    const { kernels } = this.#runtime;
    const packed = this.#read(at, size);
    const from = this.#room(this.#dictionaryPage, unpacked);
    this.#unpack(this.#codec, packed, size, from, unpacked);
    const end = from + unpacked;
    if (this.sink instanceof FlatNumbers) {
      this.#need(n * widthOf(this.field.type) <= unpacked);
      this.#readNumbers(this.#room(this.#numbers, 8 * n), from, n);
    } else {
      this.#need(PREFIX * n <= unpacked);
      const starts = this.#room(this.#starts, 4 * n);
      const lengths = this.#room(this.#lengths, 4 * n);
      if (n > 0) {
        this.#need(kernels.plain_texts(starts, lengths, n, from, end));
        this.#need(kernels.texts_valid(starts, lengths, n, end));
      }
      kernels.codes_dictionary(this.#room(this.#texts, CODE_RECORD_BYTES * n), starts, lengths, n);
      this.sink.serial = 1;
    }
    this.#count = n;
  }

  #readPage({ kind, at, size, unpacked, values, header }: Page): void {
    const { arena, kernels } = this.#runtime;
    const second = kind === KIND.data2;
    this.#coded = isDictionary(numberIn(header, second ? 4 : 2));
    this.#need(!this.#coded || this.#count >= 0);
    const packed = this.#read(at, size);
    // In the second version levels stand in front of what is compressed, in the first one they are part of it, behind their length.
    const before = second ? numberIn(header, 5)! : 0;
    this.#need(before <= Math.min(size, unpacked));
    let [from, left] = [packed + before, unpacked - before];
    const codec = second && header.get(7) === false ? CODEC.none : this.#codec;
    if (codec === CODEC.none) this.#need(size === unpacked);
    else {
      from = this.#room(this.#page, left);
      this.#unpack(codec, packed + before, size - before, from, left);
    }
    const end = from + left;
    if (second) kernels.hybrid_begin(this.#levels, packed, packed + before, 1);
    else if (this.#optional) {
      this.#need(left >= PREFIX);
      left = new DataView(arena.memory.buffer).getUint32(from, true);
      from += PREFIX;
      this.#need(left <= end - from);
      kernels.hybrid_begin(this.#levels, from, from + left, 1);
      from += left;
    }
    // Where all values are missing there may be no width.
    if (this.#coded) kernels.hybrid_begin(this.#codes, Math.min(from + 1, end), end, from < end ? arena.u8(from, 1)[0]! : 0);
    this.#at = from;
    this.#end = end;
    this.#left = values;
  }

  /** Reads bytes of the file to the room for packed pages. */
  #read(at: number, size: number): number {
    const packed = this.#room(this.#packed, size);
    this.#file.readInto(at, this.#runtime.arena.u8(packed, size));
    return packed;
  }

  #unpack(codec: number, at: number, size: number, out: number, length: number): void {
    const { arena, kernels } = this.#runtime;
    if (codec === CODEC.none) {
      this.#need(size === length);
      kernels.copy_bytes(out, at, length);
    } else if (codec === CODEC.snappy) this.#need(kernels.snappy_decompress(out, length, at, size));
    else arena.u8(out, length).set(this.#inflate(codec, Uint8Array.from(arena.u8(at, size)), length));
  }

  /** What Node.js decompresses, which takes no shared memory. */
  #inflate(codec: number, bytes: Uint8Array, length: number): Uint8Array {
    try {
      const out = codec === CODEC.zstd ? decompressZstd(bytes, length) : zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, length) });
      this.#need(out.length === length);
      return out;
    } catch {
      return this.#fail();
    }
  }

  /** So many bytes of a room, and what may be touched behind them. */
  #room(room: Room, bytes: number): number {
    try {
      return room.bytes(bytes + PAGE_SLACK);
    } catch {
      return this.#fail();
    }
  }
}

/** Bytes of a plain number. */
function widthOf(type: ColumnType): number {
  return type.kind === "int" || type.kind === "float" ? type.bits / 8 : 0;
}
