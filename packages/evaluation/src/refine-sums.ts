import { DelongAccumulator, type Ranking } from "@crossbill/auc";
import { BinAccumulator, type BinStrategy } from "@crossbill/calibration";
import type { v1 } from "@crossbill/messages";
import { Histogram } from "./histogram.js";
import type { Scores } from "./score-file.js";

/** What the second look needs to know. */
export interface RefineFacts {
  readonly models: number;
  /** Of the histogram; null: none. */
  readonly range: { readonly low: number; readonly high: number } | null;
  readonly curves: readonly { readonly strategy: BinStrategy; readonly edges: ArrayLike<number> }[];
  /** Of each model; empty: no intervals of AUCs. */
  readonly rankings: readonly Ranking[];
}

/** What a second look at the scores sums up: what needs edges, ranges or rankings of all rows. Merges in any order and grouping give the same bits. */
export class RefineSums {
  readonly curves: readonly BinAccumulator[];
  readonly delong: DelongAccumulator | null;
  readonly histogram: Histogram | null;

  private constructor(parts: Pick<RefineSums, "curves" | "delong" | "histogram">) {
    this.curves = parts.curves;
    this.delong = parts.delong;
    this.histogram = parts.histogram;
  }

  static over({ range, curves, rankings }: RefineFacts): RefineSums {
    const [a, b] = rankings;
    return new RefineSums({
      curves: curves.map(({ strategy, edges }) => new BinAccumulator(edges, strategy)),
      delong: a === undefined ? null : new DelongAccumulator(a, b),
      histogram: range === null ? null : new Histogram(range.low, range.high),
    });
  }

  update({ label, weight, predictions }: Scores): void {
    for (const curve of this.curves) curve.update(label, predictions[0]!, weight);
    this.delong?.update(label, predictions[0]!, predictions[1], weight);
    this.histogram?.update(label, predictions[0]!, weight);
  }

  merge(other: RefineSums): this {
    for (const [k, curve] of this.curves.entries()) curve.merge(other.curves[k]!);
    this.delong?.merge(other.delong!);
    this.histogram?.merge(other.histogram!);
    return this;
  }

  toMessage(): v1.IRefineAccumulators {
    return {
      curves: this.curves.map((curve) => curve.toMessage()),
      ...(this.delong === null ? {} : { delong: this.delong.toMessage() }),
      ...(this.histogram === null ? {} : { histogram: this.histogram.toMessage() }),
    };
  }

  static fromMessage({ curves, delong, histogram }: v1.IRefineAccumulators, { range }: Pick<RefineFacts, "range">): RefineSums {
    return new RefineSums({
      curves: (curves ?? []).map((curve) => BinAccumulator.fromMessage(curve)),
      delong: delong == null ? null : DelongAccumulator.fromMessage(delong),
      histogram: histogram == null || range === null ? null : Histogram.fromMessage(histogram, range.low, range.high),
    });
  }
}
