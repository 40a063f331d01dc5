import { compareAuc } from "@crossbill/auc";
import type { WeightKind } from "@crossbill/calibration";
import { meanInterval } from "@crossbill/evaluation";
import { normalCdf } from "@crossbill/numerics";
import type { RowLosses } from "../tune/trial-store.js";

/** What leaving a column out did; without - with: a positive loss says that the column helps. Undefined numbers are NaN. */
export interface ColumnEffect {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, of no difference; not corrected for the number of columns. */
  readonly pValue: number;
  /** Logistic head: negative says that the column helps. */
  readonly auc: { readonly difference: number; readonly low: number; readonly high: number } | null;
}

const LEVEL = 0.95;

/** Paired differences on the same rows. @param whole, without with labels and predictions where AUCs are wanted */
export function effectOf(whole: RowLosses, without: RowLosses, weightKind: WeightKind): ColumnEffect {
  const { weights, losses } = whole;
  const { mean, standardError, low, high } = meanInterval(losses.keys(), weights, (i) => without.losses[i]! - losses[i]!, weightKind, LEVEL);
  const pValue = standardError === 0 ? 1 : 2 * normalCdf(-Math.abs(mean / standardError));
  const { labels, predictions } = whole;
  if (labels === undefined || predictions === undefined || without.predictions === undefined) return { difference: mean, low, high, pValue, auc: null };
  const auc = compareAuc(labels, without.predictions, predictions, weights, { weightKind, level: LEVEL });
  return { difference: mean, low, high, pValue, auc: { difference: auc.difference, low: auc.low, high: auc.high } };
}

/** Whether a column helps, hurts, or does neither beyond chance. */
export function saidOf({
  low,
  high,
  difference,
}: Pick<ColumnEffect, "low" | "high" | "difference">): "helps" | "hurts" | "nothing beyond chance" | "undefined" {
  if (Number.isNaN(difference)) return "undefined";
  return low > 0 ? "helps" : high < 0 ? "hurts" : "nothing beyond chance";
}
