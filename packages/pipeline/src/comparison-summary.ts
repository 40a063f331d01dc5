import { v1 } from "@crossbill/messages";
import { type BiasSummary, biasSummary, sliceSummary } from "./test-summary.js";

/** New - current: negative is better. */
export interface DifferenceSummary {
  rows: number;
  weight: number;
  lossNew: number;
  lossCurrent: number;
  difference: number;
  low: number;
  high: number;
  relativeIncrease: number;
  z: number;
  pValue: number;
}

export interface SliceDifference extends DifferenceSummary {
  slice: Record<string, string | null>;
  biasNew: BiasSummary;
  biasCurrent: BiasSummary;
}

/** A model against another on the same rows; undefined numbers are NaN. */
export interface ComparisonSummary {
  /** The other model: a version of the registry, "candidate", or a path. */
  version: string;
  modelSha256: string;
  againstSha256: string;
  level: number;
  /** In words: better, worse or no difference beyond chance, by how much, and where. */
  verdict: string;
  overall: DifferenceSummary;
  biasNew: BiasSummary;
  biasCurrent: BiasSummary;
  /** Logistic head: positive is better. */
  auc: { new: number; current: number; difference: number; low: number; high: number; pValue: number } | null;
  /** Logistic head: squared error of the probability. */
  brier: DifferenceSummary | null;
  /** With at least `minSliceRows` rows, in the order of the configuration. */
  slices: SliceDifference[];
  minSliceRows: number;
  smallSlices: number;
  /** Rows whose predictions differ most, by falling difference: of log-odds, or values. `key`: of data.key, else pack:row. */
  changed: { key: string; label: number; weight: number; predictionNew: number; predictionCurrent: number; difference: number }[];
}

export function comparisonSummary({ comparison, againstVersion }: v1.Measured): ComparisonSummary | null {
  if (comparison == null) return null;
  const c = v1.Comparison.create(comparison);
  const auc = c.auc == null ? null : v1.AucDifference.create(c.auc);
  return {
    version: againstVersion,
    modelSha256: c.modelSha256,
    againstSha256: c.againstSha256,
    level: c.level,
    verdict: c.verdict,
    overall: differenceSummary(c.overall),
    biasNew: biasSummary(c.overall?.biasNew),
    biasCurrent: biasSummary(c.overall?.biasCurrent),
    auc: auc && { new: auc.new, current: auc.current, difference: auc.difference, low: auc.low, high: auc.high, pValue: auc.pValue },
    brier: c.brier == null ? null : differenceSummary(c.brier),
    slices: c.slices.map(({ slice, difference }) => ({
      slice: sliceSummary(slice ?? []),
      ...differenceSummary(difference),
      biasNew: biasSummary(difference?.biasNew),
      biasCurrent: biasSummary(difference?.biasCurrent),
    })),
    minSliceRows: c.minSliceRows,
    smallSlices: c.smallSlices,
    changed: c.changed.map((row) => {
      const { key, label, weight, predictionNew, predictionCurrent, difference } = v1.ChangedRow.create(row);
      return { key, label, weight, predictionNew, predictionCurrent, difference };
    }),
  };
}

function differenceSummary(given: v1.PairedDifference.$Properties | null | undefined): DifferenceSummary {
  const { rows, weight, lossNew, lossCurrent, difference, low, high, relativeIncrease, z, pValue } = v1.PairedDifference.create(given ?? {});
  return { rows, weight, lossNew, lossCurrent, difference, low, high, relativeIncrease, z, pValue };
}
