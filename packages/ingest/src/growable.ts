type Numbers = Float64Array | Uint32Array | Int32Array | Uint8Array;

/** A typed array that grows by doubling. `view()` is its filled part. */
export class Growable<T extends Numbers> {
  #array: T;
  #length = 0;
  readonly #make: (n: number) => T;

  constructor(make: (n: number) => T, capacity = 1024) {
    this.#make = make;
    this.#array = make(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** The place of `n` new elements (contents undefined); valid until the next call. */
  extend(n: number): T {
    const needed = this.#length + n;
    if (needed > this.#array.length) {
      const wider = this.#make(Math.max(needed, this.#array.length * 2));
      wider.set(this.#array.subarray(0, this.#length));
      this.#array = wider;
    }
    const place = this.#array.subarray(this.#length, needed) as T;
    this.#length = needed;
    return place;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) this.extend(1)[0] = value;
    else this.#array[this.#length++] = value;
  }

  /** Its memory stays. */
  clear(): void {
    this.#length = 0;
  }

  view(): T {
    return this.#array.subarray(0, this.#length) as T;
  }
}
