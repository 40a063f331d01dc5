// exp, log, log1p and expm1 are those of FreeBSD's msun (e_exp.c, e_log.c, s_log1p.c, s_expm1.c):
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business.
// Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
//
// The twin is src/twins/math.ts: the same operations in the same order, so the same bits. No tables: no data segment.

const LN2_HI: f64 = 0.6931471803691238;
const LN2_LO: f64 = 1.9082149292705877e-10;
const INV_LN2: f64 = 1.4426950408889634;
const OVERFLOW: f64 = 709.782712893384;

function highWord(x: f64): i32 {
  return <i32>(reinterpret<u64>(x) >> 32);
}

/** `x` with its high word replaced. */
function withHighWord(x: f64, high: i32): f64 {
  return reinterpret<f64>((reinterpret<u64>(x) & 0xffffffff) | ((<u64>(<u32>high)) << 32));
}

/** 2^k for k in [-1022, 1023]. */
function powerOfTwo(k: i32): f64 {
  return reinterpret<f64>((<u64>(1023 + k)) << 52);
}

/** e^x, error below 1 ulp. */
export function exp(x: f64): f64 {
  if (isNaN(x)) return NaN;
  if (x > OVERFLOW) return Infinity;
  if (x < -745.1332191019411) return 0;
  const ax = highWord(x) & 0x7fffffff;
  let hi: f64 = 0;
  let lo: f64 = 0;
  let k: i32 = 0;
  if (ax > 0x3fd62e42) {
    if (ax < 0x3ff0a2b2) {
      if (x == 1) return 2.718281828459045;
      k = x > 0 ? 1 : -1;
    } else k = <i32>(INV_LN2 * x + (x > 0 ? 0.5 : -0.5));
    hi = x - <f64>k * LN2_HI;
    lo = <f64>k * LN2_LO;
    x = hi - lo;
  } else if (ax < 0x3e300000) return 1 + x;
  const t = x * x;
  const c =
    x - t * (0.16666666666666602 + t * (-0.0027777777777015593 + t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8))));
  if (k == 0) return 1 - ((x * c) / (c - 2) - x);
  const y = 1 - (lo - (x * c) / (2 - c) - hi);
  if (k == 1024) return y * 2 * powerOfTwo(1023);
  if (k >= -1021) return y * powerOfTwo(k);
  return y * powerOfTwo(k + 1000) * powerOfTwo(-1000);
}

/** e^x - 1, error below 1 ulp, near 0 too. */
export function expm1(x: f64): f64 {
  if (isNaN(x)) return NaN;
  if (x > OVERFLOW) return Infinity;
  const ax = highWord(x) & 0x7fffffff;
  if (ax >= 0x4043687a && x < 0) return -1;
  let c: f64 = 0;
  let k: i32 = 0;
  if (ax > 0x3fd62e42) {
    if (ax < 0x3ff0a2b2) k = x > 0 ? 1 : -1;
    else k = <i32>(INV_LN2 * x + (x > 0 ? 0.5 : -0.5));
    const hi = x - <f64>k * LN2_HI;
    const lo = <f64>k * LN2_LO;
    x = hi - lo;
    c = hi - x - lo;
  } else if (ax < 0x3c900000) return x;
  const hfx = 0.5 * x;
  const hxs = x * hfx;
  const r1 =
    1 +
    hxs *
      (-0.03333333333333313 + hxs * (0.0015873015872548146 + hxs * (-0.0000793650757867488 + hxs * (0.000004008217827329362 + hxs * -2.0109921818362437e-7))));
  const t = 3 - r1 * hfx;
  let e = hxs * ((r1 - t) / (6 - x * t));
  if (k == 0) return x - (x * e - hxs);
  e = x * (e - c) - c - hxs;
  if (k == -1) return 0.5 * (x - e) - 0.5;
  if (k == 1) return x < -0.25 ? -2 * (e - (x + 0.5)) : 1 + 2 * (x - e);
  if (k <= -2 || k > 56) {
    const y = 1 - (e - x);
    return (k == 1024 ? y * 2 * powerOfTwo(1023) : y * powerOfTwo(k)) - 1;
  }
  if (k < 20) return (withHighWord(1, 0x3ff00000 - (0x200000 >> k)) - (e - x)) * powerOfTwo(k);
  return (x - (e + powerOfTwo(-k)) + 1) * powerOfTwo(k);
}

