/** Bytes of a state of `hybrid_next`. */
export const HYBRID_BYTES = 24;
/** Bytes that must be readable (and of what is decompressed: writable) behind what the kernels of pages are given. */
export const PAGE_SLACK = 64;

/** assembly/parquet.ts: pages of Parquet files. What is read may be anything; it is never read more than {@link PAGE_SLACK} bytes behind its end. */
export interface ParquetKernels {
  /** Decompresses a block of Snappy, u8[size], to out u8[length]; 0: it is none of that length. Writes up to 16 bytes behind `out`. */
  snappy_decompress(out: number, length: number, at: number, size: number): number;
  /** Begins the hybrid of runs and packed numbers of `width` bits at [at, end): state u8[{@link HYBRID_BYTES}]. */
  hybrid_begin(state: number, at: number, end: number, width: number): void;
  /** The next n numbers, out u32[n]; 0: there are not so many, or what stands there is nothing of the kind. */
  hybrid_next(state: number, out: number, n: number): number;
  /** Places of n texts at [at, end), each behind a u32 of its length: starts, lengths u32[n]. Returns the offset behind the last; 0: they are not all there. */
  plain_texts(starts: number, lengths: number, n: number, at: number, end: number): number;
  /** out f64[n] of i32[n]. */
  i32_to_f64(out: number, values: number, n: number): void;
  /** out f64[n] of i64[n]; 0 where one is not in [-2^53, 2^53). */
  i64_to_f64(out: number, values: number, n: number): number;
  /** out f64[n] of f32[n]. */
  f32_to_f64(out: number, values: number, n: number): void;
  /** out f64[n]: values f64[count] at the codes u32[n]; 0 where one is not below `count`. */
  decode_f64(out: number, codes: number, n: number, values: number, count: number): number;
  /** The next n numbers of one bit, out u32[n]: how many of them are 1; -1 as where hybrid_next gives 0. Where all are 1 `out` may stay as it is. */
  levels_next(state: number, out: number, n: number): number;
  /** out f64[n]: the next of `values` where levels u32[n] is 1, else NaN. */
  spread_f64(out: number, levels: number, n: number, values: number): void;
  /** How many of f64[n] are NaN or infinite. */
  count_odd_f64(values: number, n: number): number;
}
