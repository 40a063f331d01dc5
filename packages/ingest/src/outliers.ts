import { type OutlierRule, outlierRules, type PreparedBatch } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import { REJECTED, type RowReject } from "./row-rules.js";

const PARTS = [v1.Part.TRAIN, v1.Part.VALIDATION, v1.Part.TEST];

/** Counts the values outside the columns' bounds, by part, and says which rows are rejected for them: training rows only, of columns that say so. */
export class Outliers {
  readonly #rules: readonly OutlierRule[];
  /** By rule, then part: below, above. */
  readonly #counts: readonly (readonly [number, number][])[];

  constructor(columns: readonly v1.ColumnSpec.$Properties[], state: v1.FeatureState.$Properties) {
    this.#rules = outlierRules(columns, state);
    this.#counts = this.#rules.map(() => PARTS.map(() => [0, 0]));
  }

  /** The rows to reject, by the first column in order. @param parts v1.Part of each row, or REJECTED: such rows are not looked at */
  judge(batch: PreparedBatch, parts: Uint8Array): RowReject[] {
    const rejects = new Map<number, RowReject>();
    for (const [i, { field, column, low, high, rejects: refuses, numbers }] of this.#rules.entries()) {
      const x = numbers(batch);
      const counts = this.#counts[i]!;
      for (let row = 0; row < x.length; row++) {
        const value = x[row]!;
        const part = parts[row]!;
        if (!(value < low || value > high) || part === REJECTED) continue;
        counts[part]![value < low ? 0 : 1]++;
        if (refuses && part === v1.Part.TRAIN && !rejects.has(row))
          rejects.set(row, { row, code: "E_OUTLIER", field, reason: `outside the bounds of column "${column}", [${low}, ${high}]: ${value}` });
      }
    }
    return [...rejects.values()].sort((a, b) => a.row - b.row);
  }

  /** What was counted, without zeros. */
  counts(): v1.OutlierCount.$Properties[] {
    return this.#rules.flatMap(({ column }, i) =>
      PARTS.flatMap((part) => {
        const [below, above] = this.#counts[i]![part]!;
        return below + above === 0 ? [] : { column, part, below, above };
      }),
    );
  }
}

/** Sums of several shards' or partitions' counts, in the order in which columns come first, then of parts. */
export function addOutliers(lists: readonly (readonly v1.OutlierCount.$Properties[])[]): v1.OutlierCount[] {
  const sums = new Map<string, v1.OutlierCount>();
  for (const { column = "", part = v1.Part.TRAIN, below = 0, above = 0 } of lists.flat()) {
    const key = JSON.stringify([column, part]);
    const sum = sums.get(key) ?? v1.OutlierCount.create({ column, part, below: 0, above: 0 });
    sum.below += below;
    sum.above += above;
    sums.set(key, sum);
  }
  const columns = [...new Set([...sums.values()].map(({ column }) => column))];
  return [...sums.values()].sort((a, b) => columns.indexOf(a.column) - columns.indexOf(b.column) || a.part - b.part);
}
