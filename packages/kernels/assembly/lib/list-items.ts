// The items of a JSON array (strings, numbers, true, false; null is none), or of a JSON object from item to weight (null: none). Another text is one item.
import { ITEM_BYTES, ITEM_BYTES_USED, add_item } from "./item-list";

// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
// @ts-ignore: decorator
@inline const QUOTE: u32 = 0x22;
// @ts-ignore: decorator
@inline const BACKSLASH: u32 = 0x5c;

// @ts-ignore: decorator
@inline
function skip_space(p: usize, end: usize): usize {
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c != 0x20 && c != 0x09 && c != 0x0a && c != 0x0d) break;
    p++;
  }
  return p;
}

/** Value of four hexadecimal digits, or -1. */
function hex4(p: usize, end: usize): i32 {
  if (p + 4 > end) return -1;
  let value: i32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const c = <i32>load<u8>(p + i);
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : (c | 0x20) >= 0x61 && (c | 0x20) <= 0x66 ? (c | 0x20) - 0x57 : -1;
    if (digit < 0) return -1;
    value = (value << 4) | digit;
  }
  return value;
}

function put_utf8(out: usize, c: u32): usize {
  if (c < 0x80) {
    store<u8>(out, <u8>c);
    return 1;
  }
  if (c < 0x800) {
    store<u8>(out, <u8>(0xc0 | (c >> 6)));
    store<u8>(out, <u8>(0x80 | (c & 0x3f)), 1);
    return 2;
  }
  if (c < 0x10000) {
    store<u8>(out, <u8>(0xe0 | (c >> 12)));
    store<u8>(out, <u8>(0x80 | ((c >> 6) & 0x3f)), 1);
    store<u8>(out, <u8>(0x80 | (c & 0x3f)), 2);
    return 3;
  }
  store<u8>(out, <u8>(0xf0 | (c >> 18)));
  store<u8>(out, <u8>(0x80 | ((c >> 12) & 0x3f)), 1);
  store<u8>(out, <u8>(0x80 | ((c >> 6) & 0x3f)), 2);
  store<u8>(out, <u8>(0x80 | (c & 0x3f)), 3);
  return 4;
}

