/** assembly/xxh64.ts: XXH64 with seed 0, over a stream. */
export interface Xxh64Kernels {
  /** Begins a hash: lanes u64[4]. */
  xxh64_begin(lanes: number): void;
  /** Takes stripes of 32 bytes: length is a multiple of 32. */
  xxh64_stripes(lanes: number, src: number, length: number): void;
  /** The lower 32 bits, as i32, of the hash of `total` bytes whose stripes were taken; their last total mod 32 bytes are at src. */
  xxh64_end_u32(lanes: number, src: number, total: bigint): number;
}
