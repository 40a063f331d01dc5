import type { v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";

/** Values that are meant as probabilities: rows outside [0, 1], and the bias that capping them there would have. */
export class UnitInterval {
  /** Whether some label is neither 0 nor 1: the values are no probabilities then. */
  #others = false;
  #below = 0;
  #above = 0;
  readonly #weight = new ExactSum();
  readonly #capped = new ExactSum();

  update(labels: Float64Array, predictions: Float64Array, weights: Float64Array): void {
    for (const [i, y] of labels.entries()) {
      this.#others ||= y !== 0 && y !== 1;
      const p = predictions[i]!;
      if (p < 0) this.#below++;
      else if (p > 1) this.#above++;
      this.#weight.add(weights[i]!);
      this.#capped.addProduct(weights[i]!, Math.min(1, Math.max(0, p)));
      this.#capped.addProduct(weights[i]!, -y);
    }
  }

  merge(other: UnitInterval): void {
    this.#others ||= other.#others;
    this.#below += other.#below;
    this.#above += other.#above;
    this.#weight.merge(other.#weight);
    this.#capped.merge(other.#capped);
  }

  /** null without weight, and where some label is neither 0 nor 1. */
  value(): v1.IUnitInterval | null {
    const weight = this.#weight.value();
    return this.#others || !(weight > 0) ? null : { below: this.#below, above: this.#above, cappedBias: this.#capped.value() / weight };
  }

  toMessage(): v1.IUnitSums {
    return { others: this.#others, below: this.#below, above: this.#above, weight: this.#weight.toBytes(), capped: this.#capped.toBytes() };
  }

  static fromMessage({ others, below, above, weight, capped }: v1.IUnitSums): UnitInterval {
    const made = new UnitInterval();
    made.#others = others ?? false;
    made.#below = below ?? 0;
    made.#above = above ?? 0;
    made.#weight.merge(ExactSum.fromBytes(weight!));
    made.#capped.merge(ExactSum.fromBytes(capped!));
    return made;
  }
}
