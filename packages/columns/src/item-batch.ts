import { ITEMS, NUMBER_STATUS, parseDecimal, type Room } from "@crossbill/kernels";
import type { ErrorCode } from "@crossbill/messages";
import { type ColumnItems, splitArguments } from "./items.js";
import { BATCH_ROWS, type Runtime, type TextBatch } from "./text-batch.js";

const ARRAYS = [ITEMS.starts, ITEMS.lengths, ITEMS.weightStarts, ITEMS.weightLengths] as const;

/**
 * The items of one field of a batch: the texts of row r are items [offsets[r], offsets[r + 1]). Its buffers grow with what batches hold and are used again.
 * All numbers are byte offsets into the kernel memory, valid until the next batch.
 */
export class ItemBatch {
  readonly #runtime: Runtime;
  readonly #field: number;
  readonly #header: number;
  readonly #separator: number;
  readonly #arguments: ReturnType<typeof splitArguments>;
  /** Bytes that a text needs beyond its own: G of items_split. */
  readonly #grams: number;
  readonly #status: number;
  /** In the order of {@link ARRAYS}. */
  readonly #arrays: readonly Room[];
  readonly #bytes: Room;
  readonly #fingerprints: Room;
  readonly #numbers: Room;
  readonly #weights: Room;
  readonly #itemStatus: Room;
  #fingerprinted = false;
  #rows = 0;
  /** Rows with an item that is no number; null: not parsed yet. */
  #notNumbers: number[] | null = null;
  /** u32[rows + 1]. */
  readonly offsets: number;
  /** u32[rows]: of the rows' whole texts; 0xFFFFFFFF: missing. */
  rowLengths = 0;

