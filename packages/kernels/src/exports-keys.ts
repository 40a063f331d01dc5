/**
 * assembly/cross-keys.ts: combinations of parts as byte strings, part by part. A missing part is "-"; a text its length in bytes (decimal), ":" and its bytes; an id its
 * decimal digits and ";". First all parts are measured, then they are written in the same order.
 */
export interface KeyKernels {
  /** sizes u32[n] += the bytes of a part that is a text (lengths u32[n]). */
  keys_measure_texts(sizes: number, lengths: number, n: number): void;
  /** sizes u32[n] += the bytes of a part that is an id (ids u32[n]; 0: missing). */
  keys_measure_ids(sizes: number, ids: number, n: number): void;
  /** Writes the part at ends u32[n], which go on by its bytes; present u8[n] = 1 where it is not missing. */
  keys_write_texts(ends: number, present: number, starts: number, lengths: number, n: number): void;
  keys_write_ids(ends: number, present: number, ids: number, n: number): void;
}
