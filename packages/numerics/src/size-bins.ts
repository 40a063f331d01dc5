/*
 * Bins of float32 by sign and size, two for each power of two: [2^e, 1.5 * 2^e) and [1.5 * 2^e, 2^(e+1)). Bin 0 holds what is nearer to 0 than 2^-30, bin i > 0 what is above, bin -i what is as far below; the last ones
 * hold all that is beyond 2^32. A number's bin is some of its bits: no logarithm is taken.
 */

/** 2^-30 and 2^32, as exponent and first bit of the mantissa. */
const FIRST = 2 * (127 - 30);
const END = 2 * (127 + 32);

/** Bins are [-SIZE_BINS, SIZE_BINS]. */
export const SIZE_BINS = END - FIRST + 1;

/** The bin of the float32 with these bits (as uint32 or int32); of NaN an outermost one. */
export function sizeBin(bits: number): number {
  const key = (bits >>> 22) & 0x1ff;
  if (key < FIRST) return 0;
  const bin = key < END ? key - FIRST + 1 : SIZE_BINS;
  return bits >>> 31 === 0 ? bin : -bin;
}

/** Where bin i in [-SIZE_BINS, SIZE_BINS] ends and the next one begins; the number itself is of the one that is farther from 0. */
export function sizeBinEnd(i: number): number {
  if (i >= SIZE_BINS) return Number.POSITIVE_INFINITY;
  if (i < -SIZE_BINS) return Number.NEGATIVE_INFINITY;
  return i >= 0 ? edge(i) : -edge(-i - 1);
}

/** 2^-30, 1.5 * 2^-30, 2^-29, ... */
function edge(n: number): number {
  return 2 ** ((n - (n % 2)) / 2 - 30) * (n % 2 === 0 ? 1 : 1.5);
}
