// Exact sums of float64 and of their squares. A sum is a fixed-point number in limbs of 32 bits, each an i64 of either sign, limb i worth 2^(32 i - 640):
// nothing is rounded or carried, so any order of the same addends gives the same number. Layout: EXACT_SUMS in src/exports-moments.ts.
import { log1p } from "./lib/math";

const LIMBS: usize = 38;

/** Whole numbers from 0 to below this are counted, not kept. */
// @ts-ignore: decorator
@inline const WHOLE: f64 = 1024;

/**
 * The values to count of x f64[n]: those of rows with keep u8[n] != 0 that are not NaN (missing), clipped to [low, high], -0 made 0. Whole numbers in [0, 1024) add
 * to whole u32[1024]; kept f64[n] takes the others in order. out: f64 minimum and f64 maximum of the kept, which go on from what they are, and u32 missing, which
 * goes up. Returns how many were kept.
 */
export function clip_kept_f64(out: usize, whole: usize, kept: usize, x: usize, keep: usize, n: u32, low: f64, high: f64): u32 {
  let minimum = load<f64>(out);
  let maximum = load<f64>(out, 8);
  let missing = load<u32>(out, 16);
  let to = kept;
  for (let i: usize = 0; i < <usize>n; i++) {
    if (load<u8>(keep + i) == 0) continue;
    const raw = load<f64>(x + (i << 3));
    if (isNaN(raw)) {
      missing++;
      continue;
    }
    const value = raw < low ? low : raw > high ? high : raw == 0 ? 0 : raw;
    if (value >= 0 && value < WHOLE) {
      const index = <u32>value;
      if (<f64>index == value) {
        const at = whole + (<usize>index << 2);
        store<u32>(at, load<u32>(at) + 1);
        continue;
      }
    }
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    store<f64>(to, value);
    to += 8;
  }
  store<f64>(out, minimum);
  store<f64>(out, maximum, 8);
  store<u32>(out, missing, 16);
  return <u32>((to - kept) >> 3);
}

/** out[i] = sign(x[i]) log1p(|x[i]|), f64[n]; `out` may be `x`. */
export function signed_log1p_f64(out: usize, x: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<f64>(x + (i << 3));
    store<f64>(out + (i << 3), value < 0 ? -log1p(-value) : log1p(value));
  }
}

// @ts-ignore: decorator
@inline function deposit(limb: usize, part: u64, sign: i64): void {
  store<i64>(limb, load<i64>(limb) + ((<i64>part ^ sign) - sign));
}

/**
 * Adds x f64[n] to the first and their squares to the second of the two sums at `sums` (i64[38] each), up to 2^31 of them in all. Values that are neither 0 nor of
 * a magnitude in [2^-256, 2^256) are left to the caller: odd f64[n] takes them in order. Returns how many.
 */
export function exact_sums_f64(sums: usize, odd: usize, x: usize, n: u32): u32 {
  const squares = sums + (LIMBS << 3);
  let to = odd;
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<f64>(x + (i << 3));
    if (value == 0) continue;
    const bits = reinterpret<u64>(value);
    const exponent = <u32>(bits >> 52) & 0x7ff;
    if (exponent - 767 >= 512) {
      store<f64>(to, value);
      to += 8;
      continue;
    }
    const m = (bits & 0xfffffffffffff) | 0x10000000000000;
    const sign = <i64>bits >> 63;
    // value = m 2^(exponent - 1075)
    let place = exponent - 435;
    let shift = <u64>(place & 31);
    let limb = sums + ((<usize>(place >> 5)) << 3);
    let low = m << shift;
    deposit(limb, low & 0xffffffff, sign);
    deposit(limb + 8, low >> 32, sign);
    deposit(limb + 16, (m >> 1) >> (63 - shift), sign);
    // m = a 2^27 + b, so m^2 = a^2 2^54 + a b 2^28 + b^2: 106 bits in high and low
    const a = m >> 27;
    const b = m & 0x7ffffff;
    const ab = a * b;
    const first = b * b + (ab << 28);
    low = first + ((a * a) << 54);
    let high = (ab >> 36) + ((a * a) >> 10) + <u64>(first < ab << 28) + <u64>(low < first);
    place = 2 * exponent - 1510;
    shift = <u64>(place & 31);
    limb = squares + ((<usize>(place >> 5)) << 3);
    const top = (high >> 1) >> (63 - shift);
    high = (high << shift) | ((low >> 1) >> (63 - shift));
    low <<= shift;
    deposit(limb, low & 0xffffffff, 0);
    deposit(limb + 8, low >> 32, 0);
    deposit(limb + 16, high & 0xffffffff, 0);
    deposit(limb + 24, high >> 32, 0);
    deposit(limb + 32, top, 0);
  }
  return <u32>((to - odd) >> 3);
}
