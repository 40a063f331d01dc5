// A dictionary maps byte strings to entries 0, 1, 2 ... in order of their first coming. It is three buffers of the caller's and a
// header of eight u32 that says where they are (layout: DICTIONARY in src/exports-text.ts):
//   slots   u64[mask + 1]  open addressing, linear probing; low half: entry + 1 (0: free), high half: low half of the fingerprint
//   entries 16 bytes each  u32 offset into bytes, u32 length, f64 count
//   bytes   the strings, one after another
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

// @ts-ignore: decorator
@inline function equalBytes(a: usize, b: usize, n: u32): bool {
  if (n >= 8) {
    const last = <usize>(n - 8);
    for (let i: usize = 0; i < last; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
    return load<u64>(a + last) == load<u64>(b + last);
  }
  if (n >= 4) return load<u32>(a) == load<u32>(b) && load<u32>(a + <usize>n - 4) == load<u32>(b + <usize>n - 4);
  for (let i: usize = 0; i < <usize>n; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** The slot that holds the string, or the free one where it belongs. */
// @ts-ignore: decorator
@inline function findSlot(table: usize, fingerprint: u64, start: usize, length: u32): usize {
  const slots = <usize>load<u32>(table, SLOTS);
  const mask = load<u32>(table, MASK);
  const tag = <u32>fingerprint;
  const entries = <usize>load<u32>(table, ENTRIES);
  const bytes = <usize>load<u32>(table, BYTES);
  let at = tag & mask;
  while (true) {
    const slot = slots + ((<usize>at) << 3);
    const content = load<u64>(slot);
    if (content == 0) return slot;
    if (<u32>(content >> 32) == tag) {
      const entry = entries + ((<usize>(<u32>content - 1)) << 4);
      if (load<u32>(entry, 4) == length && equalBytes(bytes + <usize>load<u32>(entry), start, length)) return slot;
    }
    at = (at + 1) & mask;
  }
}

/**
 * Counts the strings i in [from, n) with keep[i] != 0 that are not missing, admitting new ones. Stops before the first one for which an
 * entry, a byte or half of the slots is lacking, and returns its index (n when done): the caller makes room and calls again.
 */
export function dictionary_count(table: usize, fingerprints: usize, starts: usize, lengths: usize, keep: usize, from: u32, n: u32): u32 {
  for (let i: usize = from; i < <usize>n; i++) {
    const length = load<u32>(lengths + i * 4);
    if (length == MISSING || load<u8>(keep + i) == 0) continue;
    const start = <usize>load<u32>(starts + i * 4);
    const fingerprint = load<u64>(fingerprints + i * 8);
    const slot = findSlot(table, fingerprint, start, length);
    const content = load<u64>(slot);
    let entry = <u32>content - 1;
    if (content == 0) {
      entry = load<u32>(table, COUNT);
      const used = load<u32>(table, BYTES_USED);
      if (entry >= load<u32>(table, ENTRY_ROOM) || length > load<u32>(table, BYTES_ROOM) - used || entry >= (load<u32>(table, MASK) >> 1)) return <u32>i;
      const at = <usize>load<u32>(table, ENTRIES) + ((<usize>entry) << 4);
      memory.copy(<usize>load<u32>(table, BYTES) + <usize>used, start, length);
      store<u32>(at, used);
      store<u32>(at, length, 4);
      store<f64>(at, 0, 8);
      store<u32>(table, used + length, BYTES_USED);
      store<u32>(table, entry + 1, COUNT);
      store<u64>(slot, ((<u64>(<u32>fingerprint)) << 32) | <u64>(entry + 1));
    }
    const count = <usize>load<u32>(table, ENTRIES) + ((<usize>entry) << 4);
    store<f64>(count, load<f64>(count, 8) + 1, 8);
  }
  return n;
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
    const fingerprint = fingerprint64(bytes + <usize>used, length);
    const slot = findSlot(table, fingerprint, bytes + <usize>used, length);
    const at = <usize>load<u32>(table, ENTRIES) + ((<usize>i) << 4);
    store<u32>(at, used);
    store<u32>(at, length, 4);
    store<f64>(at, 0, 8);
    store<u64>(slot, ((<u64>(<u32>fingerprint)) << 32) | <u64>(i + 1));
    used += length;
  }
  store<u32>(table, n, COUNT);
  store<u32>(table, used, BYTES_USED);
}

/** Moves every entry of `old` (u64[oldSize]) to the table's slots, which are zeroed first. */
export function dictionary_rehash(table: usize, old: usize, oldSize: u32): void {
  const slots = <usize>load<u32>(table, SLOTS);
  const mask = load<u32>(table, MASK);
  memory.fill(slots, 0, (<usize>mask + 1) << 3);
  for (let i: usize = 0; i < <usize>oldSize; i++) {
    const content = load<u64>(old + (i << 3));
    if (content == 0) continue;
    let at = <u32>(content >> 32) & mask;
    while (load<u64>(slots + ((<usize>at) << 3)) != 0) at = (at + 1) & mask;
    store<u64>(slots + ((<usize>at) << 3), content);
  }
}

/** out u32[n] = entry of each string; 0xFFFFFFFE where the dictionary has none, 0xFFFFFFFF where the text is missing. */
export function dictionary_find_u32(out: usize, table: usize, fingerprints: usize, starts: usize, lengths: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const length = load<u32>(lengths + i * 4);
    let entry = MISSING;
    if (length != MISSING) {
      const content = load<u64>(findSlot(table, load<u64>(fingerprints + i * 8), load<u32>(starts + i * 4), length));
      entry = content == 0 ? UNKNOWN : <u32>content - 1;
    }
    store<u32>(out + i * 4, entry);
  }
}

/**
 * Vocabulary ids in place of the entries of {@link dictionary_find_u32}: 0 missing; a known value ids[entry], or first + entry where `ids` is 0;
 * an unknown one droppedId where its fingerprint is among dropped u64[droppedCount] (ascending), else 1 + fingerprint mod buckets.
 */
export function vocabulary_ids_u32(out: usize, fingerprints: usize, n: u32, ids: usize, first: u32, buckets: u32, dropped: usize, droppedCount: u32, droppedId: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const entry = load<u32>(out + i * 4);
    let id: u32 = 0;
    if (entry < UNKNOWN) id = ids == 0 ? first + entry : load<u32>(ids + ((<usize>entry) << 2));
    else if (entry == UNKNOWN) {
      const f = load<u64>(fingerprints + i * 8);
      if (droppedCount != 0 && contains(dropped, droppedCount, f)) id = droppedId;
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
  const start = <usize>load<u32>(table, BYTES) + <usize>load<u32>(at);
  const length = load<u32>(at, 4);
  if (length >= 8) return bswap(load<u64>(start));
  let key: u64 = 0;
  for (let i: usize = 0; i < <usize>length; i++) key |= (<u64>load<u8>(start + i)) << <u64>(56 - (i << 3));
  return key;
}

/** Whether entry `a` comes after `b`: by bytes, a prefix of the other first. */
function after(table: usize, keys: usize, a: u32, b: u32): bool {
  const keyA = load<u64>(keys + ((<usize>a) << 3));
  const keyB = load<u64>(keys + ((<usize>b) << 3));
  if (keyA != keyB) return keyA > keyB;
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

/** order u32[n] = the n entries in byte order, by merging; scratch u32[n], keys u64[n] are lent. */
export function dictionary_order_u32(order: usize, scratch: usize, keys: usize, table: usize): void {
  const n = load<u32>(table, COUNT);
  for (let i: u32 = 0; i < n; i++) {
    store<u64>(keys + ((<usize>i) << 3), prefix(table, i));
    store<u32>(order + ((<usize>i) << 2), i);
  }
  for (let width: u32 = 1; width < n; width <<= 1) {
    for (let from: u32 = 0; from < n; from += width << 1) {
      const middle = min(from + width, n);
      const end = min(middle + width, n);
      let a = from;
      let b = middle;
      for (let k = from; k < end; k++) {
        let takeB = a >= middle;
        if (!takeB && b < end) takeB = after(table, keys, load<u32>(order + ((<usize>a) << 2)), load<u32>(order + ((<usize>b) << 2)));
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
