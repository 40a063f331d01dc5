/** Bytes that grow at their end; what was cleared is filled again without new memory. */
export class GrowingBytes {
  #bytes: Uint8Array<ArrayBuffer>;
  #used = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#used;
  }

  /** Bytes [from, to); valid until the next `append` or `clear`. */
  view(from = 0, to: number = this.#used): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Zeros up to a multiple of 8. */
  align(): void {
    const more = (8 - (this.#used % 8)) % 8;
    this.#reserve(more);
    this.#bytes.fill(0, this.#used, this.#used + more);
    this.#used += more;
  }

  /** UTF-8 of a text; returns its bytes. */
  appendText(text: string): number {
    // UTF-8 has three bytes a UTF-16 unit at most.
    this.#reserve(3 * text.length);
    const written = Buffer.from(this.#bytes.buffer).write(text, this.#used, "utf8");
    this.#used += written;
    return written;
  }

  clear(): void {
    this.#used = 0;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(this.#used + bytes, 2 * this.#bytes.length));
    wider.set(this.view());
    this.#bytes = wider;
  }
}
