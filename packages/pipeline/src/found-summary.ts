import type { v1 } from "@crossbill/messages";
import { measuredSlice, type SliceSummary } from "./test-summary.js";

/** A slice that a search found; its numbers are of the half of the rows that confirmed it. */
export interface FoundSliceSummary extends SliceSummary {
  effect: number;
  low: number;
  high: number;
  z: number;
  adjustedPValue: number;
}

export interface FoundSummary {
  /** Combinations of values that were tested. */
  tested: number;
  slices: FoundSliceSummary[];
}

/** By metric; absent: no search was made. */
export interface FoundSummaries {
  bias?: FoundSummary;
  logLoss?: FoundSummary;
}

export function foundSummaries({ evaluation }: v1.Measured): FoundSummaries {
  const of = (search: v1.FoundSlices.$Properties): FoundSummary => ({
    tested: search.tested ?? 0,
    slices: (search.found ?? []).map((one) => ({
      ...measuredSlice(one.slice ?? {}),
      effect: one.effect ?? Number.NaN,
      low: one.low ?? Number.NaN,
      high: one.high ?? Number.NaN,
      z: one.z ?? Number.NaN,
      adjustedPValue: one.adjustedPValue ?? Number.NaN,
    })),
  });
  const [bias, logLoss] = [evaluation?.foundBias, evaluation?.foundLoss];
  return { ...(bias ? { bias: of(bias) } : {}), ...(logLoss ? { logLoss: of(logLoss) } : {}) };
}
