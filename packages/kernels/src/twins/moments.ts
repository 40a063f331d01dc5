/** The twin of `clip_kept_f64`: what is kept, how often each whole number in [0, 1024) came, and how many values are missing. */
export function clipKept(
  x: readonly number[],
  keep: readonly boolean[],
  low: number,
  high: number,
): { kept: number[]; whole: Map<number, number>; missing: number } {
  const wanted = x.filter((_, row) => keep[row]);
  const values = wanted.filter((value) => !Number.isNaN(value)).map((value) => (value < low ? low : value > high ? high : value + 0));
  const whole = new Map<number, number>();
  const kept = values.filter((value) => {
    if (!Number.isInteger(value) || value < 0 || value >= 1024) return true;
    whole.set(value, (whole.get(value) ?? 0) + 1);
    return false;
  });
  return { kept, whole, missing: wanted.length - values.length };
}

/** The twin of `exact_sums_f64`: the sums of x and of x^2 as whole numbers of units of 2^-640 (values of a magnitude in [2^-256, 2^256), or 0). */
export function exactSums(x: readonly number[]): { sum: bigint; squares: bigint } {
  let sum = 0n;
  let squares = 0n;
  for (const value of x) {
    // value = whole 2^-308
    const whole = BigInt(value * 2 ** 308);
    sum += whole << 332n;
    squares += (whole * whole) << 24n;
  }
  return { sum, squares };
}
