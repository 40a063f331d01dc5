// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
// Status of a parsed text, see src/exports-text.ts.
// @ts-ignore: decorator
@inline const VALUE: u32 = 0;
// @ts-ignore: decorator
@inline const ABSENT: u32 = 1;
// @ts-ignore: decorator
@inline const NOT_A_NUMBER: u32 = 2;
// @ts-ignore: decorator
@inline const LONG: u32 = 3;

// @ts-ignore: decorator
@inline function isSpace(c: u32): bool {
  return c == 0x20 || c == 0x09;
}

/** mantissa * 2^exponent rounded to nearest even; the top bit of `mantissa` is set, `sticky`: something lies below it. */
// @ts-ignore: decorator
@inline function round64(mantissa: u64, exponent: i32, sticky: bool): f64 {
  let kept = mantissa >> 11;
  const rest = mantissa & 0x7ff;
  if (rest > 0x400 || (rest == 0x400 && (sticky || (kept & 1) != 0))) kept++;
  return <f64>kept * reinterpret<f64>((<u64>(1023 + exponent + 11)) << 52);
}

/** floor(high * 2^64 / d), d with its top bit set and high < d, by two digits of 32 bits (Knuth 4.3.1, algorithm D). */
function divide128(high: u64, d: u64): u64 {
  const d1 = d >> 32;
  const d0 = d & 0xffffffff;
  let q1 = high / d1;
  let r = high - q1 * d1;
  while (q1 > 0xffffffff || q1 * d0 > (r << 32)) {
    q1--;
    r += d1;
    if (r > 0xffffffff) break;
  }
  const middle = (high << 32) - q1 * d;
  let q0 = middle / d1;
  r = middle - q0 * d1;
  while (q0 > 0xffffffff || q0 * d0 > (r << 32)) {
    q0--;
    r += d1;
    if (r > 0xffffffff) break;
  }
  return (q1 << 32) + q0;
}

/** w * 10^exponent for w != 0 and |exponent| <= 19, correctly rounded by exact integers. */
function scale(w: u64, exponent: i32): f64 {
  let power: u64 = 1;
  for (let i = exponent < 0 ? -exponent : exponent; i > 0; i--) power *= 10;
  if (exponent >= 0) {
    // 128-bit product, shifted until its top bit is set
    const a1 = w >> 32;
    const a0 = w & 0xffffffff;
    const b1 = power >> 32;
    const b0 = power & 0xffffffff;
    const low = a0 * b0;
    const cross1 = a1 * b0 + (low >> 32);
    const cross2 = a0 * b1 + (cross1 & 0xffffffff);
    let high = a1 * b1 + (cross1 >> 32) + (cross2 >> 32);
    let bottom = (cross2 << 32) | (low & 0xffffffff);
    if (high == 0) {
      const s = <i32>clz(bottom);
      return round64(bottom << s, -s, false);
    }
    const s = <i32>clz(high);
    if (s != 0) {
      high = (high << s) | (bottom >> (64 - s));
      bottom <<= s;
    }
    return round64(high, 64 - s, bottom != 0);
  }
  const shiftW = <i32>clz(w);
  const shiftD = <i32>clz(power);
  let n = w << shiftW;
  const d = power << shiftD;
  let binary = shiftD - shiftW - 64;
  let odd: u64 = 0;
  if (n >= d) {
    odd = n & 1;
    n >>= 1;
    binary++;
  }
  // the bit shifted out of n: n < 2^64 stands for n * 2^64 + odd * 2^63
  let q = divide128(n, d);
  let remainder = (<u64>0) - q * d; // modulo 2^64; the true remainder is below d
  if (odd != 0) {
    const half: u64 = 0x8000000000000000;
    // remainder + 2^63 < 2 d + ..., d >= 2^63: at most one more quotient step
    const sum = remainder + half;
    if (sum < remainder || sum >= d) {
      q++;
      remainder = sum - d;
    } else remainder = sum;
  }
  return round64(q, binary, remainder != 0);
}

/**
 * The number of a text of 1 to 8 digits and nothing else, eight at once (after Mula and Lemire's parse_eight_digits); -1: the text is none.
 * The bytes before a text are readable: the first page of the memory holds none.
 */
