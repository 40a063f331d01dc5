import type { v1 } from "@crossbill/messages";
import { corrupt } from "./exact-bytes.js";

/** What the weights of all rows of positive weight have in common; mergeable. */
export class WeightFacts {
  /** Rows of positive weight. */
  rows = 0;
  /** Every weight is an integer. */
  integers = true;
  /** Smallest and largest weight; Infinity and 0 without rows. */
  least = Infinity;
  most = 0;

  /** Adds one row of weight w > 0. */
  add(w: number): void {
    this.rows++;
    if (!Number.isInteger(w)) this.integers = false;
    if (w < this.least) this.least = w;
    if (w > this.most) this.most = w;
  }

  merge(other: WeightFacts): void {
    this.rows += other.rows;
    this.integers &&= other.integers;
    this.least = Math.min(this.least, other.least);
    this.most = Math.max(this.most, other.most);
  }

  toMessage(): v1.WeightFacts.$Properties {
    return this.rows === 0 ? {} : { rows: this.rows, fractional: !this.integers, least: this.least, most: this.most };
  }

  /** @throws E_MESSAGE_CORRUPT */
  static fromMessage(message: v1.WeightFacts.$Properties | null | undefined): WeightFacts {
    const facts = new WeightFacts();
    const { rows = 0, fractional = false, least = 0, most = 0 } = { ...message };
    if (!rows) return facts;
    if (!(least! > 0 && most! >= least! && most! < Infinity)) throw corrupt(`weights from ${least} to ${most}`);
    return Object.assign(facts, { rows, integers: !fractional, least, most });
  }
}
