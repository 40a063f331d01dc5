// Slow twins of assembly/lib/math-f32.ts: float32 after every operation, so the same bits.

const { fround } = Math;
const F32 = new Float32Array(1);
const I32 = new Int32Array(F32.buffer);

/** The polynomial in x with these coefficients, the highest power first. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, c) => fround(fround(sum * x) + fround(c)));
}

/** 2^n for whole n in [-126, 127]. */
function powerOfTwo(n: number): number {
  I32[0] = (n + 127) << 23;
  return F32[0]!;
}

/** 1.5 2^23: added to a number below 2^21 it leaves it whole, ties to even. */
const MAGIC = 12582912;

/** x / ln 2 to the nearest whole number. */
function halvings(x: number): number {
  return fround(fround(x * fround(Math.LOG2E)) + MAGIC) - MAGIC;
}

const EXP = [1.381454e-3, 8.368745e-3, 4.1668391e-2, 1.666652e-1, 4.9999993e-1].map(fround);

function expm1Rest(x: number, n: number): number {
  const r = fround(fround(x - fround(n * 0.693359375)) - fround(n * fround(-2.1219444e-4)));
  return fround(fround(polynomial(r, EXP) * fround(r * r)) + r);
}

/** e^x in float32 for x <= 0, at most 2 units of the last place off; 0 below -104. */
export function expNegativeF32(x: number): number {
  const near = Math.max(x, -105);
  const n = halvings(near);
  return fround(fround(fround(expm1Rest(near, n) + 1) * powerOfTwo(n + 64)) * 2 ** -64);
}

/** e^x - 1 in float32 for x <= 0, at most 2 units of the last place off. */
export function expm1NegativeF32(x: number): number {
  const near = Math.max(x, -30);
  const n = halvings(near);
  const two = powerOfTwo(n);
  return fround(fround(two * expm1Rest(near, n)) + fround(two - 1));
}

const TANH = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1].map(fround);

/** tanh x in float32, at most 2 units of the last place off. */
export function tanhF32(x: number): number {
  const z = fround(x * x);
  if (z < 0.390625) return fround(fround(fround(polynomial(z, TANH) * z) * x) + x);
  const e = expNegativeF32(fround(-2 * Math.abs(x)));
  const large = fround(1 - fround(fround(e + e) / fround(1 + e)));
  return x < 0 ? -large : large;
}

const LOG = [2.801199e-1, 2.80018e-1, 4.0021527e-1, 6.6666416e-1].map(fround);

/** log(1 + x) in float32 for x in [0, 1], at most 2 units of the last place off. */
export function log1pUnitF32(x: number): number {
  const s = fround(x / fround(2 + x));
  const z = fround(s * s);
  const half = fround(fround(x * 0.5) * x);
  return fround(x - fround(half - fround(s * fround(half + fround(polynomial(z, LOG) * z)))));
}
