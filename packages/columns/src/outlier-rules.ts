import { v1 } from "@crossbill/messages";
import type { ColumnSpec } from "./column.js";
import { numericPlan } from "./numeric-plan.js";
import { numericSpecOf } from "./numeric-spec.js";
import { fittedBounds } from "./outlier-handling.js";
import { planOf } from "./plan.js";
import type { PreparedBatch } from "./prepared-batch.js";
import { statesOf } from "./states.js";

/** A column whose values below `low` or above `high` are outliers. */
export interface OutlierRule {
  readonly column: string;
  /** A field it reads. */
  readonly field: string;
  readonly low: number;
  readonly high: number;
  /** Training rows with an outlier are rejected (E_OUTLIER). */
  readonly rejects: boolean;
  /** The raw numbers of a batch, f64[rows]; NaN: missing. A view. */
  readonly numbers: (batch: PreparedBatch) => Float64Array;
}

/** The columns among `specs` that have bounds in `state`, in their order. */
export function outlierRules(specs: readonly ColumnSpec[], state: v1.FeatureState.$Properties): OutlierRule[] {
  const plan = planOf(specs);
  const states = statesOf(state);
  return specs.flatMap((spec) => {
    const number = numericSpecOf(spec);
    const own = states(spec.name ?? "");
    if (number === null || own === undefined) return [];
    const checked = numericPlan(spec.name ?? "", number);
    if (checked.bounds === null) return [];
    const column = plan.byName.get(spec.name ?? "")!;
    return {
      column: column.name,
      field: column.fields[0]!,
      ...fittedBounds(checked, own),
      rejects: checked.outliers === v1.NumericSpec.Outliers.REJECT_ROW,
      numbers: (batch: PreparedBatch) => batch.numbersOf(column),
    };
  });
}
