import { normalQuantile, philoxInto } from "@crossbill/kernels";

const WORD = 2 ** 32;

/**
 * A stream of random numbers that depends on (seed, stream) alone: block i of 4 words is philox((i, 0, stream), seed), i < 2^32. Streams
 * with different numbers are independent, so a shard, a row or a thread takes one of its own and order does not matter.
 * Every method is the same on every machine.
 */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  #stream0 = 0;
  #stream1 = 0;
  #block = 0;
  readonly #words = new Uint32Array(4);
  #used = 4;

  /** @param seed, stream integers in [0, 2^53) @throws RangeError otherwise */
  constructor(seed: number, stream = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed ${seed}: an integer in [0, 2^53) is needed`);
    this.#key0 = seed | 0;
    this.#key1 = Math.floor(seed / WORD) | 0;
    this.restart(stream);
  }

  /** Goes to the beginning of a stream: the same as a new RandomStream(seed, stream). */
  restart(stream: number): this {
    if (!Number.isSafeInteger(stream) || stream < 0) throw new RangeError(`stream ${stream}: an integer in [0, 2^53) is needed`);
    this.#stream0 = stream | 0;
    this.#stream1 = Math.floor(stream / WORD) | 0;
    this.#block = 0;
    this.#used = 4;
    return this;
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    if (this.#used === 4) {
      philoxInto(this.#words, this.#block, 0, this.#stream0, this.#stream1, this.#key0, this.#key1);
      this.#block = (this.#block + 1) | 0;
      this.#used = 0;
    }
    return this.#words[this.#used++]!;
  }

  /** A uniform multiple of 2^-53 in [0, 1); takes two words. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    return (high * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** A standard normal number: the normal quantile of a uniform odd multiple of 2^-53, so |x| < 8.3; takes two words. */
  normal(): number {
    const high = this.uint32() >>> 6;
    return normalQuantile((high * 67108864 + (this.uint32() >>> 6) + 0.5) / 4503599627370496);
  }

  /** A uniform integer in [0, n), without bias (Lemire 2019 with 64-bit products made of 32-bit words). @param n integer in [1, 2^32] @throws RangeError otherwise */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > WORD) throw new RangeError(`below(${n}): an integer in [1, 2^32] is needed`);
    // x * n < 2^64 as high * 2^32 + low; a low word under 2^32 mod n would favour some results.
    const threshold = WORD % n;
    for (;;) {
      const x = this.uint32();
      const small = (x & 0xffff) * n;
      const middle = (x >>> 16) * n + Math.floor(small / 65536);
      const low = (middle % 65536) * 65536 + (small % 65536);
      if (low >= threshold) return Math.floor(middle / 65536);
    }
  }

  /** True with probability p; one uniform() whatever p is. */
  bernoulli(p: number): boolean {
    return this.uniform() < p;
  }

  /** The numbers 0..n-1 in random order (Fisher and Yates). @param n integer in [0, 2^32) */
  permutation(n: number): Uint32Array {
    const out = new Uint32Array(n);
    for (let i = 0; i < n; i++) out[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const swap = out[i]!;
      out[i] = out[j]!;
      out[j] = swap;
    }
    return out;
  }
}