// @ts-ignore: decorator
@inline function fewDigits(start: usize, length: u32): i64 {
  const absent = <u64>(8 - length) << 3;
  // What lies before the text becomes leading zeros.
  let v = ((load<u64>(start + <usize>length - 8) ^ 0x3030303030303030) >> absent) << absent;
  if (((v + 0x7676767676767676) | v) & 0x8080808080808080) return -1;
  v = v * 10 + (v >> 8);
  return <i64>(((v & 0x000000ff000000ff) * 0x000f424000000064 + ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >> 32);
}

/**
 * Decimal texts as numbers, correctly rounded: out f64[n], status u8[n]; returns how many rows have a status above 1.
 * Syntax: spaces and tabs around [+-] (digits [. [digits]] | . digits) [(e|E) [+-] digits].
 */
export function texts_parse_f64(out: usize, status: usize, starts: usize, lengths: usize, n: u32): u32 {
  let odd: u32 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const length = load<u32>(lengths + i * 4);
    let what = ABSENT;
    if (length == MISSING) store<f64>(out + i * 8, NaN);
    else {
      const start = <usize>load<u32>(starts + i * 4);
      const number = length - 1 < 8 ? fewDigits(start, length) : -1;
      if (number >= 0) {
        store<f64>(out + i * 8, <f64>number);
        what = VALUE;
      } else what = parse(out + i * 8, start, length);
    }
    store<u8>(status + i, <u8>what);
    odd += <u32>(what > ABSENT);
  }
  return odd;
}

function parse(out: usize, p: usize, length: u32): u32 {
  let end = p + <usize>length;
  store<f64>(out, NaN);
  while (p < end && isSpace(load<u8>(p))) p++;
  while (end > p && isSpace(load<u8>(end - 1))) end--;
  if (p == end) return NOT_A_NUMBER;
  let c: u32 = load<u8>(p);
  const negative = c == 0x2d;
  if (negative || c == 0x2b) p++;
  let mantissa: u64 = 0;
  let digits: i32 = 0; // significant ones
  let fraction: i32 = 0;
  const whole = p;
  for (; p < end; p++) {
    c = <u32>load<u8>(p) - 0x30;
    if (c > 9) break;
    mantissa = mantissa * 10 + c;
    digits += <i32>(mantissa != 0);
  }
  let seen = p - whole;
  if (p < end && load<u8>(p) == 0x2e) {
    p++;
    const from = p;
    for (; p < end; p++) {
      c = <u32>load<u8>(p) - 0x30;
      if (c > 9) break;
      mantissa = mantissa * 10 + c;
      digits += <i32>(mantissa != 0);
    }
    fraction = <i32>(p - from);
    seen += p - from;
  }
  if (seen == 0) return NOT_A_NUMBER;
  let exponent: i32 = 0;
  if (p < end && (load<u8>(p) | 0x20) == 0x65) {
    p++;
    if (p == end) return NOT_A_NUMBER;
    c = load<u8>(p);
    const down = c == 0x2d;
    if (down || c == 0x2b) p++;
    if (p == end) return NOT_A_NUMBER;
    for (; p < end; p++) {
      c = <u32>load<u8>(p) - 0x30;
      if (c > 9) return NOT_A_NUMBER;
      if (exponent < 100000) exponent = exponent * 10 + <i32>c;
    }
    if (down) exponent = -exponent;
  }
  if (p != end) return NOT_A_NUMBER;
  // more than 19 significant digits may have wrapped the mantissa
  if (digits > 19) return LONG;
  if (mantissa == 0) {
    store<f64>(out, negative ? -0.0 : 0.0);
    return VALUE;
  }
  exponent -= fraction;
  let value: f64 = 0;
  if (mantissa <= 0x20000000000000 && exponent >= -22 && exponent <= 22) {
    // Clinger 1990: both operands are exact, so one rounding
    let power: f64 = 1;
    for (let k = exponent < 0 ? -exponent : exponent; k > 0; k--) power *= 10;
    value = exponent < 0 ? <f64>mantissa / power : <f64>mantissa * power;
  } else if (exponent >= -19 && exponent <= 19) value = scale(mantissa, exponent);
  else return LONG;
  store<f64>(out, negative ? -value : value);
  return VALUE;
}
