// log and log1p of lib/math.ts on two lanes: the same operations in the same order on each, branches become selections, so the same bits.
// Where k = 0 the scalar code has formulas of its own; the general ones give their bits, as adding 0 is exact and negation symmetric.

const LN2_HI: f64 = 0.6931471803691238;
const LN2_LO: f64 = 1.9082149292705877e-10;
/** Added to a small integer as bits, it is that number + 1.5 2^52. */
const MAGIC: i64 = 0x4338000000000000;

// @ts-ignore: decorator
@inline
function toF64(k: v128): v128 {
  return f64x2.sub(i64x2.add(k, i64x2.splat(MAGIC)), f64x2.splat(reinterpret<f64>(MAGIC)));
}

// @ts-ignore: decorator
@inline
function mulAdd(a: v128, b: v128, c: f64): v128 {
  return f64x2.add(f64x2.splat(c), f64x2.mul(a, b));
}

/** log of lanes that are normal numbers > 0. */
export function log_f64x2(x: v128): v128 {
  const low = i64x2.splat(0xfffff);
  const high = i64x2.shr_u(x, 32);
  const hx = v128.and(high, low);
  const half = v128.and(i64x2.add(hx, i64x2.splat(0x95f64)), i64x2.splat(0x100000));
  const dk = toF64(i64x2.add(i64x2.sub(i64x2.shr_u(high, 20), i64x2.splat(1023)), i64x2.shr_u(half, 20)));
  const scaled = v128.or(v128.and(x, i64x2.splat(0xffffffff)), i64x2.shl(v128.or(hx, v128.xor(half, i64x2.splat(0x3ff00000))), 32));
  const f = f64x2.sub(scaled, f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  const t1 = f64x2.mul(w, mulAdd(w, mulAdd(w, f64x2.splat(0.15313837699209373), 0.22222198432149784), 0.3999999999940942));
  const t2 = f64x2.mul(
    z,
    mulAdd(w, mulAdd(w, mulAdd(w, f64x2.splat(0.14798198605116586), 0.1818357216161805), 0.2857142874366239), 0.6666666666666735),
  );
  const r = f64x2.add(t2, t1);
  const ff = f64x2.mul(f, f);
  const hfsq = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f);
  const kLow = f64x2.mul(dk, f64x2.splat(LN2_LO));
  const near = i64x2.lt_s(v128.and(low, i64x2.add(hx, i64x2.splat(2))), i64x2.splat(3));
  const middle = v128.and(i64x2.ge_s(hx, i64x2.splat(0x6147a)), i64x2.le_s(hx, i64x2.splat(0x6b851)));
  const short = f64x2.mul(ff, f64x2.sub(f64x2.splat(0.5), f64x2.mul(f64x2.splat(0.3333333333333333), f)));
  const long = f64x2.mul(s, f64x2.sub(f, r));
  const plain = f64x2.sub(v128.bitselect(short, long, near), kLow);
  const squared = f64x2.sub(hfsq, f64x2.add(f64x2.mul(s, f64x2.add(hfsq, r)), kLow));
  const u = v128.bitselect(squared, plain, v128.andnot(middle, near));
  return f64x2.sub(f64x2.mul(dk, f64x2.splat(LN2_HI)), f64x2.sub(u, f));
}

/** log(1 - p) of lanes in [2^-54, 1 - 2^-53], as log1p(-p). */
export function log1pNegative_f64x2(p: v128): v128 {
  const x = f64x2.neg(p);
  const size = i64x2.shr_u(p, 32);
  const far = i64x2.gt_s(size, i64x2.splat(0x3fd2bec4));
  const one = f64x2.splat(1);
  const u = f64x2.add(one, x);
  const high = i64x2.shr_u(u, 32);
  const hu = v128.and(high, i64x2.splat(0xfffff));
  const lower = i64x2.lt_s(hu, i64x2.splat(0x6a09e));
  const k = i64x2.add(i64x2.sub(i64x2.shr_u(high, 20), i64x2.splat(1023)), v128.andnot(i64x2.splat(1), lower));
  const dk = v128.and(toF64(k), far);
  const c = v128.and(f64x2.div(f64x2.sub(x, f64x2.sub(u, one)), u), far);
  const exponent = v128.bitselect(i64x2.splat(0x3ff00000), i64x2.splat(0x3fe00000), lower);
  const scaled = v128.or(v128.and(u, i64x2.splat(0xffffffff)), i64x2.shl(v128.or(hu, exponent), 32));
  // (0x100000 - hu) >> 2 is 0 for the four numbers next to the power of two only.
  const rest = v128.bitselect(hu, i64x2.shr_u(i64x2.sub(i64x2.splat(0x100000), hu), 2), lower);
  const near = v128.and(i64x2.eq(rest, i64x2.splat(0)), far);
  const f = v128.bitselect(f64x2.sub(scaled, one), x, far);
  const hfsq = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f);
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s);
  let r = f64x2.splat(0.14798198605116586);
  r = mulAdd(z, r, 0.15313837699209373);
  r = mulAdd(z, r, 0.1818357216161805);
  r = mulAdd(z, r, 0.22222198432149784);
  r = mulAdd(z, r, 0.2857142874366239);
  r = mulAdd(z, r, 0.3999999999940942);
  r = mulAdd(z, r, 0.6666666666666735);
  r = f64x2.mul(z, r);
  const lowPart = f64x2.add(f64x2.mul(dk, f64x2.splat(LN2_LO)), c);
  const short = f64x2.sub(f64x2.mul(hfsq, f64x2.sub(one, f64x2.mul(f64x2.splat(0.6666666666666666), f))), lowPart);
  const long = f64x2.sub(hfsq, f64x2.add(f64x2.mul(s, f64x2.add(hfsq, r)), lowPart));
  const value = f64x2.sub(f64x2.mul(dk, f64x2.splat(LN2_HI)), f64x2.sub(v128.bitselect(short, long, near), f));
  const tiny = f64x2.sub(x, f64x2.mul(f64x2.mul(x, x), f64x2.splat(0.5)));
  return v128.bitselect(tiny, value, i64x2.lt_s(size, i64x2.splat(0x3e200000)));
}
