// One JSON value (RFC 8259) of a line. The byte at the line's end is LF, which no value may hold: so nothing here looks for the end.
// context u32[3]: kind of the error (src/exports-json.ts), its position, whether a string had escapes.
import { is_blank } from "./line-end";

const LF: u32 = 10;
const CR: u32 = 13;
const QUOTE: u32 = 34;
const BACKSLASH: u32 = 92;

const KEY: u32 = 2;
const COLON: u32 = 3;
const VALUE: u32 = 4;
const NUMBER: u32 = 5;
const STRING_OPEN: u32 = 6;
const CONTROL: u32 = 7;
const ESCAPE: u32 = 8;
const SURROGATE: u32 = 9;
const SEPARATOR: u32 = 10;
const DEPTH: u32 = 11;

const MAX_DEPTH: u32 = 100;

/** Notes an error; 0, which is no position. */
export function fail(context: usize, kind: u32, at: usize): usize {
  store<u32>(context, kind);
  store<u32>(context, <u32>at, 4);
  return 0;
}

// @ts-ignore: decorator
@inline
export function skip_blanks(p: usize): usize {
  while (is_blank(load<u8>(p))) p++;
  return p;
}

/** Value of a hexadecimal digit, or above 15. */
// @ts-ignore: decorator
@inline
function hex(c: u32): u32 {
  if (c - 48 < 10) return c - 48;
  const letter = (c | 32) - 97;
  return letter < 6 ? letter + 10 : 16;
}

/** The UTF-16 code unit of the four hexadecimal digits at `p`; 0xFFFFFFFF: they are none. */
function code_unit(p: usize): u32 {
  let unit: u32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const digit = hex(load<u8>(p + i));
    if (digit > 15) return 0xffffffff;
    unit = (unit << 4) | digit;
  }
  return unit;
}

/** Position behind the escape whose backslash is at `p`. */
function escape_end(context: usize, p: usize): usize {
  const c = <u32>load<u8>(p + 1);
  if (c == QUOTE || c == BACKSLASH || c == 47 || c == 98 || c == 102 || c == 110 || c == 114 || c == 116) return p + 2;
  if (c != 117) return fail(context, ESCAPE, p);
  const unit = code_unit(p + 2);
  if (unit == 0xffffffff) return fail(context, ESCAPE, p);
  if ((unit & 0xf800) != 0xd800) return p + 6;
  if (unit >= 0xdc00 || load<u8>(p + 6) != <u8>BACKSLASH || load<u8>(p + 7) != 117) return fail(context, SURROGATE, p);
  const low = code_unit(p + 8);
  return low != 0xffffffff && (low & 0xfc00) == 0xdc00 ? p + 12 : fail(context, SURROGATE, p);
}

/** Position of the quote that closes the string whose text begins at `p`. */
// @ts-ignore: decorator
@inline
export function string_end(context: usize, p: usize): usize {
  const v_quote = i8x16.splat(34);
  const v_backslash = i8x16.splat(92);
  const v_space = i8x16.splat(32);
  while (true) {
    const v = v128.load(p);
    const mask = <u32>i8x16.bitmask(v128.or(v128.or(i8x16.eq(v, v_quote), i8x16.eq(v, v_backslash)), i8x16.lt_u(v, v_space)));
    if (mask == 0) {
      p += 16;
      continue;
    }
    p += <usize>ctz(mask);
    const c = <u32>load<u8>(p);
    if (c == QUOTE) return p;
    if (c != BACKSLASH) return fail(context, c == LF || (c == CR && load<u8>(p + 1) == <u8>LF) ? STRING_OPEN : CONTROL, p);
    store<u32>(context, 1, 8);
    p = escape_end(context, p);
    if (p == 0) return 0;
  }
}

