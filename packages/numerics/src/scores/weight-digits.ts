import { ExactSum } from "../exact-sum.js";

/**
 * A weight as at most three base-2^26 digits: w = sum of digit_i * 2^(26 place_i), digits integers in (0, 2^27).
 * Sums of digits of one place are integers, so that they are exact in any order while they stay below 2^53 (2^26 rows of one score).
 */
const DIGIT_BITS = 26;
const BASE = 0x4000000;
const EXPONENT_ZERO = 1075; // exponent field of a double whose last bit is worth 1

const f64 = new Float64Array(1);
const i64 = new BigInt64Array(f64.buffer);

/** Calls `emit(place, digit)` for every non-zero digit of a finite weight > 0; places rise. */
export function eachDigit(weight: number, emit: (place: number, digit: number) => void): void {
  if (weight < BASE && Number.isInteger(weight)) {
    emit(0, weight);
    return;
  }
  f64[0] = weight;
  const exponent = Number(i64[0]! >> 52n);
  const mantissa = Number(i64[0]! & 0xfffffffffffffn) + (exponent === 0 ? 0 : 0x10000000000000);
  const lowest = Math.max(exponent, 1) - EXPONENT_ZERO; // weight = mantissa * 2^lowest
  const place = Math.floor(lowest / DIGIT_BITS);
  const shift = 1 << (lowest - DIGIT_BITS * place);
  const low = (mantissa % BASE) * shift;
  const high = Math.floor(mantissa / BASE) * shift + Math.floor(low / BASE);
  if (low % BASE > 0) emit(place, low % BASE);
  if (high % BASE > 0) emit(place + 1, high % BASE);
  if (high >= BASE) emit(place + 2, Math.floor(high / BASE));
}

/** The correctly rounded sum of `sums[i] * 2^(26 places[i])` over [start, end). */
export function weightOf(places: Int8Array, sums: Float64Array, start: number, end: number): number {
  let sum = 0;
  for (let k = start; k < end; k++) {
    const x = atPlace(sums[k]!, places[k]!);
    const next = sum + x;
    // Places rise, so that plain sums are exact in most cases; only the last addition may round. Knuth's two-sum tells.
    const back = next - sum;
    if (k < end - 1 && sum - (next - back) + (x - back) !== 0) return exactWeightOf(places, sums, start, end);
    sum = next;
  }
  return sum;
}

function exactWeightOf(places: Int8Array, sums: Float64Array, start: number, end: number): number {
  const sum = new ExactSum();
  for (let k = start; k < end; k++) sum.add(atPlace(sums[k]!, places[k]!));
  return sum.value();
}

/** x * 2^(26 place), exact. */
function atPlace(x: number, place: number): number {
  for (; place > 0; place--) x *= BASE;
  for (; place < 0; place++) x /= BASE;
  return x;
}
