import type { v1 } from "@crossbill/messages";
import type { ColumnSpec } from "./column.js";

/** What is made of the number of a numeric or product column; null: the column is categorical. */
export function numericSpecOf(spec: ColumnSpec): v1.NumericSpec.$Properties | null {
  return spec.numeric ?? (spec.product == null ? null : (spec.product.number ?? {}));
}

/** Whether a column gives a number a row (numeric, product), not an id. */
export function isNumeric(spec: ColumnSpec): boolean {
  return numericSpecOf(spec) !== null;
}
