import { MAX_PAGES, PAGE_BYTES } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";

/** Bytes left alone at the start of every kernel memory. */
const RESERVED = 65536;
const UNIT = 64;

/**
 * Space in a shared kernel memory that several threads take at the same time; the memory grows with it. Where something lies depends on timing.
 * Zeros, 64-byte aligned.
 */
export class SharedArena {
  readonly #memory: WebAssembly.Memory;
  readonly #limit: number;
  readonly #top: Int32Array;

  /** @param top one shared int32, 0 at the start: units of 64 bytes taken so far */
  constructor(memory: WebAssembly.Memory, top: Int32Array, limitBytes: number) {
    this.#memory = memory;
    this.#top = top;
    this.#limit = Math.min(limitBytes, MAX_PAGES * PAGE_BYTES - PAGE_BYTES);
  }

  /** @returns a byte offset. @throws E_MEMORY beyond the limit */
  take(bytes: number): number {
    const units = Math.ceil(Math.max(bytes, 8) / UNIT);
    const at = RESERVED + UNIT * Atomics.add(this.#top, 0, units);
    const end = at + UNIT * units;
    if (end > this.#limit)
      throw new CrossbillError(
        "E_MEMORY",
        `the exact solver holds all rows and several vectors of all weights in memory: ${this.#limit} bytes are not enough; allow more (--memory), or use an online optimiser (ftrl, adagrad, adam, ...), which reads rows again and again`,
      );
    const missing = (): number => Math.ceil((end - this.#memory.buffer.byteLength) / PAGE_BYTES);
    // Another thread may grow it at the same moment: then it is a little larger than needed.
    if (missing() > 0) this.#memory.grow(Math.min(missing(), MAX_PAGES - this.#memory.buffer.byteLength / PAGE_BYTES));
    return at;
  }

  /** What is taken now, for {@link release}. */
  mark(): number {
    return Atomics.load(this.#top, 0);
  }

  /** Gives back all that was taken since the mark. No other thread may take or use any of it. */
  release(mark: number): void {
    const taken = Atomics.load(this.#top, 0) - mark;
    new Uint8Array(this.#memory.buffer, RESERVED + UNIT * mark, UNIT * taken).fill(0);
    Atomics.store(this.#top, 0, mark);
  }

  /** To be called before what another thread has placed is looked at: this thread may not have noticed that the memory grew. */
  refresh(): void {
    this.#memory.grow(0);
  }

  u16(at: number, n: number): Uint16Array {
    return new Uint16Array(this.#memory.buffer, at, n);
  }
  u32(at: number, n: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, at, n);
  }
  f64(at: number, n: number): Float64Array {
    return new Float64Array(this.#memory.buffer, at, n);
  }
}