/** Writes the valid string [from, to) without its escapes where it lies, spaces behind it; where its text ends. */
export function unescape(from: usize, to: usize): usize {
  let p = from;
  let out = from;
  while (p < to) {
    let c = <u32>load<u8>(p++);
    if (c != BACKSLASH) {
      store<u8>(out++, <u8>c);
      continue;
    }
    c = load<u8>(p++);
    if (c == 117) {
      c = code_unit(p);
      p += 4;
      if (c < 0x80) store<u8>(out++, <u8>c);
      else if (c < 0x800) {
        store<u8>(out, <u8>(0xc0 | (c >> 6)));
        store<u8>(out + 1, <u8>(0x80 | (c & 0x3f)));
        out += 2;
      } else if ((c & 0xf800) != 0xd800) {
        store<u8>(out, <u8>(0xe0 | (c >> 12)));
        store<u8>(out + 1, <u8>(0x80 | ((c >> 6) & 0x3f)));
        store<u8>(out + 2, <u8>(0x80 | (c & 0x3f)));
        out += 3;
      } else {
        c = 0x10000 + ((c & 0x3ff) << 10) + (code_unit(p + 2) & 0x3ff);
        p += 6;
        store<u8>(out, <u8>(0xf0 | (c >> 18)));
        store<u8>(out + 1, <u8>(0x80 | ((c >> 12) & 0x3f)));
        store<u8>(out + 2, <u8>(0x80 | ((c >> 6) & 0x3f)));
        store<u8>(out + 3, <u8>(0x80 | (c & 0x3f)));
        out += 4;
      }
      continue;
    }
    if (c == 98) c = 8;
    else if (c == 102) c = 12;
    else if (c == 110) c = 10;
    else if (c == 114) c = 13;
    else if (c == 116) c = 9;
    store<u8>(out++, <u8>c);
  }
  memory.fill(out, 32, to - out);
  return out;
}

// @ts-ignore: decorator
@inline
function is_digit(c: u32): bool {
  return c - 48 < 10;
}

/** Position behind the number at `p`. */
// @ts-ignore: decorator
@inline
export function number_end(context: usize, from: usize): usize {
  let p = from;
  if (load<u8>(p) == 45) p++;
  if (!is_digit(load<u8>(p))) return fail(context, NUMBER, from);
  if (load<u8>(p) == 48) p++;
  else while (is_digit(load<u8>(p))) p++;
  let c = <u32>load<u8>(p);
  if (c == 46) {
    if (!is_digit(load<u8>(++p))) return fail(context, NUMBER, from);
    while (is_digit(load<u8>(p))) p++;
    c = load<u8>(p);
  }
  if ((c | 32) == 101) {
    c = load<u8>(++p);
    if (c == 43 || c == 45) p++;
    if (!is_digit(load<u8>(p))) return fail(context, NUMBER, from);
    while (is_digit(load<u8>(p))) p++;
    c = load<u8>(p);
  }
  const glued = is_digit(c) || (c | 32) - 97 < 26 || c == 46 || c == 43 || c == 45;
  return glued ? fail(context, NUMBER, from) : p;
}

/** Position behind true, false or null at `p`. */
// @ts-ignore: decorator
@inline
export function literal_end(context: usize, p: usize): usize {
  const word = load<u32>(p);
  if (word == 0x65757274 || word == 0x6c6c756e) return p + 4;
  return word == 0x736c6166 && load<u8>(p + 4) == 101 ? p + 5 : fail(context, VALUE, p);
}

/** Position behind the value at `p`, which lies in `depth` arrays and objects. */
export function value_end(context: usize, p: usize, depth: u32): usize {
  const c = <u32>load<u8>(p);
  if (c == QUOTE) {
    p = string_end(context, p + 1);
    return p == 0 ? 0 : p + 1;
  }
  if (c == 45 || is_digit(c)) return number_end(context, p);
  if (c != 91 && c != 123) return literal_end(context, p);
  if (depth >= MAX_DEPTH) return fail(context, DEPTH, p);
  const object = c == 123;
  const close: u32 = object ? 125 : 93;
  p = skip_blanks(p + 1);
  if (load<u8>(p) == <u8>close) return p + 1;
  while (true) {
    if (object) {
      if (load<u8>(p) != <u8>QUOTE) return fail(context, KEY, p);
      p = string_end(context, p + 1);
      if (p == 0) return 0;
      p = skip_blanks(p + 1);
      if (load<u8>(p) != 58) return fail(context, COLON, p);
      p = skip_blanks(p + 1);
    }
    p = value_end(context, p, depth + 1);
    if (p == 0) return 0;
    p = skip_blanks(p);
    const next = <u32>load<u8>(p);
    if (next == close) return p + 1;
    if (next != 44) return fail(context, SEPARATOR, p);
    p = skip_blanks(p + 1);
  }
}
