import type { v1 } from "@crossbill/messages";
import type { SliceValue } from "@crossbill/slicing";

/** A field of a slice and its value, as a message has them. */
export function sliceKey(field: string, value: SliceValue): v1.ISliceKey {
  return { field, value: value === null ? "" : String(value), missing: value === null };
}
