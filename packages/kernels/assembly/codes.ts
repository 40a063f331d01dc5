// Texts of a batch as codes into a list of them: see src/exports-codes.ts.
import { is_ascii, utf8_valid } from "./lib/utf8";

// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
// @ts-ignore: decorator
@inline const NO_CODE: u16 = 0xffff;
// @ts-ignore: decorator
@inline const CODE_BITS: u32 = 13;
// @ts-ignore: decorator
@inline const CODE_MASK: u32 = 0x1fff;
/** Bytes that are copied here rather than by a call. */
// @ts-ignore: decorator
@inline const FEW: usize = 64;

/** Records of 16 bytes of a dictionary's texts: start, length, what codes_assign remembers; the last four bytes are nothing. */
export function codes_dictionary(out: usize, starts: usize, lengths: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(out + (i << 4), load<u32>(starts + (i << 2)));
    store<u32>(out + (i << 4), load<u32>(lengths + (i << 2)), 4);
    store<u32>(out + (i << 4), 0, 8);
  }
}

/**
 * Codes of n values, out u16[n]: see src/exports-codes.ts. Without branches, as nobody can guess whether a text is new to the batch, and with one record a value, as that is rarely in a cache.
 */
export function codes_assign(out: usize, values: usize, n: u32, dictionary: usize, count: u32, serial: u32, starts: usize, lengths: usize, before: u32): i32 {
  const own = serial << CODE_BITS;
  let used = before;
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<u32>(values + (i << 2));
    if (value >= count) return -1;
    const record = dictionary + (<usize>value << 4);
    const entry = load<u32>(record, 8) ^ own;
    const fresh = entry > CODE_MASK;
    const code = select<u32>(used, entry, fresh);
    store<u32>(record, own | code, 8);
    const at = <usize>used << 2;
    store<u32>(starts + at, load<u32>(record));
    store<u32>(lengths + at, load<u32>(record, 4));
    used += <u32>fresh;
    store<u16>(out + (i << 1), <u16>code);
  }
  return <i32>used;
}

/** out u16[n]: the next of `codes` where levels u32[n] is 1. */
export function codes_spread(out: usize, levels: usize, n: u32, codes: usize): void {
  let from = codes;
  for (let i: usize = 0; i < <usize>n; i++) {
    const there = load<u32>(levels + (i << 2)) == 1;
    store<u16>(out + (i << 1), there ? load<u16>(from) : NO_CODE);
    from += <usize>there << 1;
  }
}

/** Codes first, first + 1, ... of the rows that have a text, out u16[n]. */
export function codes_count(out: usize, levels: usize, n: u32, first: u32): void {
  let next = first;
  for (let i: usize = 0; i < <usize>n; i++) {
    const there = levels == 0 || load<u32>(levels + (i << 2)) == 1;
    store<u16>(out + (i << 1), there ? <u16>next : NO_CODE);
    next += <u32>there;
  }
}

/** Bytes of n texts. */
export function texts_size(lengths: usize, n: u32): f64 {
  let sum: u64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) sum += load<u32>(lengths + (i << 2));
  return <f64>sum;
}

/** Copies n texts one behind the other. Reads and writes up to 15 bytes behind them. */
export function texts_copy(out: usize, starts: usize, lengths: usize, n: u32): void {
  let o = out;
  for (let i: usize = 0; i < <usize>n; i++) {
    const from = <usize>load<u32>(starts + (i << 2));
    const length = <usize>load<u32>(lengths + (i << 2));
    if (length <= FEW) for (let k: usize = 0; k < length; k += 16) v128.store(o + k, v128.load(from + k));
    else memory.copy(o, from, length);
    o += length;
  }
}

/** Whether all of n texts, which lie in [starts[0], end) with rising starts, are valid UTF-8. */
export function texts_valid(starts: usize, lengths: usize, n: u32, end: usize): bool {
  if (n == 0 || is_ascii(load<u32>(starts), end)) return true;
  for (let i: usize = 0; i < <usize>n; i++) if (!utf8_valid(load<u32>(starts + (i << 2)), load<u32>(lengths + (i << 2)))) return false;
  return true;
}

/** starts u32[n] of texts that stand one behind the other from `at` on; a missing one has no bytes. */
export function texts_places(starts: usize, lengths: usize, n: u32, at: usize): void {
  let p = <u32>at;
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(starts + (i << 2), p);
    const length = load<u32>(lengths + (i << 2));
    if (length != MISSING) p += length;
  }
}

/** out u32[2 * (count + 1)]: first in how many of the rows with keep u8[n] != 0 each code stands, codes u16[n]; returns how many of them have none. */
export function codes_tally(out: usize, count: u32, codes: usize, keep: usize, n: u32): u32 {
  // Two rows in a row often have the same text: each has tallies of its own, so that neither waits for the other.
  const other = out + (<usize>(count + 1) << 2);
  memory.fill(out, 0, <usize>(count + 1) << 3);
  let i: usize = 0;
  for (; i + 1 < <usize>n; i += 2) {
    const both = load<u32>(codes + (i << 1));
    const a = out + (<usize>min(both & 0xffff, count) << 2);
    const b = other + (<usize>min(both >> 16, count) << 2);
    store<u32>(a, load<u32>(a) + <u32>(load<u8>(keep + i) != 0));
    store<u32>(b, load<u32>(b) + <u32>(load<u8>(keep + i, 1) != 0));
  }
  if (i < <usize>n) {
    const a = out + (<usize>min(<u32>load<u16>(codes + (i << 1)), count) << 2);
    store<u32>(a, load<u32>(a) + <u32>(load<u8>(keep + i) != 0));
  }
  for (let at: usize = 0; at <= <usize>count << 2; at += 4) store<u32>(out + at, load<u32>(out + at) + load<u32>(other + at));
  return load<u32>(out + (<usize>count << 2));
}

/** out u32[n]: values u32[count] at the codes u16[n], `missing` where there is none. One value behind the last is lent. */
export function codes_u32(out: usize, codes: usize, n: u32, values: usize, count: u32, missing: u32): void {
  const last = values + (<usize>count << 2);
  const lent = load<u32>(last);
  store<u32>(last, missing);
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(out + (i << 2), load<u32>(values + (<usize>min(<u32>load<u16>(codes + (i << 1)), count) << 2)));
  store<u32>(last, lent);
}

/** out u64[n]: values u64[count] at the codes u16[n], 0 where there is none. One value behind the last is lent. */
export function codes_u64(out: usize, codes: usize, n: u32, values: usize, count: u32): void {
  const last = values + (<usize>count << 3);
  const lent = load<u64>(last);
  store<u64>(last, 0);
  for (let i: usize = 0; i < <usize>n; i++) store<u64>(out + (i << 3), load<u64>(values + (<usize>min(<u32>load<u16>(codes + (i << 1)), count) << 3)));
  store<u64>(last, lent);
}
