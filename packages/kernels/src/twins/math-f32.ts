// Slow twins of assembly/lib/math-f32.ts: float32 after every operation, so the same bits.

const { fround } = Math;
const F32 = new Float32Array(1);
const I32 = new Int32Array(F32.buffer);

/** The polynomial in x with these coefficients, the highest power first. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, c) => fround(fround(sum * x) + fround(c)));
}

function powerOfTwo(n: number): number {
  I32[0] = (n + 127) << 23;
  return F32[0]!;
}

/** To the nearest whole number, ties to even. */
function nearest(x: number): number {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

function halvings(x: number): number {
  return nearest(fround(x * fround(Math.LOG2E)));
}

const EXP = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1].map(fround);

function expm1Rest(x: number, n: number): number {
  const r = fround(fround(x - fround(n * 0.693359375)) - fround(n * fround(-2.1219444e-4)));
  return fround(fround(polynomial(r, EXP) * fround(r * r)) + r);
}

/** e^x in float32, at most 2 units of the last place off; 0 below -104, Infinity above 88.73. */
export function expF32(x: number): number {
  const near = Math.min(Math.max(x, -105), 89);
  const n = halvings(near);
  const p = fround(expm1Rest(near, n) + 1);
  const half = n >> 1;
  return fround(fround(p * powerOfTwo(half)) * powerOfTwo(n - half));
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
  const size = Math.abs(x);
  if (size < 0.625) {
    const z = fround(x * x);
    return fround(fround(fround(polynomial(z, TANH) * z) * x) + x);
  }
  const large = fround(1 - fround(2 / fround(expF32(fround(size + size)) + 1)));
  return x < 0 ? -large : large;
}

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(fround);

/** log(1 + x) in float32 for x in [0, 1], at most 2 units of the last place off. */
export function log1pUnitF32(x: number): number {
  const u = fround(1 + x);
  const far = x > fround(0.41421356);
  const f = far ? fround(fround(u * 0.5) - 1) : x;
  const z = fround(f * f);
  let y = fround(fround(polynomial(f, LOG) * f) * z);
  y = fround(y + (far ? fround(fround(-2.1219444e-4) + fround(fround(x - fround(u - 1)) / u)) : 0));
  y = fround(y - fround(0.5 * z));
  return fround(fround(f + y) + (far ? 0.693359375 : 0));
}
