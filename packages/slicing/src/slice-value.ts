import { bad } from "./inputs.js";

/** A value of a slice column. null stands for "no value" and is a slice of its own; the number 1 and the text "1" are two values. */
export type SliceValue = string | number | null;

/** The value as it is kept: undefined and NaN are null, -0 is 0. @throws E_SLICE_VALUE for anything but texts, numbers and null */
export function sliceValue(raw: unknown, field: string, row: number): SliceValue {
  if (typeof raw === "string") return raw;
  if (raw === null || raw === undefined) return null;
  if (typeof raw === "number") return Number.isNaN(raw) ? null : raw + 0;
  throw bad("E_SLICE_VALUE", `slice ${JSON.stringify(field)}`, row, raw, "a text, a number or null");
}

/** Numbers by size, then texts by code units, then null. */
export function compareValues(a: SliceValue, b: SliceValue): number {
  if (a === b) return 0;
  const kinds = kind(a) - kind(b);
  return kinds !== 0 ? kinds : a! < b! ? -1 : 1;
}

function kind(value: SliceValue): number {
  return typeof value === "number" ? 0 : value === null ? 2 : 1;
}
