import { specError } from "./spec-error.js";

/** The raw field a column names. @throws E_COLUMN_SPEC when it names none */
export function fieldOf(column: string, field: string | null | undefined): string {
  if (field == null || field === "") throw specError(column, "it names no field of the data");
  return field;
}

/** A whole number of a specification in [low, 2^32 - 2]. @throws E_COLUMN_SPEC outside */
export function countOf(column: string, what: string, value: number | null | undefined, low: number): number {
  const n = value ?? 0;
  if (!Number.isInteger(n) || n < low || n > 0xfffffffe) throw specError(column, `${what} is ${n}; a whole number from ${low} up to 4294967294 is needed`);
  return n;
}
