/** assembly/rows.ts: rows that go into packs. */
export interface RowKernels {
  /** out u32[n]: values[selected[i]], selected u32[n]. */
  gather_u32(out: number, values: number, selected: number, n: number): void;
  /** out f64[n]: values[selected[i]], selected u32[n]; NaN keep their bits. */
  gather_f64(out: number, values: number, selected: number, n: number): void;
  /** out u8[ceil(n / 8)]: Arrow's validity bitmap, 1 where x f64[n] is not NaN; returns how many are NaN. */
  validity_f64(out: number, x: number, n: number): number;
}
