import type { v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { corrupt, readSum } from "./messages.js";

/** What a sum of weights must lie between for squared weights to lose nothing to the ends of float64. */
const [LEAST_WEIGHT, MOST_WEIGHT] = [2 ** -400, 2 ** 500];

/** Exact sums over the rows of one label: of the weights, and of the squared deviations of some series (model A, B, A - B), for both kinds of weights. */
export class PlacementSums {
  /** With positive weight. */
  rows = 0;
  private readonly weight = new ExactSum();
  /** sum w d^2, one a series. */
  private readonly frequency: readonly ExactSum[];
  /** sum w^2 d^2, one a series. */
  private readonly importance: readonly ExactSum[];

  constructor(series: number) {
    this.frequency = Array.from({ length: series }, () => new ExactSum());
    this.importance = Array.from({ length: series }, () => new ExactSum());
  }

  /** Counts a row of weight w > 0. */
  addRow(w: number): void {
    this.rows++;
    this.weight.add(w);
  }

  /** Adds the deviation d of a row that was counted to a series. */
  add(series: number, w: number, d: number): void {
    this.frequency[series]!.addProduct(w, d * d);
    this.importance[series]!.addProduct(w * w, d * d);
  }

  merge(other: PlacementSums): void {
    this.rows += other.rows;
    this.weight.merge(other.weight);
    for (const [k, sum] of this.frequency.entries()) sum.merge(other.frequency[k]!);
    for (const [k, sum] of this.importance.entries()) sum.merge(other.importance[k]!);
  }

  /**
   * This label's part of DeLong's variance: n / (n - 1) sum w^2 d^2 / W^2 (importance) or sum w d^2 / (W (W - 1)) (frequency).
   * @returns NaN with fewer than two rows (importance) or a weight of at most 1 (frequency), or where squared weights leave float64 (beyond about 1e-120 and 1e150)
   */
  variance(series: number, weightKind: "importance" | "frequency"): number {
    const total = this.weight.value();
    if (weightKind === "frequency") return total > 1 ? this.frequency[series]!.value() / total / (total - 1) : NaN;
    const isTold = this.rows > 1 && total > LEAST_WEIGHT && total < MOST_WEIGHT;
    return isTold ? ((this.rows / (this.rows - 1)) * this.importance[series]!.value()) / total / total : NaN;
  }

  toMessage(): v1.PlacementSums.$Properties {
    return {
      rows: this.rows,
      weight: this.weight.toBytes(),
      frequency: this.frequency.map((sum) => sum.toBytes()),
      importance: this.importance.map((sum) => sum.toBytes()),
    };
  }

  /** @throws E_MESSAGE_CORRUPT */
  static fromMessage(message: v1.PlacementSums.$Properties | null | undefined, series: number, state: string): PlacementSums {
    const made = new PlacementSums(series);
    made.rows = message?.rows ?? 0;
    made.weight.merge(readSum(message?.weight, state, "weights"));
    for (const name of ["frequency", "importance"] as const) {
      const sums = message?.[name] ?? [];
      if (sums.length !== series) throw corrupt(state, `it has ${sums.length} sums of deviations where ${series} are needed`);
      for (const [k, bytes] of sums.entries()) made[name][k]!.merge(readSum(bytes, state, "deviations"));
    }
    return made;
  }
}
