import { exp, log } from "@crossbill/numerics";

/** Draws ranks 0..n-1 with probabilities proportional to (rank + 1)^-exponent. */
export class Zipf {
  readonly size: number;
  readonly #cumulative: Float64Array;
  /** guide[floor(u n)] is the first rank whose cumulative probability can exceed u. */
  readonly #guide: Uint32Array;

  constructor(size: number, exponent: number) {
    this.size = size;
    const cumulative = new Float64Array(size);
    let total = 0;
    for (let k = 0; k < size; k++) {
      total += exp(-exponent * log(k + 1));
      cumulative[k] = total;
    }
    for (let k = 0; k < size; k++) cumulative[k]! /= total;
    const guide = new Uint32Array(size + 1);
    for (let k = 0, slot = 0; slot <= size; slot++) {
      while (k < size - 1 && cumulative[k]! <= slot / size) k++;
      guide[slot] = k;
    }
    this.#cumulative = cumulative;
    this.#guide = guide;
  }

  /** Of rank k in [0, size). */
  probability(k: number): number {
    return this.#cumulative[k]! - (k > 0 ? this.#cumulative[k - 1]! : 0);
  }

  /** The rank of a uniform number in [0, 1). */
  draw(u: number): number {
    const cumulative = this.#cumulative;
    let k = this.#guide[Math.floor(u * this.size)]!;
    while (k > 0 && cumulative[k - 1]! > u) k--;
    while (k < this.size - 1 && cumulative[k]! <= u) k++;
    return k;
  }
}
