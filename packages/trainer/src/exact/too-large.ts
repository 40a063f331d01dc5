import type { Entries } from "./matrix-rows.js";

/** Sums of squares of values from here on leave float64. */
export const LARGEST_VALUE = 1e150;

/** The first entry whose size is {@link LARGEST_VALUE} at least, or that is no number; null: there is none. */
export function tooLarge({ offsets, features, values }: Entries): { readonly row: number; readonly feature: number; readonly value: number } | null {
  const at = values?.findIndex((x) => !(Math.abs(x) < LARGEST_VALUE)) ?? -1;
  return at < 0 ? null : { row: offsets.findIndex((end) => end > at) - 1, feature: features[at]!, value: values![at]! };
}
