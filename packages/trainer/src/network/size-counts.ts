import type { v1 } from "@crossbill/messages";
import { SIZE_BINS, sizeBin } from "@crossbill/numerics";

/** Bins of one count of sizes. */
export const BINS = 2 * SIZE_BINS + 1;

/** Counts the float32 whose bits are bits[from, to) into counts f64[BINS] from `at` on. */
export function countSizes(counts: Float64Array, at: number, bits: Uint32Array, from: number, to: number): void {
  const zero = at + SIZE_BINS;
  for (let k = from; k < to; k++) {
    const bin = zero + sizeBin(bits[k]!);
    counts[bin] = counts[bin]! + 1;
  }
}

/** The bins in use. */
export function sizeCounts(counts: Float64Array): v1.SizeCounts.$Properties {
  const first = counts.findIndex((n) => n > 0);
  if (first < 0) return { first: 0, counts: [] };
  return { first: first - SIZE_BINS, counts: Array.from(counts.subarray(first, counts.findLastIndex((n) => n > 0) + 1)) };
}
