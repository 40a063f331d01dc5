import { type Arena, type KernelExports, PAGE_SLACK, type Room } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import { TABLE_ROWS } from "./table-format.js";
import type { FieldSink, Place } from "./table-writer.js";

/** Kernel memory of the process that reads a file. */
export interface FlatRuntime {
  readonly arena: Arena;
  readonly kernels: KernelExports;
}

/** Collects the texts of one field for one batch in kernel memory: codes of the rows, and each text once, as far as the source knows them for the same. */
export class FlatTexts implements FieldSink {
  readonly #runtime: FlatRuntime;
  /** Offset of u16[TABLE_ROWS]. */
  readonly codes: number;
  /** Places of the batch's texts where they came from, which may be gone. Offsets of u32[TABLE_ROWS + 1]. */
  readonly starts: number;
  readonly lengths: number;
  readonly #bytes: Room;
  /** Of the batch, for what remembers its texts; from 1. */
  serial = 1;
  /** Offset of u8[TABLE_ROWS]: lengths that are short. */
  readonly #short: number;
  /** Texts of the batch. */
  count = 0;
  /** Bytes of them. */
  size = 0;

  constructor(runtime: FlatRuntime) {
    const { arena } = runtime;
    this.#runtime = runtime;
    this.codes = arena.take(2 * TABLE_ROWS);
    this.starts = arena.take(4 * (TABLE_ROWS + 1));
    this.lengths = arena.take(4 * (TABLE_ROWS + 1));
    this.#short = arena.take(TABLE_ROWS);
    this.#bytes = arena.room();
  }

  /** Takes the bytes of the texts up to `count`, whose places are there. */
  copyTo(count: number): void {
    const { kernels } = this.#runtime;
    const [starts, lengths, n] = [this.starts + 4 * this.count, this.lengths + 4 * this.count, count - this.count];
    if (n === 0) return;
    const size = this.size + kernels.texts_size(lengths, n);
    const before = this.#bytes.at;
    const at = this.#bytes.bytes(size + PAGE_SLACK);
    if (at !== before) kernels.copy_bytes(at, before, this.size);
    kernels.texts_copy(at + this.size, starts, lengths, n);
    this.size = size;
    this.count = count;
  }

  reset(): void {
    this.serial++;
    this.count = 0;
    this.size = 0;
  }

  chunk(rows: number, place: Place): v1.TableChunk.$Properties {
    const { arena, kernels } = this.#runtime;
    const { count, size } = this;
    const short = kernels.narrow_u32(this.#short, this.lengths, count) === 1;
    return {
      short,
      codes: place(arena.u8(this.codes, 2 * rows)),
      lengths: place(short ? arena.u8(this.#short, count) : arena.u8(this.lengths, 4 * count)),
      bytes: place(arena.u8(this.#bytes.at, size)),
      size,
      count,
    };
  }
}

/** Collects the numbers of one field for one batch in kernel memory. */
export class FlatNumbers implements FieldSink {
  readonly #runtime: FlatRuntime;
  /** Offset of f64[TABLE_ROWS]; NaN: missing, or bad. */
  readonly numbers: number;
  /** Offset of u8[4 * TABLE_ROWS]: numbers that are narrow. */
  readonly #narrow: number;
  /** Rows whose number is none: NaN and infinities. */
  readonly bad: number[] = [];
  /** Bytes of texts: there are none. */
  readonly size = 0;

  constructor(runtime: FlatRuntime) {
    this.#runtime = runtime;
    this.numbers = runtime.arena.take(8 * TABLE_ROWS);
    this.#narrow = runtime.arena.take(4 * TABLE_ROWS);
  }

  reset(): void {
    this.bad.length = 0;
  }

  chunk(rows: number, place: Place): v1.TableChunk.$Properties {
    const { arena, kernels } = this.#runtime;
    const bad = this.bad.filter((row) => row < rows);
    // What is no number is not to be taken for missing.
    const width = bad.length > 0 ? 0 : kernels.narrow_f64(this.#narrow, this.numbers, rows);
    return { width, bad, numbers: place(width > 0 ? arena.u8(this.#narrow, width * rows) : arena.u8(this.numbers, 8 * rows)) };
  }
}
