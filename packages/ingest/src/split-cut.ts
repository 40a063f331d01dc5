import { v1 } from "@crossbill/messages";
import type { TimeCounts } from "./time-counts.js";

/** Where a split cuts; see the message SplitCut. */
export interface SplitCut {
  readonly validationFrom: number;
  readonly testFrom: number;
}

const DAY = 86_400_000;

/** The part of a row at `at`, its number or time. */
export function partAt(at: number, { validationFrom, testFrom }: SplitCut): v1.Part {
  return at >= testFrom ? v1.Part.TEST : at >= validationFrom ? v1.Part.VALIDATION : v1.Part.TRAIN;
}

/** By order: the last round(test * rows) rows are test rows, round(validation * rows) before them validation rows; at least one where a share is above 0. */
export function orderCut(rows: number, { validation, test }: v1.OrderSplit.$Properties): SplitCut {
  const testFrom = rows - rowsOf(test ?? 0, rows);
  const validationFrom = Math.max(0, testFrom - rowsOf(validation ?? 0, rows));
  return {
    testFrom: testFrom === rows ? Number.POSITIVE_INFINITY : testFrom,
    validationFrom: validationFrom === testFrom ? Number.POSITIVE_INFINITY : validationFrom,
  };
}

function rowsOf(share: number, rows: number): number {
  return share > 0 ? Math.min(rows, Math.max(1, Math.round(share * rows))) : 0;
}

/**
 * By time. A share of n rows: the fewest latest buckets of times with at least round(share * n) rows, so that equal times are never cut apart. Days: the last days of UTC, ending
 * with that of the latest row (for validation: of the latest row before the test's).
 */
export function timeCut(counts: TimeCounts, { validation, test }: v1.TimeSplit): SplitCut {
  const buckets = counts.buckets();
  if (buckets.length === 0) return { validationFrom: Number.POSITIVE_INFINITY, testFrom: Number.POSITIVE_INFINITY };
  const rows = buckets.reduce((sum, bucket) => sum + bucket.rows, 0);
  const cut = (part: v1.TimePart.$Properties | null | undefined, end: number): number => {
    const days = part?.days ?? 0;
    if (days > 0) {
      const last = Math.min(counts.most, end - 1);
      return (Math.floor(last / DAY) - (days - 1)) * DAY;
    }
    let wanted = rowsOf(part?.share ?? 0, rows);
    let from = Number.POSITIVE_INFINITY;
    for (const bucket of buckets.toReversed()) {
      if (wanted <= 0) break;
      if (bucket.from >= end) continue;
      from = bucket.from;
      wanted -= bucket.rows;
    }
    return from;
  };
  const testFrom = cut(test, Number.POSITIVE_INFINITY);
  return { testFrom, validationFrom: cut(validation, testFrom) };
}

/** A cut as it is for one file whose rows lie in [least, most]: what lies outside is -Infinity or Infinity, so that equal effects are equal cuts. */
export function fileCut({ validationFrom, testFrom }: SplitCut, least: number, most: number): SplitCut {
  const within = (from: number): number => (from <= least ? Number.NEGATIVE_INFINITY : from <= most ? from : Number.POSITIVE_INFINITY);
  const test = within(testFrom);
  return { testFrom: test, validationFrom: validationFrom < testFrom && test !== Number.NEGATIVE_INFINITY ? within(validationFrom) : Number.POSITIVE_INFINITY };
}

/** What another cut of the same file changes: nothing, rows to train on that were not, or training rows that are none any more. */
export function compareCuts(before: SplitCut, after: SplitCut): "same" | "forward" | "back" {
  if (before.testFrom === after.testFrom && before.validationFrom === after.validationFrom) return "same";
  const trainEnd = (cut: SplitCut): number => Math.min(cut.testFrom, cut.validationFrom);
  return trainEnd(after) < trainEnd(before) ? "back" : "forward";
}
