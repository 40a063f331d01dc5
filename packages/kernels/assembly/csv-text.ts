// Line ends, and texts that csv_rows found: starts, lengths u32[R] as in src/exports-csv.ts; length 0xFFFFFFFF: missing.
import { is_ascii, utf8_valid } from "./lib/utf8";

const MISSING: u32 = 0xffffffff;
const LF: u32 = 10;
const CR: u32 = 13;

// @ts-ignore: decorator
@inline
function same(a: usize, b: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** Index of the text of `texts` (count of them, one after another, lengths u32[count]) that equals the one at `at`, or -1. */
function find(at: usize, length: u32, texts: usize, text_lengths: usize, count: u32): i32 {
  let text = texts;
  for (let t: u32 = 0; t < count; t++) {
    const n = load<u32>(text_lengths + (<usize>t << 2));
    if (n == length && same(at, text, n)) return <i32>t;
    text += n;
  }
  return -1;
}

/** Sets the length of every text that equals one of `texts` to 0xFFFFFFFF. */
export function csv_mark_missing(starts: usize, lengths: usize, rows: u32, texts: usize, text_lengths: usize, count: u32): void {
  let longest: u32 = 0;
  for (let t: u32 = 0; t < count; t++) longest = max(longest, load<u32>(text_lengths + (<usize>t << 2)));
  if (count == 0) return;
  let r: u32 = 0;
  if (longest == 0) {
    const zero = i32x4.splat(0);
    for (; r + 4 <= rows; r += 4) {
      const at = lengths + (<usize>r << 2);
      const v = v128.load(at);
      v128.store(at, v128.or(v, i32x4.eq(v, zero)));
    }
  }
  for (; r < rows; r++) {
    const at = <usize>r << 2;
    const length = load<u32>(lengths + at);
    if (length <= longest && find(load<u32>(starts + at), length, texts, text_lengths, count) >= 0) store<u32>(lengths + at, MISSING);
  }
}

/** out i32[R]: index of the equal text of `texts`, or -1 (missing ones too). */
export function csv_match(out: usize, starts: usize, lengths: usize, rows: u32, texts: usize, text_lengths: usize, count: u32): void {
  for (let r: u32 = 0; r < rows; r++) {
    const at = <usize>r << 2;
    const length = load<u32>(lengths + at);
    store<i32>(out + at, length == MISSING ? -1 : find(load<u32>(starts + at), length, texts, text_lengths, count));
  }
}

/**
 * out f64[R]: a number in [0, 1) that depends on the text's bytes alone (a missing one counts as empty): 64-bit FNV-1a, then
 * MurmurHash3's 64-bit finalizer, its upper 53 bits over 2^53.
 */
export function csv_uniform(out: usize, starts: usize, lengths: usize, rows: u32): void {
  for (let r: u32 = 0; r < rows; r++) {
    const at = <usize>r << 2;
    const start = <usize>load<u32>(starts + at);
    let length = <usize>load<u32>(lengths + at);
    if (<u32>length == MISSING) length = 0;
    let h: u64 = 0xcbf29ce484222325;
    for (let i: usize = 0; i < length; i++) h = (h ^ <u64>load<u8>(start + i)) * 0x100000001b3;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;
    h ^= h >> 33;
    store<f64>(out + (<usize>r << 3), <f64>(h >> 11) / 9007199254740992.0);
  }
}

/** Sets `flag` in the flags u8[R] of rows (starts, lengths u32[R], starts rising) that are not valid UTF-8; returns how many there are. */
export function csv_check_utf8(flags: usize, starts: usize, lengths: usize, rows: u32, flag: u32): u32 {
  if (rows == 0) return 0;
  const last = <usize>(rows - 1) << 2;
  if (is_ascii(load<u32>(starts), load<u32>(starts + last) + load<u32>(lengths + last))) return 0;
  let bad: u32 = 0;
  for (let r: u32 = 0; r < rows; r++) {
    const at = <usize>r << 2;
    if (utf8_valid(load<u32>(starts + at), load<u32>(lengths + at))) continue;
    store<u8>(flags + <usize>r, load<u8>(flags + <usize>r) | <u8>flag);
    bad++;
  }
  return bad;
}

/** Line ends in [pos, end): LF, or CR that no LF follows (bytes up to `limit` are looked at; 32 past it must be readable). */
export function csv_lines(pos: usize, end: usize, limit: usize): u32 {
  const v_lf = i8x16.splat(10);
  const v_cr = i8x16.splat(13);
  let lines: u32 = 0;
  let p = pos;
  for (; p + 16 <= end; p += 16) {
    const v = v128.load(p);
    lines += popcnt(<u32>i8x16.bitmask(i8x16.eq(v, v_lf)));
    let mask = <u32>i8x16.bitmask(i8x16.eq(v, v_cr));
    for (; mask != 0; mask &= mask - 1) {
      const q = p + <usize>ctz(mask) + 1;
      if (q >= limit || load<u8>(q) != <u8>LF) lines++;
    }
  }
  for (; p < end; p++) {
    const c = <u32>load<u8>(p);
    if (c == LF || (c == CR && (p + 1 >= limit || load<u8>(p + 1) != <u8>LF))) lines++;
  }
  return lines;
}
