// exp, tanh and log1p on four float32 lanes: + - * / and bits alone, the same operations on every lane; the twins of src/twins/math-f32.ts give the same bits. At most 2 units of the last place off.
// tanh has the polynomial of Cephes (Moshier 1989), log1p the form of FreeBSD's msun; polynomials of exp and log1p are minimax. pmin and pmax, an instruction each where min and max are eight, keep a NaN in their first place.

// @ts-ignore: decorator
@inline
function mul_add(a: v128, b: v128, c: f32): v128 {
  return f32x4.add(f32x4.mul(a, b), f32x4.splat(c));
}

/** Added to a number below 2^21, 1.5 2^23 leaves it whole, ties to even, in the lower bits. */
const MAGIC: f32 = 12582912;

/** x / ln 2 to the nearest whole number n, plus MAGIC. */
// @ts-ignore: decorator
@inline
function halvings(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(MAGIC));
}

/** 2^(n + k) from n + MAGIC; n + k in [-126, 127]. */
// @ts-ignore: decorator
@inline
function power_of_two(magic: v128, k: i32): v128 {
  return i32x4.shl(i32x4.add(magic, i32x4.splat(127 + k)), 23);
}

/** e^r - 1 for r = x - n ln 2, |r| <= 0.35, from n + MAGIC. */
// @ts-ignore: decorator
@inline
function expm1_rest(x: v128, magic: v128): v128 {
  const n = f32x4.sub(magic, f32x4.splat(MAGIC));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = mul_add(f32x4.splat(1.381454e-3), r, 8.368745e-3);
  p = mul_add(p, r, 4.1668391e-2);
  p = mul_add(p, r, 1.666652e-1);
  p = mul_add(p, r, 4.9999993e-1);
  return f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r);
}

/** e^x for x <= 0; 0 below -104. */
// @ts-ignore: decorator
@inline
export function exp_negative_f32x4(x: v128): v128 {
  const near = f32x4.pmax(x, f32x4.splat(-105));
  const magic = halvings(near);
  const p = f32x4.add(expm1_rest(near, magic), f32x4.splat(1));
  // n is down to -152: in two factors, the second 2^-64.
  return f32x4.mul(f32x4.mul(p, power_of_two(magic, 64)), f32x4.splat(5.421010862427522e-20));
}

/** e^x - 1 for x <= 0. */
// @ts-ignore: decorator
@inline
export function expm1_negative_f32x4(x: v128): v128 {
  const near = f32x4.pmax(x, f32x4.splat(-30));
  const magic = halvings(near);
  const two = power_of_two(magic, 0);
  return f32x4.add(f32x4.mul(two, expm1_rest(near, magic)), f32x4.sub(two, f32x4.splat(1)));
}

/** tanh x: below 0.625 an odd polynomial, above 1 - 2 e / (1 + e) with e = e^(-2 |x|). */
// @ts-ignore: decorator
@inline
export function tanh_f32x4(x: v128): v128 {
  const sign = i32x4.splat(0x80000000);
  const one = f32x4.splat(1);
  const z = f32x4.mul(x, x);
  let p = mul_add(f32x4.splat(-5.70498872745e-3), z, 2.06390887954e-2);
  p = mul_add(p, z, -5.37397155531e-2);
  p = mul_add(p, z, 1.33314422036e-1);
  p = mul_add(p, z, -3.33332819422e-1);
  const small = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x);
  const e = exp_negative_f32x4(v128.or(f32x4.add(x, x), sign));
  const large = f32x4.sub(one, f32x4.div(f32x4.add(e, e), f32x4.add(one, e)));
  return v128.bitselect(small, v128.or(large, v128.and(x, sign)), f32x4.lt(z, f32x4.splat(0.390625)));
}

/** log(1 + x) for x in [0, 1]: x - (x^2 / 2 - s (x^2 / 2 + R)), s = x / (2 + x), R = log(1 + x) / s - 2 a polynomial in s^2. */
// @ts-ignore: decorator
@inline
export function log1p_unit_f32x4(x: v128): v128 {
  const s = f32x4.div(x, f32x4.add(f32x4.splat(2), x));
  const z = f32x4.mul(s, s);
  let p = mul_add(f32x4.splat(2.801199e-1), z, 2.80018e-1);
  p = mul_add(p, z, 4.0021527e-1);
  p = mul_add(p, z, 6.6666416e-1);
  const half = f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), x);
  return f32x4.sub(x, f32x4.sub(half, f32x4.mul(s, f32x4.add(half, f32x4.mul(p, z)))));
}
