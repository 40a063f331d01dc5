import zlib from "node:zlib";
import { encodeMessage, v1 } from "@crossbill/messages";
import { type AtomicWriter, atomicWriteStream } from "@crossbill/storage";
import type { TablePieceMade } from "./child-protocol.js";
import type { ColumnField } from "./column-data.js";
import { GrowingBytes } from "./growing-bytes.js";
import { TABLE_END, TABLE_MAGIC, TABLE_ROWS } from "./table-format.js";

/** Bytes of texts behind which a batch is closed early: wide rows come in smaller batches. */
export const BATCH_BYTES: number = 2 ** 25;
/** Rows that are taken at once where nobody knows how wide they are. */
export const WINDOW = 1024;

/** Takes bytes of a batch and gives their offset in the file. */
export type Place = (bytes: Uint8Array) => number;

/** What collects the values of a field for the open batch. */
export interface FieldSink {
  /** Bytes of texts so far. */
  readonly size: number;
  /** Begins the next batch. */
  reset(): void;
  /** The first `rows` rows of the batch, placed. */
  chunk(rows: number, place: Place): v1.TableChunk.$Properties;
}

/** Rows of a batch whose texts are no UTF-8. */
export type BadRows = (row: number) => void;

/**
 * Writes columns to table files. `append` takes rows at once and keeps what is to be written until `drain`: columns may be views of a memory that moves whenever
 * somebody waits. After an error `abort`.
 */
export class TableWriter {
  readonly #fields: readonly v1.TableField[];
  #sinks: readonly FieldSink[] = [];
  readonly #notUtf8 = new Set<number>();
  readonly #path: (piece: number) => string;
  readonly #tableBytes: number;
  readonly #onFile: (made: TablePieceMade) => void;
  #writer: AtomicWriter | null = null;
  /** The file before it, which may not be on the disk yet. */
  #committed: Promise<void> = Promise.resolve();
  /** Of what was written of the open file. */
  #crc = 0;
  /** What waits to be written; where in it files end, and how many rows they have. */
  readonly #out = new GrowingBytes(2 ** 22);
  #ends: { readonly at: number; readonly rows: number }[] = [];
  #batches: v1.TableBatch[] = [];
  #piece = 0;
  /** Rows of the open batch, and of the open file but for it. */
  #rows = 0;
  #pieceRows = 0;
  /** Bytes of the open file so far; 0: none is open. */
  #length = 0;
  /** Of all files so far. */
  bytes = 0;

  /**
   * @param path of each file, by its number
   * @param tableBytes behind which the next file begins
   * @param onFile is told of each finished file
   */
  constructor(fields: readonly ColumnField[], path: (piece: number) => string, tableBytes: number, onFile: (made: TablePieceMade) => void) {
    this.#fields = fields.map(({ name, type }) => v1.TableField.create({ name, float32: type.kind === "float" && type.bits < 64 }));
    this.#path = path;
    this.#tableBytes = tableBytes;
    this.#onFile = onFile;
  }

  /** Says that a row of the open batch has a text which is no UTF-8. */
  readonly reject: BadRows = (row) => {
    this.#notUtf8.add(row);
  };

  /** From here on the fields' values are collected in these, of each field one. */
  use(sinks: readonly FieldSink[]): void {
    if (sinks.length === this.#sinks.length && sinks.every((sink, i) => sink === this.#sinks[i])) return;
    if (this.#rows > 0) this.#closeBatch();
    this.#sinks = sinks;
    // They may hold rows that never were appended, as something was wrong with those.
    for (const sink of sinks) sink.reset();
  }

  /**
   * Appends rows. `put` is asked to give the sink of each field n rows, `from` of these being there already, as those of its batch from `row` on; without fields rows are counted only.
   * @param window rows that are taken at once
   * @param onRows is told of rows that are appended, of all fields
   */
  append(rows: number, put: (field: number, from: number, n: number, row: number) => void, window: number, onRows: (n: number) => void): void {
    for (let from = 0; from < rows; ) {
      const n = Math.min(rows - from, window, TABLE_ROWS - this.#rows);
      for (let i = 0; i < this.#sinks.length; i++) put(i, from, n, this.#rows);
      this.#rows += n;
      from += n;
      onRows(n);
      if (this.#rows === TABLE_ROWS || this.#textBytes() > BATCH_BYTES) this.#closeBatch();
    }
  }

  /** Writes what waits. @throws E_IO, E_NO_SPACE */
  async drain(): Promise<void> {
    const ends = this.#ends;
    this.#ends = [];
    let from = 0;
    for (const { at, rows } of ends) {
      await this.#write(from, at);
      await this.#committed;
      this.#committed = this.#commit(this.#writer!, { piece: this.#piece++, rows, crc32: this.#crc });
      // Whoever waits for it next is told.
      this.#committed.catch(() => undefined);
      this.#writer = null;
      this.#crc = 0;
      from = Math.ceil(at / 8) * 8;
    }
    await this.#write(from, this.#out.length);
    this.#out.clear();
  }

  /** The disk takes its time: the next file is made meanwhile. */
  async #commit(writer: AtomicWriter, made: Omit<TablePieceMade, "length">): Promise<void> {
    const { length } = await writer.commit();
    this.#onFile({ ...made, length });
  }

  async #write(from: number, to: number): Promise<void> {
    if (from === to) return;
    this.#writer ??= await atomicWriteStream(this.#path(this.#piece), false);
    const bytes = this.#out.view(from, to);
    this.#crc = zlib.crc32(bytes, this.#crc);
    await this.#writer.write(bytes);
  }

  /** Closes the last file. */
  async finish(): Promise<void> {
    if (this.#rows > 0) this.#closeBatch();
    if (this.#length > 0) this.#closeFile();
    await this.drain();
    await this.#committed;
  }

  async abort(): Promise<void> {
    await Promise.allSettled([this.#committed, this.#writer?.abort()]);
  }

  #textBytes(): number {
    let sum = 0;
    for (const sink of this.#sinks) sum += sink.size;
    return sum;
  }

  #closeBatch(): void {
    const rows = this.#rows;
    const from = this.#out.length;
    const start = this.#length;
    const place: Place = (bytes) => {
      const at = start + this.#out.length - from;
      this.#out.append(bytes);
      this.#out.align();
      return at;
    };
    // What waits begins at multiples of 8, as files do.
    if (start === 0) place(TABLE_MAGIC);
    const chunks = this.#sinks.map((sink) => v1.TableChunk.create(sink.chunk(rows, place)));
    this.#batches.push(v1.TableBatch.create({ rows, chunks, notUtf8: [...this.#notUtf8].sort((a, b) => a - b) }));
    for (const sink of this.#sinks) sink.reset();
    this.#notUtf8.clear();
    const added = this.#out.length - from;
    this.bytes += added;
    this.#length += added;
    this.#pieceRows += rows;
    this.#rows = 0;
    if (this.#length >= this.#tableBytes) this.#closeFile();
  }

  #closeFile(): void {
    const index = encodeMessage(v1.TableIndex, v1.TableIndex.create({ fields: [...this.#fields], batches: this.#batches }));
    const end = Buffer.alloc(4);
    end.writeUInt32LE(index.length);
    for (const bytes of [index, end, TABLE_END]) this.#out.append(bytes);
    this.#ends.push({ at: this.#out.length, rows: this.#pieceRows });
    this.#out.align();
    this.#batches = [];
    this.#pieceRows = 0;
    this.#length = 0;
  }
}