/** Adds the string whose opening quote is at p; returns the offset behind its closing quote, or 0 where it is malformed. Unescaped texts lie in the header's bytes. */
function string_item(header: usize, p: usize, end: usize): usize {
  const start = p + 1;
  let q = start;
  while (q < end) {
    const c = <u32>load<u8>(q);
    if (c == QUOTE) {
      add_item(header, start, <u32>(q - start), 0, MISSING);
      return q + 1;
    }
    if (c < 0x20) return 0;
    if (c == BACKSLASH) break;
    q++;
  }
  const base = <usize>load<u32>(header, ITEM_BYTES);
  const from = base + <usize>load<u32>(header, ITEM_BYTES_USED);
  let out = from;
  memory.copy(out, start, q - start);
  out += q - start;
  while (q < end) {
    const c = <u32>load<u8>(q);
    if (c == QUOTE) {
      store<u32>(header, <u32>(out - base), ITEM_BYTES_USED);
      add_item(header, from, <u32>(out - from), 0, MISSING);
      return q + 1;
    }
    if (c < 0x20) return 0;
    if (c != BACKSLASH) {
      store<u8>(out++, <u8>c);
      q++;
      continue;
    }
    if (q + 1 >= end) return 0;
    const e = <u32>load<u8>(q + 1);
    q += 2;
    if (e == 0x75) {
      const unit = hex4(q, end);
      if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return 0;
      q += 4;
      if (unit < 0xd800 || unit > 0xdbff) {
        out += put_utf8(out, unit);
        continue;
      }
      if (q + 6 > end || load<u8>(q) != <u8>BACKSLASH || load<u8>(q + 1) != 0x75) return 0;
      const low = hex4(q + 2, end);
      if (low < 0xdc00 || low > 0xdfff) return 0;
      out += put_utf8(out, 0x10000 + ((<u32>unit & 0x3ff) << 10) + (<u32>low & 0x3ff));
      q += 6;
      continue;
    }
    const plain: u32 =
      e == 0x22 || e == 0x5c || e == 0x2f ? e : e == 0x62 ? 8 : e == 0x66 ? 12 : e == 0x6e ? 10 : e == 0x72 ? 13 : e == 0x74 ? 9 : 0;
    if (plain == 0) return 0;
    store<u8>(out++, <u8>plain);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function digits(p: usize, end: usize): usize {
  while (p < end && load<u8>(p) >= 0x30 && load<u8>(p) <= 0x39) p++;
  return p;
}

/** Offset behind the JSON number at p, or 0. */
function number_end(p: usize, end: usize): usize {
  let q = p < end && load<u8>(p) == 0x2d ? p + 1 : p;
  const whole = digits(q, end);
  if (whole == q || (load<u8>(q) == 0x30 && whole > q + 1)) return 0;
  q = whole;
  if (q < end && load<u8>(q) == 0x2e) {
    const fraction = digits(q + 1, end);
    if (fraction == q + 1) return 0;
    q = fraction;
  }
  if (q < end && (load<u8>(q) | 0x20) == 0x65) {
    let e = q + 1;
    if (e < end && (load<u8>(e) == 0x2b || load<u8>(e) == 0x2d)) e++;
    const exponent = digits(e, end);
    if (exponent == e) return 0;
    q = exponent;
  }
  return q;
}

/** Offset behind `true`, `false` or `null` at p, or 0. */
function word_end(p: usize, end: usize): usize {
  if (p + 4 <= end && (load<u32>(p) == 0x65757274 || load<u32>(p) == 0x6c6c756e)) return p + 4;
  return p + 5 <= end && load<u32>(p) == 0x736c6166 && load<u8>(p, 4) == 0x65 ? p + 5 : 0;
}

/** Returns whether the text is well formed; what was added of another means nothing. */
export function list_items(header: usize, start: usize, end: usize): bool {
  let p = skip_space(start, end);
  const open = p < end ? <u32>load<u8>(p) : 0;
  if (open != 0x5b && open != 0x7b) {
    if (start < end) add_item(header, start, <u32>(end - start), 0, MISSING);
    return true;
  }
  const object = open == 0x7b;
  const close: u32 = object ? 0x7d : 0x5d;
  p = skip_space(p + 1, end);
  if (p < end && load<u8>(p) == <u8>close) return skip_space(p + 1, end) == end;
  while (p < end) {
    if (object) {
      if (load<u8>(p) != <u8>QUOTE) return false;
      const count = load<u32>(header, 16);
      p = string_item(header, p, end);
      if (p == 0) return false;
      p = skip_space(p, end);
      if (p >= end || load<u8>(p) != 0x3a) return false;
      p = skip_space(p + 1, end);
      if (p < end && load<u8>(p) == 0x6e) {
        p = word_end(p, end);
        store<u32>(header, count, 16);
      } else {
        const from = p;
        p = number_end(p, end);
        store<u32>(<usize>load<u32>(header, 8) + (<usize>count << 2), <u32>from);
        store<u32>(<usize>load<u32>(header, 12) + (<usize>count << 2), <u32>(p - from));
      }
    } else {
      const c = <u32>load<u8>(p);
      const from = p;
      if (c == QUOTE) p = string_item(header, p, end);
      else {
        p = c == 0x74 || c == 0x66 || c == 0x6e ? word_end(p, end) : number_end(p, end);
        if (p != 0 && c != 0x6e) add_item(header, from, <u32>(p - from), 0, MISSING);
      }
    }
    if (p == 0) return false;
    p = skip_space(p, end);
    if (p >= end) return false;
    if (load<u8>(p) == <u8>close) return skip_space(p + 1, end) == end;
    if (load<u8>(p) != 0x2c) return false;
    p = skip_space(p + 1, end);
  }
  return false;
}
