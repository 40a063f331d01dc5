/** Keys of which a column's all are kept. */
export const EXACT_KEYS = 2 ** 18;

/**
 * Keys u64 with the u64 inputs they are made of, their rows and their rows of label 1. Past `limit` keys only those below 2^(64 - level) are kept, level being the least
 * that leaves no more (adaptive sampling): what it holds does not depend on the order of rows and merges.
 */
export class KeyTable {
  readonly #limit: number;
  /** u64 of inputs for each key. */
  readonly #width: number;
  #slots = new Int32Array(2048).fill(-1);
  #keys = new Uint32Array(2 * 1024);
  #inputs: Uint32Array;
  #counts = new Float64Array(1024);
  #positives = new Float64Array(1024);
  #size = 0;
  #level = 0;

  constructor(width: number, limit: number = EXACT_KEYS) {
    this.#width = width;
    this.#limit = limit;
    this.#inputs = new Uint32Array(2 * width * 1024);
  }

  get size(): number {
    return this.#size;
  }
  get level(): number {
    return this.#level;
  }
  /** u32 halves, low then high, by key; valid until the next call of `add`. */
  get keys(): Uint32Array {
    return this.#keys.subarray(0, 2 * this.#size);
  }
  /** u32 halves of all inputs, by key. */
  get inputs(): Uint32Array {
    return this.#inputs.subarray(0, 2 * this.#width * this.#size);
  }
  get counts(): Float64Array {
    return this.#counts.subarray(0, this.#size);
  }
  get positives(): Float64Array {
    return this.#positives.subarray(0, this.#size);
  }

  /** Adds rows of a key; `inputs` [at, at + 2 width) are its inputs' halves. */
  add(low: number, high: number, inputs: Uint32Array, at: number, rows: number, positives: number): void {
    if (!this.#isKept(high, low)) return;
    const slot = this.#slotOf(low, high);
    let entry = this.#slots[slot]!;
    if (entry < 0) {
      if (this.#size === this.#counts.length) this.#grow();
      entry = this.#size++;
      this.#slots[this.#slotOf(low, high)] = entry;
      this.#keys[2 * entry] = low;
      this.#keys[2 * entry + 1] = high;
      for (let i = 0; i < 2 * this.#width; i++) this.#inputs[2 * this.#width * entry + i] = inputs[at + i]!;
    }
    this.#counts[entry]! += rows;
    this.#positives[entry]! += positives;
    while (this.#size > this.#limit) this.#thin();
  }

  /** Entry of a key, or -1. */
  find(low: number, high: number): number {
    return this.#slots[this.#slotOf(low, high)]!;
  }

  /** Takes in all of another table, of `level` and these arrays. */
  merge(level: number, keys: Uint32Array, inputs: Uint32Array, counts: Float64Array, positives: Float64Array): void {
    while (this.#level < level) this.#thin();
    for (let i = 0; i < counts.length; i++) this.add(keys[2 * i]!, keys[2 * i + 1]!, inputs, 2 * this.#width * i, counts[i]!, positives[i]!);
  }

  #isKept(high: number, low: number): boolean {
    return this.#level === 0 || (this.#level <= 32 ? high < 2 ** (32 - this.#level) : high === 0 && low < 2 ** (64 - this.#level));
  }

  #slotOf(low: number, high: number): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry < 0 || (this.#keys[2 * entry] === low && this.#keys[2 * entry + 1] === high)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const room = 2 * this.#counts.length;
    const [keys, inputs, counts, positives] = [this.#keys, this.#inputs, this.#counts, this.#positives];
    this.#keys = new Uint32Array(2 * room);
    this.#inputs = new Uint32Array(2 * this.#width * room);
    this.#counts = new Float64Array(room);
    this.#positives = new Float64Array(room);
    this.#keys.set(keys);
    this.#inputs.set(inputs);
    this.#counts.set(counts);
    this.#positives.set(positives);
    this.#slots = new Int32Array(2 * room).fill(-1);
    for (let i = 0; i < this.#size; i++) this.#slots[this.#slotOf(this.#keys[2 * i]!, this.#keys[2 * i + 1]!)] = i;
  }

  #thin(): void {
    this.#level++;
    const w = 2 * this.#width;
    const before = this.#size;
    this.#size = 0;
    this.#slots.fill(-1);
    for (let i = 0; i < before; i++) {
      const [low, high] = [this.#keys[2 * i]!, this.#keys[2 * i + 1]!];
      if (!this.#isKept(high, low)) continue;
      const to = this.#size++;
      this.#keys[2 * to] = low;
      this.#keys[2 * to + 1] = high;
      this.#inputs.copyWithin(w * to, w * i, w * (i + 1));
      this.#counts[to] = this.#counts[i]!;
      this.#positives[to] = this.#positives[i]!;
      this.#slots[this.#slotOf(low, high)] = to;
    }
    this.#counts.fill(0, this.#size, before);
    this.#positives.fill(0, this.#size, before);
  }
}
