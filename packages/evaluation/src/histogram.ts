import type { v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";

const BINS = 50;

/** Predictions in 50 equal bins of [low, high]: rows, weight and weight of label 1 (0 where labels are no classes). Predictions outside count in the end bins. */
export class Histogram {
  readonly #rows = new Array<number>(BINS).fill(0);
  readonly #weights = Array.from({ length: BINS }, () => new ExactSum());
  readonly #positives = Array.from({ length: BINS }, () => new ExactSum());

  constructor(
    readonly low: number,
    readonly high: number,
  ) {}

  update(label: Float64Array, prediction: Float64Array, weight: Float64Array): void {
    const { low, high } = this;
    for (let i = 0; i < label.length; i++) {
      const share = high > low ? (prediction[i]! - low) / (high - low) : 0;
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor(share * BINS)));
      this.#rows[bin]!++;
      this.#weights[bin]!.add(weight[i]!);
      if (label[i] === 1) this.#positives[bin]!.add(weight[i]!);
    }
  }

  merge(other: Histogram): void {
    for (let bin = 0; bin < BINS; bin++) {
      this.#rows[bin]! += other.#rows[bin]!;
      this.#weights[bin]!.merge(other.#weights[bin]!);
      this.#positives[bin]!.merge(other.#positives[bin]!);
    }
  }

  value(): v1.IHistogram {
    const values = (sums: readonly ExactSum[]): number[] => sums.map((sum) => sum.value());
    return { low: this.low, high: this.high, rows: [...this.#rows], weight: values(this.#weights), positiveWeight: values(this.#positives) };
  }

  toMessage(): v1.IHistogramSums {
    const bytes = (sums: readonly ExactSum[]): Uint8Array[] => sums.map((sum) => sum.toBytes());
    return { rows: [...this.#rows], weight: bytes(this.#weights), positiveWeight: bytes(this.#positives) };
  }

  static fromMessage(message: v1.IHistogramSums, low: number, high: number): Histogram {
    const made = new Histogram(low, high);
    for (let bin = 0; bin < BINS; bin++) {
      made.#rows[bin] = message.rows![bin]!;
      made.#weights[bin]!.merge(ExactSum.fromBytes(message.weight![bin]!));
      made.#positives[bin]!.merge(ExactSum.fromBytes(message.positiveWeight![bin]!));
    }
    return made;
  }
}
