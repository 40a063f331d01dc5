import { libsvmRowTwin, SPARSE_BATCH, SPARSE_ERROR_TEXTS, SPARSE_FLAGS, SPARSE_ROW_BYTES, type SparseRow, vwRowTwin } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode, type v1 } from "@crossbill/messages";
import type { Runtime } from "./runtime.js";
import type { RowProblem, ShardInput } from "./shard-source.js";
import { NO_SLOT, TextShard } from "./text-shard.js";

/** Bytes of the features of a batch as text. Where the room is full a batch ends; it grows only for a row that is longer. */
const HEAP_BYTES = 2 ** 23;

/** What tells libsvm and Vowpal Wabbit apart. */
export interface SparseFormat {
  readonly fields: readonly string[];
  readonly kernel: "libsvm_rows" | "vw_rows";
  /** Reads a row that the kernel leaves. */
  readonly twin: (row: string) => SparseRow;
  readonly code: ErrorCode;
  /** For people. */
  readonly name: string;
}

export const LIBSVM: SparseFormat = { fields: ["label", "qid", "features"], kernel: "libsvm_rows", twin: libsvmRowTwin, code: "E_LIBSVM", name: "libsvm" };
export const VW: SparseFormat = {
  fields: ["label", "weight", "tag", "features"],
  kernel: "vw_rows",
  twin: vwRowTwin,
  code: "E_VW",
  name: "Vowpal Wabbit's text",
};

/** A shard of rows of sparse features: the features of a row are the text of a JSON object. */
export class SparseShard extends TextShard {
  readonly #format: SparseFormat;
  readonly #out: number;
  readonly #block: number;
  readonly #errors: number;
  readonly #errorAt: number;
  #heap = 0;
  #heapBytes = 0;
  #more = 0;
  #moreBytes = 0;

  constructor(format: SparseFormat, runtime: Runtime, params: v1.ShardParams, inputs: readonly ShardInput[], used: ReadonlySet<string>) {
    super(runtime, params, inputs, used);
    const { arena } = runtime;
    const { columns, starts, lengths, stride, rowStarts, rowLengths, rowFlags, maxRows, slots } = this.room;
    this.#format = format;
    this.#out = arena.take(4);
    this.#block = arena.take(SPARSE_BATCH.blockBytes);
    this.#errors = arena.take(maxRows);
    this.#errorAt = arena.take(4 * maxRows);
    const words = this.#words();
    words.fill(NO_SLOT, SPARSE_BATCH.slots);
    words.set(arena.u32(slots, this.fields.length), SPARSE_BATCH.slots);
    words[SPARSE_BATCH.columns] = columns;
    words[SPARSE_BATCH.starts] = starts;
    words[SPARSE_BATCH.lengths] = lengths;
    words[SPARSE_BATCH.stride] = stride;
    words[SPARSE_BATCH.rowStarts] = rowStarts;
    words[SPARSE_BATCH.rowLengths] = rowLengths;
    words[SPARSE_BATCH.rowFlags] = rowFlags;
    words[SPARSE_BATCH.rowErrors] = this.#errors;
    words[SPARSE_BATCH.rowErrorAt] = this.#errorAt;
    this.#takeHeap(HEAP_BYTES);
  }

  protected readRows(): number {
    const { arena, kernels } = this.runtime;
    for (;;) {
      const last = this.#heapBytes >= SPARSE_ROW_BYTES ? 1 : 0;
      const rows = kernels[this.#format.kernel](this.#out, this.position, this.end, this.#block, this.room.maxRows, last);
      const reached = arena.u32(this.#out, 1)[0]!;
      if (rows === 0 && reached < this.end) {
        this.#takeHeap(2 * this.#heapBytes);
        continue;
      }
      this.position = reached;
      this.#readLeft(rows);
      return rows;
    }
  }

  protected countLines(from: number, to: number): number {
    return this.runtime.kernels.lines_count(from, to);
  }

  protected changed(): boolean {
    return false;
  }

  problems(): RowProblem[] {
    const problems: RowProblem[] = [];
    const errors = this.runtime.arena.u8(this.#errors, this.rows);
    for (const [row, flags] of this.flags().entries()) {
      if ((flags & SPARSE_FLAGS.UTF8) !== 0) problems.push({ row, code: "E_UTF8" });
      else if (errors[row] !== 0) problems.push({ row, code: this.#format.code });
    }
    return problems;
  }

  reason(row: number, code: ErrorCode): string {
    if (code === "E_UTF8") return "not valid UTF-8";
    const { arena } = this.runtime;
    const error = SPARSE_ERROR_TEXTS[arena.u8(this.#errors, this.rows)[row]!];
    return `not ${this.#format.name}: ${error}, ${arena.u32(this.#errorAt, this.rows)[row]} bytes into the row`;
  }

  #words(): Uint32Array {
    return this.runtime.arena.u32(this.#block, SPARSE_BATCH.blockBytes / 4);
  }

  #takeHeap(bytes: number): void {
    this.#heap = this.#take(bytes);
    this.#heapBytes = bytes;
    const words = this.#words();
    words[SPARSE_BATCH.heap] = this.#heap;
    words[SPARSE_BATCH.heapEnd] = this.#heap + bytes;
  }

  #take(bytes: number): number {
    try {
      return this.runtime.arena.take(bytes);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new CrossbillError("E_SHARD_TOO_LARGE", `${this.path}: the features of its rows do not fit the kernels' memory of 4 GiB as text`, { cause });
    }
  }

  /** Reads the rows that the kernel left. */
  #readLeft(rows: number): void {
    const { arena } = this.runtime;
    const { rowFlags, rowStarts, rowLengths, starts, lengths, stride, slots } = this.room;
    const left: { row: number; read: SparseRow }[] = [];
    for (const [row, flags] of arena.u8(rowFlags, rows).entries()) {
      if ((flags & SPARSE_FLAGS.LEFT) === 0) continue;
      const text = Buffer.from(arena.memory.buffer, arena.u32(rowStarts, rows)[row]!, arena.u32(rowLengths, rows)[row]!).toString("latin1");
      left.push({ row, read: this.#format.twin(text) });
    }
    const bytes = left.reduce((sum, { read }) => sum + read.texts.reduce((all, text) => all + (text?.length ?? 0), 0), 0);
    if (bytes > this.#moreBytes) {
      this.#moreBytes = 2 * bytes;
      this.#more = this.#take(this.#moreBytes);
    }
    let at = this.#more;
    for (const { row, read } of left) {
      arena.u8(this.#errors, rows)[row] = read.error;
      arena.u32(this.#errorAt, rows)[row] = read.errorAt;
      for (const [field, text] of read.texts.entries()) {
        const slot = arena.u32(slots, this.fields.length)[field]!;
        if (slot === NO_SLOT || text === null) continue;
        Buffer.from(arena.memory.buffer, at, text.length).write(text, "latin1");
        arena.u32(starts + 4 * stride * slot, rows)[row] = at;
        arena.u32(lengths + 4 * stride * slot, rows)[row] = text.length;
        at += text.length;
      }
    }
  }
}
