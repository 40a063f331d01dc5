// A dictionary maps byte strings to entries 0, 1, 2 ... in order of their first coming. It is three buffers of the caller's and a
// header of eight u32 that says where they are (layout: DICTIONARY in src/exports-text.ts):
//   slots   16 bytes each, mask + 1 of them  open addressing, linear probing; u32 entry + 1 (0: free), u32 tag, u64 head
//   entries 16 bytes each  u32 offset into bytes, u32 length, f64 count
//   bytes   the strings, one after another
// The tag is 28 bits of the fingerprint and min(length, 15), the head the first eight bytes: a slot alone decides on strings of up to eight bytes.
import { fingerprint64 } from "./lib/farmhash";

// @ts-ignore: decorator
@inline const SLOTS: usize = 0;
// @ts-ignore: decorator
@inline const MASK: usize = 4;
// @ts-ignore: decorator
@inline const ENTRIES: usize = 8;
// @ts-ignore: decorator
@inline const COUNT: usize = 12;
// @ts-ignore: decorator
@inline const ENTRY_ROOM: usize = 16;
// @ts-ignore: decorator
@inline const BYTES: usize = 20;
// @ts-ignore: decorator
@inline const BYTES_USED: usize = 24;
// @ts-ignore: decorator
@inline const BYTES_ROOM: usize = 28;
// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
// @ts-ignore: decorator
@inline const UNKNOWN: u32 = 0xfffffffe;

/** n >= 8. */
// @ts-ignore: decorator
@inline function equalBytes(a: usize, b: usize, n: u32): bool {
  const last = <usize>(n - 8);
  for (let i: usize = 0; i < last; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  return load<u64>(a + last) == load<u64>(b + last);
}

// @ts-ignore: decorator
@inline function tagOf(fingerprint: u64, length: u32): u32 {
  return (<u32>fingerprint & 0x0fffffff) | (min(length, 15) << 28);
}

/** The first eight bytes, zeros past the string's end. The bytes before a string are readable: the first page of the memory holds none. */
// @ts-ignore: decorator
@inline function headOf(start: usize, length: u32): u64 {
  if (length >= 8) return load<u64>(start);
  return length == 0 ? 0 : load<u64>(start + <usize>length - 8) >> (<u64>(8 - length) << 3);
}

/** The slot that holds the string, or the free one where it belongs. */
// @ts-ignore: decorator
@inline function findSlot(table: usize, tag: u32, head: u64, start: usize, length: u32): usize {
  const slots = <usize>load<u32>(table, SLOTS);
  const mask = load<u32>(table, MASK);
  let at = tag & mask;
  while (true) {
    const slot = slots + ((<usize>at) << 4);
    const entry = load<u32>(slot);
    if (entry == 0) return slot;
    if (load<u32>(slot, 4) == tag && load<u64>(slot, 8) == head && (length <= 8 || sameEntry(table, entry - 1, start, length))) return slot;
    at = (at + 1) & mask;
  }
}

function sameEntry(table: usize, entry: u32, start: usize, length: u32): bool {
  const at = <usize>load<u32>(table, ENTRIES) + ((<usize>entry) << 4);
  return load<u32>(at, 4) == length && equalBytes(<usize>load<u32>(table, BYTES) + <usize>load<u32>(at), start, length);
}

// @ts-ignore: decorator
@inline function fillSlot(slot: usize, entry: u32, tag: u32, head: u64): void {
  store<u32>(slot, entry + 1);
  store<u32>(slot, tag, 4);
  store<u64>(slot, head, 8);
}

/**
 * Counts the strings i in [from, n) with keep[i] != 0 that are not missing, admitting new ones. Stops before the first one for which an
 * entry, a byte or half of the slots is lacking, and returns its index (n when done): the caller makes room and calls again.
 */
export function dictionary_count(table: usize, fingerprints: usize, starts: usize, lengths: usize, keep: usize, from: u32, n: u32): u32 {
  for (let i: usize = from; i < <usize>n; i++) {
    const length = load<u32>(lengths + i * 4);
    if (length == MISSING || load<u8>(keep + i) == 0) continue;
    if (!countText(table, load<u64>(fingerprints + i * 8), load<u32>(starts + i * 4), length, 1)) return <u32>i;
  }
  return n;
}

/** As {@link dictionary_count}, string i so many times as times u32[n] says. */
export function dictionary_count_times(table: usize, fingerprints: usize, starts: usize, lengths: usize, times: usize, from: u32, n: u32): u32 {
  for (let i: usize = from; i < <usize>n; i++) {
    const length = load<u32>(lengths + i * 4);
    const count = load<u32>(times + i * 4);
    if (length == MISSING || count == 0) continue;
    if (!countText(table, load<u64>(fingerprints + i * 8), load<u32>(starts + i * 4), length, count)) return <u32>i;
  }
  return n;
}

/** false: an entry, a byte or half of the slots is lacking. */
// @ts-ignore: decorator
@inline
function countText(table: usize, fingerprint: u64, start: usize, length: u32, times: f64): bool {
  const tag = tagOf(fingerprint, length);
  const head = headOf(start, length);
  const slot = findSlot(table, tag, head, start, length);
  let entry = load<u32>(slot) - 1;
  if (entry == 0xffffffff) {
    entry = load<u32>(table, COUNT);
    const used = load<u32>(table, BYTES_USED);
    if (entry >= load<u32>(table, ENTRY_ROOM) || length > load<u32>(table, BYTES_ROOM) - used || entry >= (load<u32>(table, MASK) >> 1)) return false;
    const at = <usize>load<u32>(table, ENTRIES) + ((<usize>entry) << 4);
    memory.copy(<usize>load<u32>(table, BYTES) + <usize>used, start, length);
    store<u32>(at, used);
    store<u32>(at, length, 4);
    store<f64>(at, 0, 8);
    store<u32>(table, used + length, BYTES_USED);
    store<u32>(table, entry + 1, COUNT);
    fillSlot(slot, entry, tag, head);
  }
  const count = <usize>load<u32>(table, ENTRIES) + ((<usize>entry) << 4);
  store<f64>(count, load<f64>(count, 8) + times, 8);
  return true;
}

/**
 * Fills an empty dictionary whose bytes are in place already with n distinct strings of these lengths (u32[n]), count 0.
 * Room for the entries, and slots for at least twice as many, are the caller's.
 */
export function dictionary_load(table: usize, lengths: usize, n: u32): void {
  const bytes = <usize>load<u32>(table, BYTES);
  let used: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const length = load<u32>(lengths + ((<usize>i) << 2));
    const start = bytes + <usize>used;
    const tag = tagOf(fingerprint64(start, length), length);
    const head = headOf(start, length);
    const at = <usize>load<u32>(table, ENTRIES) + ((<usize>i) << 4);
    store<u32>(at, used);
    store<u32>(at, length, 4);
    store<f64>(at, 0, 8);
    fillSlot(findSlot(table, tag, head, start, length), i, tag, head);
    used += length;
  }
  store<u32>(table, n, COUNT);
  store<u32>(table, used, BYTES_USED);
}

