// erfc is that of FreeBSD's msun (s_erf.c):
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business.
// Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
import { exp } from "@crossbill/kernels";

const F64 = new Float64Array(1);
const U32 = new Uint32Array(F64.buffer);

/**
 * Standard normal distribution function, P(Z <= x) = erfc(-x / sqrt 2) / 2. The same bits on every machine.
 * Relative error below 1e-15 (1 + x^2), also deep in the lower tail.
 */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

/** Horner's scheme, coefficients from the lowest power up. */
function polynomial(x: number, ...c: readonly number[]): number {
  let sum = 0;
  for (let i = c.length - 1; i >= 0; i--) sum = sum * x + c[i]!;
  return sum;
}

function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const ax = Math.abs(x);
  if (ax < 0.84375) {
    if (ax < 2 ** -56) return 1 - x;
    const z = x * x;
    const r = polynomial(z, 0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -0.000023763016656650163);
    const s = polynomial(z, 1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -0.000003960228278775368);
    const y = r / s;
    return x < 0.25 ? 1 - (x + x * y) : 0.5 - (x * y + (x - 0.5));
  }
  if (ax < 1.25) {
    const s = ax - 1;
    const p = polynomial(
      s,
      -0.0023621185607526594,
      0.41485611868374833,
      -0.3722078760357013,
      0.31834661990116175,
      -0.11089469428239668,
      0.035478304325618236,
      -0.002166375594868791,
    );
    const q = polynomial(s, 1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905, 0.011984499846799107);
    const erx = 0.8450629115104675;
    return x >= 0 ? 1 - erx - p / q : 1 + (erx + p / q);
  }
  if (ax >= 28) return x > 0 ? 0 : 2;
  if (x < -6) return 2;
  const s = 1 / (ax * ax);
  let r: number;
  let q: number;
  if (ax < 1 / 0.35) {
    r = polynomial(
      s,
      -0.009864944034847148,
      -0.6938585727071818,
      -10.558626225323291,
      -62.375332450326006,
      -162.39666946257347,
      -184.60509290671104,
      -81.2874355063066,
      -9.814329344169145,
    );
    q = polynomial(
      s,
      1,
      19.651271667439257,
      137.65775414351904,
      434.56587747522923,
      645.3872717332679,
      429.00814002756783,
      108.63500554177944,
      6.570249770319282,
      -0.0604244152148581,
    );
  } else {
    r = polynomial(
      s,
      -0.0098649429247001,
      -0.799283237680523,
      -17.757954917754752,
      -160.63638485582192,
      -637.5664433683896,
      -1025.0951316110772,
      -483.5191916086514,
    );
    q = polynomial(
      s,
      1,
      30.33806074348246,
      325.7925129965739,
      1536.729586084437,
      3199.8582195085955,
      2553.0504064331644,
      474.52854120695537,
      -22.44095244658582,
    );
  }
  // e^(-ax^2) as e^(-z^2 - 0.5625) e^((z - ax)(z + ax)), z being ax without its low word, so that z^2 is exact.
  F64[0] = ax;
  U32[0] = 0;
  const z = F64[0];
  const tail = (exp(-z * z - 0.5625) * exp((z - ax) * (z + ax) + r / q)) / ax;
  return x > 0 ? tail : 2 - tail;
}
