/** assembly/moments.ts: what is summed to fit numeric columns. */
export interface MomentKernels {
  /**
   * The values of x f64[n] in rows with keep u8[n] != 0 that are not NaN, clipped to [low, high], -0 as 0: whole numbers in [0, 1024) add to whole u32[1024],
   * kept f64[n] takes the others in order; returns how many. out: f64 minimum and f64 maximum of the kept, u32 missing (the kept rows' NaN), carried on from what
   * they are.
   */
  clip_kept_f64(out: number, whole: number, kept: number, x: number, keep: number, n: number, low: number, high: number): number;
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

/** Whole numbers that `clip_kept_f64` counts: 0 to this, exclusive. */
export const WHOLE_NUMBERS = 1024;
