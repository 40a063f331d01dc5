/** The twin of `gather_*`. */
export function gathered<T>(values: readonly T[], selected: readonly number[]): T[] {
  return selected.map((row) => values[row]!);
}

/** The twin of `validity_f64`. */
export function validityBits(x: readonly number[]): { bits: number[]; missing: number } {
  const bits = new Array<number>(Math.ceil(x.length / 8)).fill(0);
  x.forEach((value, i) => {
    if (!Number.isNaN(value)) bits[i >> 3]! |= 1 << (i & 7);
  });
  return { bits, missing: x.filter((value) => Number.isNaN(value)).length };
}
