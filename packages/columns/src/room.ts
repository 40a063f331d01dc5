import type { Arena } from "@crossbill/kernels";

/** A buffer of an arena that grows by doubling; what it held is lost then. The old ones are not given back. */
export class Room {
  readonly #arena: Arena;
  #size = 0;
  at = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Offset of at least `bytes` bytes; stays the same while they fit. */
  bytes(bytes: number): number {
    if (bytes > this.#size || this.at === 0) {
      this.#size = Math.max(64, bytes, 2 * this.#size);
      this.at = this.#arena.take(this.#size);
    }
    return this.at;
  }
}
