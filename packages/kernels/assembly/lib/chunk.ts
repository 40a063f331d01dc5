/** Rows whose numbers are summed together. */
// @ts-ignore: decorator
@inline
export const CHUNK: u32 = 64;
