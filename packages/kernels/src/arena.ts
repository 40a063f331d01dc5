import { MAX_PAGES, PAGE_BYTES } from "./module.js";

/**
 * A bump allocator over a kernel memory. Offsets are 64-byte aligned; `release(mark)` frees everything taken since `mark`.
 * A {@link Room} is a buffer that grows; `release` makes those above the mark forget their place, so that what outlives a release may keep one.
 * Views are made on demand (`f64(ptr, n)`) and go stale when the memory grows: take them anew after an allocation.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  #top: number;
  /** Those that have a place. */
  #rooms: Room[] = [];

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
    if (this.#rooms.length === 0) return;
    for (const room of this.#rooms) if (room.at >= mark) room.forget();
    this.#rooms = this.#rooms.filter((room) => room.at > 0);
  }

  /** A buffer that has no bytes yet. */
  room(): Room {
    return new Room((bytes, room) => {
      if (room.at === 0) this.#rooms.push(room);
      return this.take(bytes);
    });
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

/** A buffer of an arena that grows by doubling; the old ones are not given back. */
export class Room {
  readonly #take: (bytes: number, room: Room) => number;
  /** Offset; 0: it has no bytes. */
  at = 0;
  /** Bytes. */
  size = 0;

  constructor(take: (bytes: number, room: Room) => number) {
    this.#take = take;
  }

  /** Offset of at least `bytes` bytes; stays the same while they fit, else what it held is lost. */
  bytes(bytes: number): number {
    if (bytes <= this.size && this.at > 0) return this.at;
    const size = Math.max(64, bytes, 2 * this.size);
    this.at = this.#take(size, this);
    this.size = size;
    return this.at;
  }

  /** Its bytes were released. */
  forget(): void {
    this.at = 0;
    this.size = 0;
  }
}