  /** @param field index of the field in the batches */
  constructor(runtime: Runtime, items: ColumnItems, field: number) {
    const { arena } = runtime;
    this.#runtime = runtime;
    this.#field = field;
    this.#arguments = splitArguments(items.split);
    const { separator, least, most } = this.#arguments;
    this.#separator = arena.take(separator.length + 1);
    arena.u8(this.#separator, separator.length).set(separator);
    this.#grams = 0;
    for (let n = least; n <= most; n++) this.#grams += n;
    this.#header = arena.take(ITEMS.headerBytes);
    this.#fields().fill(0);
    this.offsets = arena.take(4 * (BATCH_ROWS + 1));
    this.#status = arena.take(BATCH_ROWS);
    this.#arrays = ARRAYS.map(() => arena.room());
    this.#bytes = arena.room();
    [this.#fingerprints, this.#numbers, this.#weights, this.#itemStatus] = [arena.room(), arena.room(), arena.room(), arena.room()];
  }

  get count(): number {
    return this.#fields()[ITEMS.count]!;
  }

  /** u32[count] each. */
  get starts(): number {
    return this.#fields()[ITEMS.starts]!;
  }
  get lengths(): number {
    return this.#fields()[ITEMS.lengths]!;
  }

  /** f64[count]; 0: every weight is 1. */
  get weights(): number {
    return this.#arguments.weighted ? this.#weights.at : 0;
  }

  /** u64[count]. */
  fingerprints(): number {
    const out = this.#fingerprints.bytes(8 * this.count);
    if (!this.#fingerprinted) this.#runtime.kernels.texts_fingerprint_u64(out, this.starts, this.lengths, this.count);
    this.#fingerprinted = true;
    return out;
  }

  /** Cuts the texts of a batch; `reject` is told of rows whose text is no list, or has an item without name or with a weight that is no number. */
  split(batch: TextBatch, reject: (row: number, code: ErrorCode) => void): void {
    const { arena, kernels } = this.#runtime;
    const { kind, separator, weighted, least, most } = this.#arguments;
    const [starts, lengths] = [batch.starts(this.#field), batch.lengths(this.#field)];
    this.#begin();
    arena.u32(this.offsets, 1)[0] = 0;
    this.rowLengths = lengths;
    this.#fingerprinted = false;
    this.#notNumbers = null;
    this.#rows = batch.rows;
    for (let row = 0; row < batch.rows; ) {
      row =
        kernels.items_split(
          this.#header,
          this.offsets,
          this.#status,
          starts,
          lengths,
          row,
          batch.rows,
          kind,
          this.#separator,
          separator.length,
          weighted,
          least,
          most,
        ) >>> 0;
      if (row < batch.rows) this.#makeRoom(arena.u32(lengths, batch.rows)[row]!);
    }
    const status = arena.u8(this.#status, batch.rows);
    for (let row = 0; row < batch.rows; row++) if (status[row] !== 0) reject(row, "E_LIST");
    if (weighted) this.#readWeights((row) => reject(row, "E_LIST"));
  }

  /** f64[count]: the items as numbers, NaN where one is none; parsed once a batch. */
  numbers(): number {
    if (this.#notNumbers === null) {
      const rows: number[] = [];
      this.#notNumbers = rows;
      this.#parse(this.#numbers, this.starts, this.lengths, (row) => rows.push(row));
    }
    return this.#numbers.bytes(8 * this.count);
  }

  /** Rows with an item that is no number. */
  notNumbers(): readonly number[] {
    this.numbers();
    return this.#notNumbers!;
  }

  #readWeights(reject: (row: number) => void): void {
    const header = this.#fields();
    const x = this.#parse(this.#weights, header[ITEMS.weightStarts]!, header[ITEMS.weightLengths]!, reject);
    this.#runtime.kernels.items_weights(x, this.#itemStatus.at, this.count);
  }

  #parse(room: Room, starts: number, lengths: number, reject: (row: number) => void): number {
    const { arena, kernels } = this.#runtime;
    const rows = this.#rows;
    const n = this.count;
    const [out, status] = [room.bytes(8 * n), this.#itemStatus.bytes(n)];
    if (kernels.texts_parse_f64(out, status, starts, lengths, n) === 0) return out;
    const [values, what, from, length] = [arena.f64(out, n), arena.u8(status, n), arena.u32(starts, n), arena.u32(lengths, n)];
    const offsets = arena.u32(this.offsets, rows + 1);
    for (let row = 0; row < rows; row++) {
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
        if (what[i] === NUMBER_STATUS.long) values[i] = parseDecimal(Buffer.from(arena.memory.buffer, from[i]!, length[i]!).toString("latin1"));
        if (what[i] === NUMBER_STATUS.notANumber || (what[i] === NUMBER_STATUS.long && Number.isNaN(values[i]))) reject(row);
      }
    }
    return out;
  }

  #fields(): Uint32Array {
    return this.#runtime.arena.u32(this.#header, ITEMS.headerBytes / 4);
  }

  /** No items, and the room that there is: what was taken for earlier batches may have been released. */
  #begin(): void {
    const header = this.#fields().fill(0);
    for (const [i, array] of ARRAYS.entries()) header[array] = this.#arrays[i]!.at;
    header[ITEMS.room] = Math.floor(Math.min(...this.#arrays.map(({ size }) => size)) / 4);
    header[ITEMS.bytes] = this.#bytes.at;
    header[ITEMS.bytesRoom] = this.#bytes.size;
  }

  /** Room for one more text of `length` bytes, and more than before. Texts that lie in the old bytes stay there until the next batch. */
  #makeRoom(length: number): void {
    const { kernels } = this.#runtime;
    const { least, most } = this.#arguments;
    const [count, room] = [this.#fields()[ITEMS.count]!, this.#fields()[ITEMS.room]!];
    const items = count + (length + 1) * (most - least + 1);
    if (items > room) {
      for (const [i, array] of ARRAYS.entries()) {
        const at = this.#arrays[i]!.bytes(4 * items);
        kernels.copy_bytes(at, this.#fields()[array]!, 4 * count);
        this.#fields()[array] = at;
      }
      this.#fields()[ITEMS.room] = Math.floor(Math.min(...this.#arrays.map(({ size }) => size)) / 4);
    }
    const bytes = length + this.#grams * (length + 1);
    if (this.#fields()[ITEMS.bytesUsed]! + bytes > this.#fields()[ITEMS.bytesRoom]!) {
      const at = this.#bytes.bytes(Math.max(bytes, 2 * this.#bytes.size));
      const header = this.#fields();
      header[ITEMS.bytes] = at;
      header[ITEMS.bytesUsed] = 0;
      header[ITEMS.bytesRoom] = this.#bytes.size;
    }
  }
}
