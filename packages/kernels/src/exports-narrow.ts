/** assembly/narrow.ts: numbers in fewer bytes. */
export interface NarrowKernels {
  /**
   * Writes x f64[n] as whole numbers of 1, 2 or 4 bytes with a sign, NaN as the least number of that width, and returns the width; 0: nothing so narrow holds all of them as they are (-0 is no
   * whole number), and `out` means nothing. out u8[4 * n].
   */
  narrow_f64(out: number, x: number, n: number): number;
  /** out f64[n] of what narrow_f64 wrote in that width. */
  widen_f64(out: number, values: number, width: number, n: number): void;
  /** out u8[n] of x u32[n]; 0 where one is above 255, and `out` means nothing. */
  narrow_u32(out: number, x: number, n: number): number;
  /** out u32[n] of u8[n]. */
  widen_u8(out: number, values: number, n: number): void;
}
