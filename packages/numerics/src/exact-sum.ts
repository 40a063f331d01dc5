const F64 = new Float64Array(1);
const U32 = new Uint32Array(F64.buffer); // little-endian: [0] low word, [1] high word
const LIMB = 4294967296;
/** Bit 0 of limb 0 is worth 2^-2304: below the last bit of the smallest product. */
const BIAS = 2304;
/** So many deposits below 2^32 each keep every limb below 2^53. */
const CARRY_EVERY = 1 << 20;

const NEGATIVE = 1;
const HAS_POSITIVE_INFINITY = 2;
const HAS_NEGATIVE_INFINITY = 4;
const HAS_NAN = 8;

/**
 * The exact sum of float64 numbers and products of two, as a fixed-point number in limbs of 32 bits (a superaccumulator; Kulisch). Nothing is rounded
 * before `value()`, so the same addends give the same value and the same bytes in any order and over any tree of merges.
 * Only the limbs in use are held (some 10 for usual data). Good for 2^53 addends.
 */
export class ExactSum {
  /** Limb i is worth 2^(32 (first + i) - 2304); the topmost one takes carries only. Limbs are integers of either sign below 2^53. */
  #limbs = new Float64Array(0);
  #first = 0;
  #uncarried = 0;
  #special = 0;

  /** Adds `x`. Infinities and NaN are remembered: see {@link value}. */
  add(x: number): void {
    F64[0] = x;
    const high = U32[1]!;
    const e = (high >>> 20) & 0x7ff;
    if (e === 0x7ff) this.#addSpecial(x);
    else this.#deposit(high, U32[0]!, e, 0);
  }

  /** Adds values[0..n). */
  addArray(values: ArrayLike<number>, n: number = values.length): void {
    for (let i = 0; i < n; i++) {
      F64[0] = values[i]!;
      const high = U32[1]!;
      const e = (high >>> 20) & 0x7ff;
      if (e === 0x7ff) this.#addSpecial(values[i]!);
      else this.#deposit(high, U32[0]!, e, 0);
    }
  }

  /** Adds a b 2^exponent exactly: it neither overflows nor underflows. @param exponent such that the product is between 2^-2140 and 2^4000 in size */
  addProduct(a: number, b: number, exponent = 0): void {
    if (a === 0 || b === 0 || !Number.isFinite(a) || !Number.isFinite(b)) {
      const product = a * b;
      if (product !== 0) this.#addSpecial(product);
      return;
    }
    // a and b scaled to [1, 2) in magnitude: Dekker's product has no error then.
    F64[0] = a;
    if ((U32[1]! & 0x7ff00000) === 0) {
      F64[0] = a * 18014398509481984;
      exponent -= 54;
    }
    exponent += ((U32[1]! >>> 20) & 0x7ff) - 1023;
    U32[1] = (U32[1]! & 0x800fffff) | 0x3ff00000;
    a = F64[0];
    F64[0] = b;
    if ((U32[1]! & 0x7ff00000) === 0) {
      F64[0] = b * 18014398509481984;
      exponent -= 54;
    }
    exponent += ((U32[1]! >>> 20) & 0x7ff) - 1023;
    U32[1] = (U32[1]! & 0x800fffff) | 0x3ff00000;
    b = F64[0];
    const product = a * b;
    let t = 134217729 * a;
    const aHigh = t - (t - a);
    const aLow = a - aHigh;
    t = 134217729 * b;
    const bHigh = t - (t - b);
    const bLow = b - bHigh;
    const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
    F64[0] = product;
    this.#deposit(U32[1]!, U32[0]!, (U32[1]! >>> 20) & 0x7ff, exponent);
    if (error === 0) return;
    F64[0] = error;
    this.#deposit(U32[1]!, U32[0]!, (U32[1]! >>> 20) & 0x7ff, exponent);
  }

