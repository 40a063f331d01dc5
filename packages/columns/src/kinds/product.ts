import type { v1 } from "@crossbill/messages";
import type { Column } from "../column.js";
import { fieldOf } from "../field-of.js";
import { numericPlan } from "../numeric-plan.js";
import { specError } from "../spec-error.js";
import { numberColumn } from "./numeric.js";

/** The product of the numbers of raw fields, x_1 x_2 ... from left to right (a field twice: its square), treated as a numeric column's number; missing where a factor is. */
export function product(name: string, spec: v1.ProductSpec.$Properties): Column {
  const factors = (spec.fields ?? []).map((field) => fieldOf(name, field));
  if (factors.length < 2) throw specError(name, `it multiplies ${factors.length} fields; at least 2 are needed (one may come twice: its square)`);
  if ((spec.number?.field ?? "") !== "") throw specError(name, "what is made of the product names a field; the fields are the product's own");
  return numberColumn(name, { fields: [...new Set(factors)], factors }, numericPlan(name, spec.number ?? {}));
}