/** Moves every entry of `old` (oldSize slots) to the table's slots, which are zeroed first. */
export function dictionary_rehash(table: usize, old: usize, oldSize: u32): void {
  const slots = <usize>load<u32>(table, SLOTS);
  const mask = load<u32>(table, MASK);
  memory.fill(slots, 0, (<usize>mask + 1) << 4);
  for (let from = old; from < old + ((<usize>oldSize) << 4); from += 16) {
    if (load<u32>(from) == 0) continue;
    let at = load<u32>(from, 4) & mask;
    while (load<u32>(slots + ((<usize>at) << 4)) != 0) at = (at + 1) & mask;
    v128.store(slots + ((<usize>at) << 4), v128.load(from));
  }
}

/** out u32[n] = entry of each string; 0xFFFFFFFE where the dictionary has none, 0xFFFFFFFF where the text is missing. */
export function dictionary_find_u32(out: usize, table: usize, fingerprints: usize, starts: usize, lengths: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const length = load<u32>(lengths + i * 4);
    let entry = MISSING;
    if (length != MISSING) {
      const start = <usize>load<u32>(starts + i * 4);
      entry = load<u32>(findSlot(table, tagOf(load<u64>(fingerprints + i * 8), length), headOf(start, length), start, length)) - 1;
      if (entry == MISSING) entry = UNKNOWN;
    }
    store<u32>(out + i * 4, entry);
  }
}

/**
 * A lookup of n distinct strings: string i is [offsets[i], offsets[i + 1]) of bytes. Its slots u32[mask + 1], zeros before, hold index + 1 in the lower `bits` bits and above them
 * as much of the fingerprint's upper half as there is room for; 0: free. 2^bits > n, and more slots than n.
 */