  /** Adds all that `other` holds, which stays as it is. */
  merge(other: ExactSum): this {
    this.#special |= other.#special;
    const n = other.#limbs.length;
    if (n === 0) return this;
    const theirs = new Float64Array(n);
    theirs.set(other.#limbs);
    carry(theirs);
    this.#cover(other.#first, other.#first + n);
    this.#carry();
    const shift = other.#first - this.#first;
    for (let i = 0; i < n; i++) this.#limbs[shift + i]! += theirs[i]!;
    this.#carry();
    return this;
  }

  /** The sum, rounded once to the nearest float64 (ties to even). NaN if a NaN or both infinities were added; an empty sum is 0. */
  value(): number {
    const infinities = this.#special & (HAS_POSITIVE_INFINITY | HAS_NEGATIVE_INFINITY);
    if ((this.#special & HAS_NAN) !== 0 || infinities === (HAS_POSITIVE_INFINITY | HAS_NEGATIVE_INFINITY)) return NaN;
    if (infinities !== 0) return infinities === HAS_POSITIVE_INFINITY ? Infinity : -Infinity;
    const { negative, first, digits } = this.#canonical();
    if (digits.length === 0) return 0;
    // The top 96 bits or more, and whether anything lies below them, are all that rounding can see.
    const from = Math.max(0, digits.length - 4);
    let sticky = false;
    for (let i = 0; i < from; i++) sticky ||= digits[i] !== 0;
    let top = 0n;
    for (let i = digits.length - 1; i >= from; i--) top = (top << 32n) | BigInt(digits[i]!);
    const magnitude = roundToDouble((top << 1n) | (sticky ? 1n : 0n), 32 * (first + from) - BIAS - 1);
    return negative ? -magnitude : magnitude;
  }

  /** The canonical bytes: flags (1), index of the first non-zero limb (2), limbs (2 bytes count, then 4 each), little-endian. Equal sums, equal bytes. */
  toBytes(): Uint8Array {
    const { negative, first, digits } = this.#canonical();
    const bytes = new Uint8Array(5 + 4 * digits.length);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, this.#special | (negative ? NEGATIVE : 0));
    view.setUint16(1, first, true);
    view.setUint16(3, digits.length, true);
    for (let i = 0; i < digits.length; i++) view.setUint32(5 + 4 * i, digits[i]!, true);
    return bytes;
  }

  /** The inverse of {@link toBytes}. @throws RangeError when the bytes are none of its */
  static fromBytes(bytes: Uint8Array): ExactSum {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const n = bytes.length < 5 ? -1 : view.getUint16(3, true);
    if (bytes.length !== 5 + 4 * n || view.getUint8(0) > 15 || view.getUint16(1, true) > 200 || n > 200)
      throw new RangeError(`an exact sum cannot have these ${bytes.length} bytes`);
    const sum = new ExactSum();
    const flags = view.getUint8(0);
    sum.#special = flags & ~NEGATIVE;
    sum.#first = view.getUint16(1, true);
    sum.#limbs = new Float64Array(n === 0 ? 0 : n + 1);
    for (let i = 0; i < n; i++) sum.#limbs[i] = (flags & NEGATIVE) !== 0 ? -view.getUint32(5 + 4 * i, true) : view.getUint32(5 + 4 * i, true);
    sum.#uncarried = 1;
    return sum;
  }

  #addSpecial(x: number): void {
    this.#special |= Number.isNaN(x) ? HAS_NAN : x > 0 ? HAS_POSITIVE_INFINITY : HAS_NEGATIVE_INFINITY;
  }

  /** Adds the float64 of these words and exponent field, times 2^scale. */
  #deposit(high: number, low: number, e: number, scale: number): void {
    let mantissa = high & 0xfffff;
    if (e !== 0) mantissa |= 0x100000;
    else {
      if (mantissa === 0 && low === 0) return;
      e = 1;
    }
    const position = e - 1075 + BIAS + scale;
    const shift = position & 31;
    let at = (position >>> 5) - this.#first;
    if (at < 0 || at + 3 >= this.#limbs.length) {
      this.#cover(position >>> 5, (position >>> 5) + 4);
      at = (position >>> 5) - this.#first;
    }
    const limbs = this.#limbs;
    const d0 = (low << shift) >>> 0;
    const d1 = shift === 0 ? mantissa : ((mantissa << shift) | (low >>> (32 - shift))) >>> 0;
    const d2 = shift === 0 ? 0 : mantissa >>> (32 - shift);
    if (high >>> 31 === 0) {
      limbs[at]! += d0;
      limbs[at + 1]! += d1;
      limbs[at + 2]! += d2;
    } else {
      limbs[at]! -= d0;
      limbs[at + 1]! -= d1;
      limbs[at + 2]! -= d2;
    }
    if (++this.#uncarried >= CARRY_EVERY) this.#carry();
  }

  #carry(): void {
    carry(this.#limbs);
    this.#uncarried = 1;
  }

  /** Makes room for limbs [from, to), `to - 1` being the one for carries. */
  #cover(from: number, to: number): void {
    if (this.#limbs.length === 0) {
      this.#first = from;
      this.#limbs = new Float64Array(to - from);
      return;
    }
    const first = Math.min(from, this.#first);
    const end = Math.max(to, this.#first + this.#limbs.length);
    const wider = new Float64Array(end - first);
    wider.set(this.#limbs, this.#first - first);
    this.#first = first;
    this.#limbs = wider;
    this.#carry();
  }

  /** Sign, and magnitude in base 2^32 without zero limbs at either end; the one form a number has. */
  #canonical(): { negative: boolean; first: number; digits: Float64Array } {
    const digits = new Float64Array(this.#limbs.length + 2);
    digits.set(this.#limbs);
    carry(digits);
    const negative = digits[digits.length - 1]! < 0;
    if (negative) {
      for (let i = 0; i < digits.length; i++) digits[i] = -digits[i]!;
      carry(digits);
    }
    let start = 0;
    let end = digits.length;
    while (end > 0 && digits[end - 1] === 0) end--;
    while (start < end && digits[start] === 0) start++;
    return { negative, first: end === 0 ? 0 : this.#first + start, digits: digits.subarray(start, end) };
  }
}

/** Brings every limb but the topmost into [0, 2^32). */
function carry(limbs: Float64Array): void {
  let over = 0;
  const last = limbs.length - 1;
  for (let i = 0; i < last; i++) {
    const limb = limbs[i]! + over;
    over = Math.floor(limb / LIMB);
    limbs[i] = limb - over * LIMB;
  }
  if (last >= 0) limbs[last]! += over;
}

/** n 2^exponent rounded to the nearest float64, ties to even. n > 0 has more than 64 bits, or is exact. */
function roundToDouble(n: bigint, exponent: number): number {
  const bits = n.toString(2).length;
  const ulp = Math.max(bits - 53 + exponent, -1074);
  let mantissa: number;
  if (ulp > exponent) {
    const drop = BigInt(ulp - exponent);
    const rest = n & ((1n << drop) - 1n);
    const half = 1n << (drop - 1n);
    let kept = n >> drop;
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
    mantissa = Number(kept);
  } else mantissa = Number(n << BigInt(exponent - ulp));
  if (ulp > 971) return Infinity;
  F64[0] = 0;
  if (ulp >= -1022) U32[1] = (ulp + 1023) << 20;
  else if (ulp >= -1042) U32[1] = 1 << (ulp + 1042);
  else U32[0] = 1 << (ulp + 1074);
  return mantissa * F64[0]!;
}
