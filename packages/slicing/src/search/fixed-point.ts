/** Numbers as whole multiples of a power of two, so coarse that float64 adds any of them without rounding: sums do not depend on order. */
export interface FixedPoint {
  /** Integers, length N. */
  readonly values: Float64Array;
  /** What 1 of them is worth. */
  readonly unit: number;
}

const ROOM = 2 ** 52;

/**
 * values[i] copies[i] in fixed point, each value rounded to the nearest multiple of unit = 2^k, the smallest with sum(copies) max|values| / unit <= 2^52.
 * A value with k copies has the integer of k such values.
 * @param copies integers >= 0, length N; default all 1
 */
export function fixedPoint(values: Float64Array, copies?: Float64Array): FixedPoint {
  let most = 0;
  let count = copies === undefined ? values.length : 0;
  for (let i = 0; i < values.length; i++) {
    most = Math.max(most, Math.abs(values[i]!));
    if (copies !== undefined) count += copies[i]!;
  }
  let scale = 1;
  if (most > 0) {
    while (most * count * scale > ROOM) scale /= 2;
    while (most * count * scale * 2 <= ROOM) scale *= 2;
  }
  const rounded = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) rounded[i] = Math.round(values[i]! * scale) * (copies === undefined ? 1 : copies[i]!);
  return { values: rounded, unit: 1 / scale };
}