export function lookup_fill(slots: usize, mask: u32, bits: u32, offsets: usize, bytes: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const from = load<u32>(offsets + ((<usize>i) << 2));
    const f = fingerprint64(bytes + <usize>from, load<u32>(offsets + ((<usize>i) << 2), 4) - from);
    let at = <u32>f & mask;
    while (load<u32>(slots + ((<usize>at) << 2)) != 0) at = (at + 1) & mask;
    store<u32>(slots + ((<usize>at) << 2), (<u32>(f >> 32) << bits) | (i + 1));
  }
}

/** out u32[n] = index of each string; 0xFFFFFFFE where the lookup has none, 0xFFFFFFFF where the text is missing. */
export function lookup_find_u32(
  out: usize,
  slots: usize,
  mask: u32,
  bits: u32,
  offsets: usize,
  bytes: usize,
  fingerprints: usize,
  starts: usize,
  lengths: usize,
  n: u32,
): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const length = load<u32>(lengths + i * 4);
    let found = MISSING;
    if (length != MISSING) found = lookUp(slots, mask, bits, offsets, bytes, load<u64>(fingerprints + i * 8), <usize>load<u32>(starts + i * 4), length);
    store<u32>(out + i * 4, found);
  }
}

// @ts-ignore: decorator
@inline function lookUp(slots: usize, mask: u32, bits: u32, offsets: usize, bytes: usize, f: u64, start: usize, length: u32): u32 {
  const tag = <u32>(f >> 32) << bits;
  const low = (<u32>1 << bits) - 1;
  let at = <u32>f & mask;
  while (true) {
    const slot = load<u32>(slots + ((<usize>at) << 2));
    if (slot == 0) return UNKNOWN;
    if ((slot & ~low) == tag) {
      const index = (slot & low) - 1;
      const place = offsets + ((<usize>index) << 2);
      const from = load<u32>(place);
      if (load<u32>(place, 4) - from == length && sameBytes(bytes + <usize>from, start, length)) return index;
    }
    at = (at + 1) & mask;
  }
}

// @ts-ignore: decorator
@inline function sameBytes(a: usize, b: usize, n: u32): bool {
  return n >= 8 ? equalBytes(a, b, n) : headOf(a, n) == headOf(b, n);
}

/**
 * Vocabulary ids in place of the entries of {@link dictionary_find_u32}: 0 missing; a known value ids[entry], or first + entry where `ids` is 0;
 * an unknown one droppedId where its fingerprint >> shift is among dropped u64[droppedCount] (ascending), else 1 + fingerprint mod buckets.
 */
export function vocabulary_ids_u32(out: usize, fingerprints: usize, n: u32, ids: usize, first: u32, buckets: u32, dropped: usize, droppedCount: u32, shift: u32, droppedId: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const entry = load<u32>(out + i * 4);
    let id: u32 = 0;
    if (entry < UNKNOWN) id = ids == 0 ? first + entry : load<u32>(ids + ((<usize>entry) << 2));
    else if (entry == UNKNOWN) {
      const f = load<u64>(fingerprints + i * 8);
      if (droppedCount != 0 && contains(dropped, droppedCount, f >> shift)) id = droppedId;
      else id = 1 + (buckets == 1 ? 0 : <u32>(f % buckets));
    }
    store<u32>(out + i * 4, id);
  }
}

function contains(sorted: usize, n: u32, value: u64): bool {
  let low: u32 = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(sorted + ((<usize>middle) << 3)) < value) low = middle + 1;
    else high = middle;
  }
  return low < n && load<u64>(sorted + ((<usize>low) << 3)) == value;
}

/** The first eight bytes of an entry's string, most significant first, zeros past its end. */
// @ts-ignore: decorator
@inline function prefix(table: usize, entry: u32): u64 {
  const at = <usize>load<u32>(table, ENTRIES) + ((<usize>entry) << 4);
  return bswap(headOf(<usize>load<u32>(table, BYTES) + <usize>load<u32>(at), load<u32>(at, 4)));
}

