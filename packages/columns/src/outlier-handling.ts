import { v1 } from "@crossbill/messages";
import type { ColumnState } from "./column.js";
import { EVERYTHING, type NumericPlan, type Range, within } from "./numeric-plan.js";

const { AS_MISSING, KEEP } = v1.NumericSpec.Outliers;

/** What becomes of a raw value with respect to the bounds; NaN: missing. A rejected row's value is that of a row which cannot be rejected: the nearer bound. */
export function handling(plan: NumericPlan, bounds: Range): (x: number) => number {
  if (plan.bounds === null || plan.outliers === KEEP) return (x) => x;
  if (plan.outliers !== AS_MISSING) return within(bounds);
  const { low, high } = bounds;
  return (x) => (x < low || x > high ? Number.NaN : x);
}

/** The bounds in a state. */
export function fittedBounds(plan: NumericPlan, state: ColumnState): Range {
  if (plan.bounds === null) return EVERYTHING;
  return { low: state.numeric?.low ?? EVERYTHING.low, high: state.numeric?.high ?? EVERYTHING.high };
}
