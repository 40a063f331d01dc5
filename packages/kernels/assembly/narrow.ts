// Numbers in fewer bytes: see src/exports-narrow.ts.

/** Bytes of a number, 1, 2 or 4, in which all x f64[n] are whole numbers or missing (NaN: the least number of that width), which are written; 0: there is none, and nothing was written. */
export function narrow_f64(out: usize, x: usize, n: u32): u32 {
  let low = i32x4.splat(0);
  let high = i32x4.splat(0);
  let same = i64x2.splat(-1);
  let i: usize = 0;
  for (; i + 2 <= <usize>n; i += 2) {
    const values = v128.load(x + (i << 3));
    const whole = i32x4.trunc_sat_f64x2_s_zero(values);
    // By their bits, as -0 is not 0. NaN becomes 0.
    same = v128.and(same, v128.or(i64x2.eq(f64x2.convert_low_i32x4_s(whole), values), f64x2.ne(values, values)));
    low = i32x4.min_s(low, whole);
    high = i32x4.max_s(high, whole);
  }
  if (!i64x2.all_true(same)) return 0;
  let least = min(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1));
  let most = max(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1));
  if (i < <usize>n) {
    const value = load<f64>(x + (i << 3));
    const whole = isNaN(value) ? 0 : <i32>value;
    if (!isNaN(value) && reinterpret<u64>(<f64>whole) != reinterpret<u64>(value)) return 0;
    least = min(least, whole);
    most = max(most, whole);
  }
  if (least > i8.MIN_VALUE && most <= i8.MAX_VALUE) {
    for (let k: usize = 0; k < <usize>n; k++) store<i8>(out + k, <i8>wholeOr(load<f64>(x + (k << 3)), i8.MIN_VALUE));
    return 1;
  }
  if (least > i16.MIN_VALUE && most <= i16.MAX_VALUE) {
    for (let k: usize = 0; k < <usize>n; k++) store<i16>(out + (k << 1), <i16>wholeOr(load<f64>(x + (k << 3)), i16.MIN_VALUE));
    return 2;
  }
  if (least == i32.MIN_VALUE) return 0;
  for (let k: usize = 0; k < <usize>n; k++) store<i32>(out + (k << 2), wholeOr(load<f64>(x + (k << 3)), i32.MIN_VALUE));
  return 4;
}

// @ts-ignore: decorator
@inline function wholeOr(value: f64, missing: i32): i32 {
  return select<i32>(missing, <i32>value, isNaN(value));
}

// @ts-ignore: decorator
@inline function numberOr(whole: i32, missing: i32): f64 {
  return select<f64>(NaN, <f64>whole, whole == missing);
}

/** out f64[n] of what narrow_f64 wrote in that width. */
export function widen_f64(out: usize, values: usize, width: u32, n: u32): void {
  if (width == 1) for (let i: usize = 0; i < <usize>n; i++) store<f64>(out + (i << 3), numberOr(load<i8>(values + i), i8.MIN_VALUE));
  else if (width == 2) for (let i: usize = 0; i < <usize>n; i++) store<f64>(out + (i << 3), numberOr(load<i16>(values + (i << 1)), i16.MIN_VALUE));
  else for (let i: usize = 0; i < <usize>n; i++) store<f64>(out + (i << 3), numberOr(load<i32>(values + (i << 2)), i32.MIN_VALUE));
}

/** out u8[n] of x u32[n]; false where one is above 255. */
export function narrow_u32(out: usize, x: usize, n: u32): bool {
  let all: u32 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<u32>(x + (i << 2));
    all |= value;
    store<u8>(out + i, <u8>value);
  }
  return all < 256;
}

/** out u32[n] of u8[n]. */
export function widen_u8(out: usize, values: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(out + (i << 2), load<u8>(values + i));
}