/** Whether entry `a` comes after `b`: by bytes, a prefix of the other first. */
function after(table: usize, a: u32, b: u32): bool {
  const entries = <usize>load<u32>(table, ENTRIES);
  const bytes = <usize>load<u32>(table, BYTES);
  const atA = entries + ((<usize>a) << 4);
  const atB = entries + ((<usize>b) << 4);
  const startA = bytes + <usize>load<u32>(atA);
  const startB = bytes + <usize>load<u32>(atB);
  const lengthA = load<u32>(atA, 4);
  const lengthB = load<u32>(atB, 4);
  const both = <usize>min(lengthA, lengthB);
  for (let i: usize = 0; i < both; i++) {
    const x = load<u8>(startA + i);
    const y = load<u8>(startB + i);
    if (x != y) return x > y;
  }
  return lengthA > lengthB;
}

/**
 * order u32[n] = the n entries in byte order: sorted by their first eight bytes from the last of these to the first (a radix sort), then equal ones
 * by merging. scratch u32[n], keys u64[n], digits u32[256] are lent.
 */
export function dictionary_order_u32(order: usize, scratch: usize, keys: usize, digits: usize, table: usize): void {
  const n = load<u32>(table, COUNT);
  let every: u64 = u64.MAX_VALUE;
  let some: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const key = prefix(table, i);
    every &= key;
    some |= key;
    store<u64>(keys + ((<usize>i) << 3), key);
    store<u32>(order + ((<usize>i) << 2), i);
  }
  let from = order;
  let to = scratch;
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    if ((((every ^ some) >> shift) & 0xff) == 0) continue; // the same in all of them
    memory.fill(digits, 0, 1024);
    for (let i: usize = 0; i < <usize>n; i++) {
      const digit = digits + (<usize>((load<u64>(keys + (i << 3)) >> shift) & 0xff) << 2);
      store<u32>(digit, load<u32>(digit) + 1);
    }
    let before: u32 = 0;
    for (let digit = digits; digit < digits + 1024; digit += 4) {
      const here = load<u32>(digit);
      store<u32>(digit, before);
      before += here;
    }
    for (let i: usize = 0; i < <usize>n; i++) {
      const entry = load<u32>(from + (i << 2));
      const digit = digits + (<usize>((load<u64>(keys + ((<usize>entry) << 3)) >> shift) & 0xff) << 2);
      const at = load<u32>(digit);
      store<u32>(digit, at + 1);
      store<u32>(to + ((<usize>at) << 2), entry);
    }
    const other = from;
    from = to;
    to = other;
  }
  if (from != order) memory.copy(order, from, (<usize>n) << 2);
  for (let i: u32 = 0; i < n; ) {
    const key = load<u64>(keys + ((<usize>load<u32>(order + ((<usize>i) << 2))) << 3));
    let end = i + 1;
    while (end < n && load<u64>(keys + ((<usize>load<u32>(order + ((<usize>end) << 2))) << 3)) == key) end++;
    if (end - i > 1) mergeSort(order + ((<usize>i) << 2), scratch, end - i, table);
    i = end;
  }
}

/** Sorts order u32[n] by all bytes; scratch u32[n]. */
function mergeSort(order: usize, scratch: usize, n: u32, table: usize): void {
  for (let width: u32 = 1; width < n; width <<= 1) {
    for (let from: u32 = 0; from < n; from += width << 1) {
      const middle = min(from + width, n);
      const end = min(middle + width, n);
      let a = from;
      let b = middle;
      for (let k = from; k < end; k++) {
        let takeB = a >= middle;
        if (!takeB && b < end) takeB = after(table, load<u32>(order + ((<usize>a) << 2)), load<u32>(order + ((<usize>b) << 2)));
        const source = takeB ? b++ : a++;
        store<u32>(scratch + ((<usize>k) << 2), load<u32>(order + ((<usize>source) << 2)));
      }
    }
    memory.copy(order, scratch, (<usize>n) << 2);
  }
}

/** The entries in this order: bytes u8[bytes used], lengths u32[n], counts f64[n]. */
export function dictionary_gather(bytes: usize, lengths: usize, counts: usize, table: usize, order: usize): void {
  const n = load<u32>(table, COUNT);
  const entries = <usize>load<u32>(table, ENTRIES);
  const own = <usize>load<u32>(table, BYTES);
  let to = bytes;
  for (let i: usize = 0; i < <usize>n; i++) {
    const at = entries + ((<usize>load<u32>(order + (i << 2))) << 4);
    const length = load<u32>(at, 4);
    memory.copy(to, own + <usize>load<u32>(at), length);
    to += <usize>length;
    store<u32>(lengths + (i << 2), length);
    store<f64>(counts + (i << 3), load<f64>(at, 8));
  }
}
