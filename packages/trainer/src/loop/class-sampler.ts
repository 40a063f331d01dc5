import { expm1, log, log1p, RandomStream } from "@crossbill/numerics";

export type Sampler = "logUniform" | "uniform" | "unigram";

/** How a head is trained against some classes at a time. */
export interface SamplingOptions {
  readonly sampler: Sampler;
  /** S: tries of a draw. */
  readonly samples: number;
  /** Training rows by class: their weight. */
  readonly counts: readonly number[];
  readonly seed: number;
}

/** The classes that a block is trained on. */
export interface Sample {
  /** Ascending: those drawn, and those of the block's rows. */
  readonly classes: Uint32Array;
  /** 1: drawn. */
  readonly sampled: Uint8Array;
  /** Logarithm of how often a draw is expected to hold the class. */
  readonly corrections: Float64Array;
}

/** Streams of the seed that no epoch's order takes. */
const FIRST_STREAM = 2 ** 32;

/**
 * Draws classes for a step: S times with replacement, by their probability q; one that comes again counts once. So a draw holds a class 1 - (1 - q)^S times on average, whose
 * logarithm is subtracted from its logit (Bengio and Senecal 2008; Jean, Cho, Memisevic, Bengio 2015). S of at least the number of classes: all of them are drawn. A draw depends on seed, step and
 * counts alone.
 */
export class ClassSampler {
  readonly #q: Float64Array;
  /** Of classes [0, k]: their probabilities' sum. */
  readonly #cumulative: Float64Array;
  readonly #samples: number;
  readonly #stream: RandomStream;

  constructor({ sampler, samples, counts, seed }: SamplingOptions) {
    this.#q = probabilities(sampler, counts);
    this.#samples = Math.min(samples, counts.length);
    this.#stream = new RandomStream(seed, FIRST_STREAM);
    let sum = 0;
    this.#cumulative = this.#q.map((q) => (sum += q));
  }

  /** @param labels class numbers of the block's rows */
  draw(step: number, labels: Float64Array): Sample {
    const K = this.#q.length;
    const drawn = new Set<number>();
    if (this.#samples === K) for (let k = 0; k < K; k++) drawn.add(k);
    else {
      this.#stream.restart(FIRST_STREAM + step);
      for (let s = 0; s < this.#samples; s++) drawn.add(this.#one(this.#stream.uniform() * this.#cumulative[K - 1]!));
    }
    const active = new Set(drawn);
    for (const label of labels) if (label >= 0 && label < K) active.add(label);
    const classes = Uint32Array.from(active).sort();
    return {
      classes,
      sampled: Uint8Array.from(classes, (k) => (drawn.has(k) ? 1 : 0)),
      // All classes are drawn: nothing is to be corrected.
      corrections: Float64Array.from(classes, (k) => (this.#samples === K ? 0 : log(-expm1(this.#samples * log1p(-this.#q[k]!))))),
    };
  }

  /** The class in whose part of the sum a number lies. */
  #one(at: number): number {
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#cumulative[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Of every class; they add up to 1. Of equally many rows the first class has the better rank. */
function probabilities(sampler: Sampler, counts: readonly number[]): Float64Array {
  const K = counts.length;
  if (sampler === "uniform") return new Float64Array(K).fill(1 / K);
  if (sampler === "unigram") {
    const total = counts.reduce((sum, n) => sum + n + 1, 0);
    return Float64Array.from(counts, (n) => (n + 1) / total);
  }
  const q = new Float64Array(K);
  const ranked = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  for (const [rank, k] of ranked.entries()) q[k] = log((rank + 2) / (rank + 1)) / log(K + 1);
  return q;
}
