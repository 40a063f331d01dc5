// exp, tanh and log1p on four float32 lanes: + - * / and bits alone, the same operations on every lane; the twins of src/twins/math-f32.ts give the same bits. At most 2 units of the last place off.
// Polynomials after Cephes (Moshier 1989): expf, tanhf, logf.

// @ts-ignore: decorator
@inline
function mul_add(a: v128, b: v128, c: f32): v128 {
  return f32x4.add(f32x4.mul(a, b), f32x4.splat(c));
}

/** 2^n for whole lanes n in [-126, 127]. */
// @ts-ignore: decorator
@inline
function power_of_two(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** The multiple of ln 2 next to x, as a whole number. */
// @ts-ignore: decorator
@inline
function halvings(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
}

/** e^r - 1 for r = x - n ln 2, |r| <= 0.35. */
// @ts-ignore: decorator
@inline
function expm1_rest(x: v128, n: v128): v128 {
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = mul_add(f32x4.splat(1.9875691500e-4), r, 1.3981999507e-3);
  p = mul_add(p, r, 8.3334519073e-3);
  p = mul_add(p, r, 4.1665795894e-2);
  p = mul_add(p, r, 1.6666665459e-1);
  p = mul_add(p, r, 5.0000001201e-1);
  return f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r);
}

/** e^x; 0 below -104, Infinity above 88.73. */
// @ts-ignore: decorator
@inline
export function exp_f32x4(x: v128): v128 {
  const near = f32x4.min(f32x4.max(x, f32x4.splat(-105)), f32x4.splat(89));
  const n = halvings(near);
  const p = f32x4.add(expm1_rest(near, n), f32x4.splat(1));
  // 2^n in two factors: n is in [-152, 128]. NaN lanes have any n.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(p, power_of_two(half)), power_of_two(i32x4.sub(whole, half)));
}

/** e^x - 1 for x <= 0. */
// @ts-ignore: decorator
@inline
export function expm1_negative_f32x4(x: v128): v128 {
  const near = f32x4.max(x, f32x4.splat(-30));
  const n = halvings(near);
  const two = power_of_two(i32x4.trunc_sat_f32x4_s(n));
  return f32x4.add(f32x4.mul(two, expm1_rest(near, n)), f32x4.sub(two, f32x4.splat(1)));
}

/** tanh x: below 0.625 an odd polynomial, above 1 - 2 / (e^2x + 1). */
// @ts-ignore: decorator
@inline
export function tanh_f32x4(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = mul_add(f32x4.splat(-5.70498872745e-3), z, 2.06390887954e-2);
  p = mul_add(p, z, -5.37397155531e-2);
  p = mul_add(p, z, 1.33314422036e-1);
  p = mul_add(p, z, -3.33332819422e-1);
  const small = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x);
  const size = f32x4.abs(x);
  const one = f32x4.splat(1);
  const e = exp_f32x4(f32x4.add(size, size));
  const large = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(e, one)));
  const signed = v128.or(large, v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(small, signed, f32x4.lt(size, f32x4.splat(0.625)));
}

/** log(1 + x) for x in [0, 1]. */
// @ts-ignore: decorator
@inline
export function log1p_unit_f32x4(x: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(one, x);
  const far = f32x4.gt(x, f32x4.splat(0.41421356));
  const lost = f32x4.div(f32x4.sub(x, f32x4.sub(u, one)), u);
  const f = v128.bitselect(f32x4.sub(f32x4.mul(u, f32x4.splat(0.5)), one), x, far);
  const z = f32x4.mul(f, f);
  let p = mul_add(f32x4.splat(7.0376836292e-2), f, -1.1514610310e-1);
  p = mul_add(p, f, 1.1676998740e-1);
  p = mul_add(p, f, -1.2420140846e-1);
  p = mul_add(p, f, 1.4249322787e-1);
  p = mul_add(p, f, -1.6668057665e-1);
  p = mul_add(p, f, 2.0000714765e-1);
  p = mul_add(p, f, -2.4999993993e-1);
  p = mul_add(p, f, 3.3333331174e-1);
  let y = f32x4.mul(f32x4.mul(p, f), z);
  y = f32x4.add(y, v128.and(f32x4.add(f32x4.splat(-2.12194440e-4), lost), far));
  y = f32x4.sub(y, f32x4.mul(f32x4.splat(0.5), z));
  return f32x4.add(f32x4.add(f, y), v128.and(f32x4.splat(0.693359375), far));
}
