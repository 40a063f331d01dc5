/** assembly/moments.ts: what is summed to fit numeric columns. */
export interface MomentKernels {
  /**
   * kept f64[n]: the values of x f64[n] in rows with keep u8[n] != 0 that are not NaN, clipped to [low, high], -0 as 0; returns how many. out: f64 minimum,
   * f64 maximum, u32 missing (the kept rows' NaN), all three carried on from what they are.
   */
  clip_kept_f64(out: number, kept: number, x: number, keep: number, n: number, low: number, high: number): number;
  /** out f64[n] = sign(x) log1p(|x|); `out` may be `x`. */
  signed_log1p_f64(out: number, x: number, n: number): void;
  /**
   * Adds x f64[n] and the squares to the two sums at `sums` (see {@link EXACT_SUMS}), 2^31 values in all at most. Returns how many were left to the caller, in
   * odd f64[n]: those, but for 0, whose magnitude is not in [2^-256, 2^256).
   */
  exact_sums_f64(sums: number, odd: number, x: number, n: number): number;
}

/** The two exact sums of `exact_sums_f64`, of the values and of their squares, one behind the other: i64[limbs] each, limb i worth 2^(32 i + lowest). Zeros: nothing. */
export const EXACT_SUMS = { limbs: 38, bytes: 608, lowest: -640 } as const;
