import { MAX_PAGES, PAGE_BYTES } from "./module.js";

/**
 * A bump allocator over a kernel memory. Offsets are 64-byte aligned; `release(mark)` frees everything taken since `mark`.
 * Views are made on demand (`f64(ptr, n)`) and go stale when the memory grows: take them anew after an allocation.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  #top: number;

  constructor(memory: WebAssembly.Memory, start: number = PAGE_BYTES) {
    this.memory = memory;
    this.#top = start;
  }

  /** Offset of `bytes` new bytes (contents undefined), growing the memory where needed. @throws RangeError past the memory's maximum */
  take(bytes: number): number {
    const at = this.#top;
    const top = at + Math.ceil(bytes / 64) * 64;
    const missing = Math.ceil(top / PAGE_BYTES) - this.memory.buffer.byteLength / PAGE_BYTES;
    if (missing > 0) {
      const room = Math.min(
        MAX_PAGES - this.memory.buffer.byteLength / PAGE_BYTES,
        Math.max(missing, Math.ceil(this.memory.buffer.byteLength / PAGE_BYTES / 4)),
      );
      try {
        this.memory.grow(Math.max(missing, room));
      } catch {
        this.memory.grow(missing); // the generous step did not fit under the maximum; the needed one may, or throws RangeError
      }
    }
    this.#top = top;
    return at;
  }

  /** The current top, for {@link release}. */
  mark(): number {
    return this.#top;
  }

  release(mark: number): void {
    this.#top = mark;
  }

  u8(ptr: number, n: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, ptr, n);
  }
  u16(ptr: number, n: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, ptr, n);
  }
  u32(ptr: number, n: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, ptr, n);
  }
  i32(ptr: number, n: number): Int32Array {
    return new Int32Array(this.memory.buffer, ptr, n);
  }
  f32(ptr: number, n: number): Float32Array {
    return new Float32Array(this.memory.buffer, ptr, n);
  }
  f64(ptr: number, n: number): Float64Array {
    return new Float64Array(this.memory.buffer, ptr, n);
  }
}
