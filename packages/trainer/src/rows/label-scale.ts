import { ExactSum } from "@crossbill/numerics";
import type { BlockSource, SourceRows } from "./block-source.js";

/** The squared head's label y is trained on as (y - mean) / deviation. */
export interface LabelScale {
  readonly mean: number;
  readonly deviation: number;
}

/** A label as it is trained on. null: as it stands. */
export function scaledLabel(y: number, scale: LabelScale | null): number {
  return scale === null ? y : (y - scale.mean) / scale.deviation;
}

/**
 * Weighted mean and deviation (of the population) of labels: mean = sum w y / sum w, deviation^2 = sum w (y - mean)^2 / sum w, sums exact, so that the order of rows leaves no trace and weight k is k copies. A
 * deviation of 0 counts as 1. Where either is not finite, or there is no weight: 0 and 1.
 * @param rows goes over all of them; called twice
 */
export async function labelScale(rows: () => AsyncIterable<SourceRows>): Promise<LabelScale> {
  const mean = await weightedMean(rows(), (y) => y);
  const deviation = Math.sqrt(await weightedMean(rows(), (y) => (y - mean) * (y - mean)));
  return Number.isFinite(mean) && Number.isFinite(deviation) ? { mean, deviation: deviation || 1 } : { mean: 0, deviation: 1 };
}

async function weightedMean(rows: AsyncIterable<SourceRows>, of: (y: number) => number): Promise<number> {
  const sum = new ExactSum();
  const total = new ExactSum();
  for await (const { label, weight, rows: n } of rows)
    for (let r = 0; r < n; r++) {
      sum.addProduct(weight[r]!, of(label[r]!));
      total.add(weight[r]!);
    }
  return sum.value() / total.value();
}

/** The same rows with labels as they are trained on. */
export function scaledSource(source: BlockSource, scale: LabelScale): BlockSource {
  return {
    verify: (pack) => source.verify(pack),
    open: (pack) => source.open(pack),
    async read(from, to) {
      const rows = await source.read(from, to);
      return { ...rows, label: rows.label.map((y) => scaledLabel(y, scale)) };
    },
  };
}
