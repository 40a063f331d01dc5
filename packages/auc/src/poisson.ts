import { exp, log, philox } from "@crossbill/numerics";

const WORD = 2 ** 32;
/** Up to this mean by inversion, above by transformed rejection. */
const INVERSION = 10;
const LOG_ROOT_TWO_PI = 0.9189385332046727;

/**
 * Poisson numbers for the rows of bootstrap replicates: that of row i in replicate b depends on (seed, b, i) and its mean alone, so that rows may be drawn in any order
 * and in parts. Word b mod 4 of philox((i, b div 4), seed) up to a mean of 10 (inversion); words of further blocks above (PTRS of Hörmann 1993).
 */
export class PoissonDraws {
  private readonly key: Uint32Array;
  private readonly counter = new Uint32Array(4);
  private readonly words = new Uint32Array(4);
  private rate = 0;
  private expRate = 1;

  /** @param seed integer in [0, 2^53) */
  constructor(seed: number) {
    this.key = Uint32Array.of(seed % WORD, Math.floor(seed / WORD));
  }

  /**
   * The draws of one row in the replicates 4 group ... 4 group + 3.
   * @param out length 4
   * @param row integer in [0, 2^53)
   * @param rate mean, finite and >= 0
   */
  draw(out: Float64Array, group: number, row: number, rate: number): void {
    if (rate > INVERSION) {
      for (let b = 0; b < 4; b++) out[b] = this.rejected(4 * group + b, row, rate);
      return;
    }
    if (rate !== this.rate) {
      this.rate = rate;
      this.expRate = exp(-rate);
    }
    this.block(row, group, 0);
    for (let b = 0; b < 4; b++) {
      const u = (this.words[b]! + 0.5) / WORD;
      let k = 0;
      let p = this.expRate;
      // The tail past 2^-33 is out of reach of u; the bound is for rounding.
      for (let sum = p; u > sum && k < 100; sum += p) p *= rate / ++k;
      out[b] = k;
    }
  }

  private rejected(replicate: number, row: number, rate: number): number {
    const b = 0.931 + 2.53 * Math.sqrt(rate);
    const a = -0.059 + 0.02483 * b;
    const alpha = 1.1239 + 1.1328 / (b - 3.4);
    const sure = 0.9277 - 3.6224 / (b - 2);
    for (let attempt = 0; ; attempt++) {
      if (attempt % 2 === 0) this.block(row, replicate, 1 + attempt / 2);
      const at = 2 * (attempt % 2);
      const u = (this.words[at]! + 0.5) / WORD - 0.5;
      const v = (this.words[at + 1]! + 0.5) / WORD;
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
      if (us >= 0.07 && v <= sure) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      if (log((v * alpha) / (a / (us * us) + b)) <= k * log(rate) - rate - logFactorial(k)) return k;
    }
  }

  private block(row: number, replicate: number, attempt: number): void {
    const { counter } = this;
    counter[0] = row;
    counter[1] = Math.floor(row / WORD);
    counter[2] = replicate;
    counter[3] = attempt;
    philox(counter, this.key, this.words);
  }
}

/** log k!, by Stirling's series from 10 on. */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return log(product);
  }
  const x = k + 1;
  return (x - 0.5) * log(x) - x + LOG_ROOT_TWO_PI + (1 / 12 - (1 / 360 - 1 / 1260 / (x * x)) / (x * x)) / x;
}