/** Natural logarithm, error below 1 ulp. log(0) = -Infinity; NaN below 0. */
export function log(x: f64): f64 {
  if (isNaN(x) || x < 0) return NaN;
  if (x == 0) return -Infinity;
  if (x == Infinity) return x;
  let k: i32 = 0;
  let hx = highWord(x);
  if (hx < 0x00100000) {
    k = -54;
    x *= 18014398509481984;
    hx = highWord(x);
  }
  k += (hx >> 20) - 1023;
  hx &= 0x000fffff;
  const half = (hx + 0x95f64) & 0x100000;
  x = withHighWord(x, hx | (half ^ 0x3ff00000));
  k += half >> 20;
  const dk = <f64>k;
  const f = x - 1;
  if ((0x000fffff & (2 + hx)) < 3) {
    if (f == 0) return k == 0 ? 0 : dk * LN2_HI + dk * LN2_LO;
    const r = f * f * (0.5 - 0.3333333333333333 * f);
    return k == 0 ? f - r : dk * LN2_HI - (r - dk * LN2_LO - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const t1 = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const t2 = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const r = t2 + t1;
  if (((hx - 0x6147a) | (0x6b851 - hx)) > 0) {
    const hfsq = 0.5 * f * f;
    return k == 0 ? f - (hfsq - s * (hfsq + r)) : dk * LN2_HI - (hfsq - (s * (hfsq + r) + dk * LN2_LO) - f);
  }
  return k == 0 ? f - s * (f - r) : dk * LN2_HI - (s * (f - r) - dk * LN2_LO - f);
}

/** log(1 + x), error below 1 ulp, near 0 too. log1p(-1) = -Infinity; NaN below -1. */
export function log1p(x: f64): f64 {
  if (isNaN(x) || x < -1) return NaN;
  if (x == -1) return -Infinity;
  if (x == Infinity) return x;
  const hx = highWord(x);
  const ax = hx & 0x7fffffff;
  if (ax < 0x3e200000) return ax < 0x3c900000 ? x : x - x * x * 0.5;
  let k: i32 = 0;
  let f = x;
  let c: f64 = 0;
  let hu: i32 = 1;
  if (hx >= 0x3fda827a || (hx < 0 && hx > <i32>0xbfd2bec4)) {
    let u = x;
    if (hx < 0x43400000) {
      u = 1 + x;
      hu = highWord(u);
      k = (hu >> 20) - 1023;
      c = (k > 0 ? 1 - (u - x) : x - (u - 1)) / u;
    } else {
      hu = hx;
      k = (hu >> 20) - 1023;
    }
    hu &= 0x000fffff;
    if (hu < 0x6a09e) u = withHighWord(u, hu | 0x3ff00000);
    else {
      k += 1;
      u = withHighWord(u, hu | 0x3fe00000);
      hu = (0x00100000 - hu) >> 2;
    }
    f = u - 1;
  }
  const dk = <f64>k;
  const hfsq = 0.5 * f * f;
  if (hu == 0) {
    if (f == 0) return k == 0 ? 0 : dk * LN2_HI + (c + dk * LN2_LO);
    const r = hfsq * (1 - 0.6666666666666666 * f);
    return k == 0 ? f - r : dk * LN2_HI - (r - (dk * LN2_LO + c) - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const r =
    z *
    (0.6666666666666735 +
      z *
        (0.3999999999940942 +
          z * (0.2857142874366239 + z * (0.22222198432149784 + z * (0.1818357216161805 + z * (0.15313837699209373 + z * 0.14798198605116586))))));
  return k == 0 ? f - (hfsq - s * (hfsq + r)) : dk * LN2_HI - (hfsq - (s * (hfsq + r) + (dk * LN2_LO + c)) - f);
}

/** 1 / (1 + e^-z). */
export function sigmoid(z: f64): f64 {
  if (z >= 0) return 1 / (1 + exp(-z));
  const e = exp(z);
  return e / (1 + e);
}

/** log(1 + e^z), without overflow. */
export function softplus(z: f64): f64 {
  return z > 0 ? z + log1p(exp(-z)) : log1p(exp(z));
}

/** log(p / (1 - p)). */
export function logit(p: f64): f64 {
  return p > 0.25 && p < 0.75 ? log1p((2 * p - 1) / (1 - p)) : log(p / (1 - p));
}
