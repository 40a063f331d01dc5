import { CrossbillError } from "@crossbill/messages";

/** The weights of one column, by id in `[0, size)`; ids that are not held have weight 0. */
export interface WeightTable {
  readonly size: number;
  readonly nonZero: number;
  /** @throws E_MODEL_ID for an id outside `[0, size)`. */
  get(id: number): number;
  /** Calls back with every weight that is not 0, in no particular order. */
  each(visit: (id: number, weight: number) => void): void;
  /** Of all ids, where they are held so. */
  readonly dense: Weights | null;
  /** Whether all weights are float32. */
  readonly narrow: boolean;
}

export type Weights = Float32Array | Float64Array;

/** Up to this many features, or one held weight in this many ids, an array over all ids is used, else a hash table. */
const DENSE_SIZE = 2 ** 16;
const DENSE_SHARE = 4;

/** Table of the non-zero weights `ids[i] -> weights[i]` (ids strictly ascending, below `size`). */
export function weightTable(size: number, ids: Uint32Array, weights: Weights): WeightTable {
  return size <= DENSE_SIZE || ids.length * DENSE_SHARE >= size ? new DenseTable(size, ids, weights) : new HashTable(size, ids, weights);
}

export class DenseTable implements WeightTable {
  readonly nonZero: number;
  readonly dense: Weights;

  constructor(
    readonly size: number,
    ids: Uint32Array,
    weights: Weights,
  ) {
    this.nonZero = ids.length;
    this.dense = weights instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
    for (let i = 0; i < ids.length; i++) this.dense[ids[i]!] = weights[i]!;
  }

  get narrow(): boolean {
    return this.dense instanceof Float32Array;
  }

  get(id: number): number {
    return this.dense[id] ?? outside(id, this.size);
  }

  each(visit: (id: number, weight: number) => void): void {
    const { dense } = this;
    for (let id = 0; id < dense.length; id++) if (dense[id] !== 0) visit(id, dense[id]!);
  }
}

/** Open addressing with linear probing, at most half full; a key is id + 1, 0 a free slot. */
export class HashTable implements WeightTable {
  readonly nonZero: number;
  readonly dense = null;
  readonly #keys: Uint32Array;
  readonly #weights: Weights;
  readonly #mask: number;

  constructor(
    readonly size: number,
    ids: Uint32Array,
    weights: Weights,
  ) {
    this.nonZero = ids.length;
    let capacity = 16;
    while (capacity < 2 * ids.length) capacity *= 2;
    this.#mask = capacity - 1;
    this.#keys = new Uint32Array(capacity);
    this.#weights = weights instanceof Float32Array ? new Float32Array(capacity) : new Float64Array(capacity);
    for (let i = 0; i < ids.length; i++) {
      let slot = scramble(ids[i]!) & this.#mask;
      while (this.#keys[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#keys[slot] = ids[i]! + 1;
      this.#weights[slot] = weights[i]!;
    }
  }

  get narrow(): boolean {
    return this.#weights instanceof Float32Array;
  }

  get(id: number): number {
    if (id >= this.size) outside(id, this.size);
    const keys = this.#keys;
    let slot = scramble(id) & this.#mask;
    for (let key = keys[slot]!; key !== 0; key = keys[slot]!) {
      if (key === id + 1) return this.#weights[slot]!;
      slot = (slot + 1) & this.#mask;
    }
    return 0;
  }

  each(visit: (id: number, weight: number) => void): void {
    const [keys, weights] = [this.#keys, this.#weights];
    for (let slot = 0; slot < keys.length; slot++) if (keys[slot] !== 0 && weights[slot] !== 0) visit(keys[slot]! - 1, weights[slot]!);
  }
}

/** MurmurHash3's 32-bit finalizer. */
function scramble(id: number): number {
  let h = id;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export function outside(id: number, size: number): never {
  throw new CrossbillError("E_MODEL_ID", `feature id ${id} of a column with ids [0, ${size}): the rows were encoded for another model`);
}
