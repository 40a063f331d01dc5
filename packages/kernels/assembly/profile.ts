// Bounded summaries of a field whose content does not depend on the order of its rows: see src/exports-profile.ts for the layout.

// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
/** Entries at most. */
// @ts-ignore: decorator
@inline const CAPACITY: u32 = 1024;
/** Twice as many slots, so that a probe ends soon. */
// @ts-ignore: decorator
@inline const SLOT_BITS: u64 = 11;
// @ts-ignore: decorator
@inline const SLOTS: usize = 2048;
// @ts-ignore: decorator
@inline const NUMBER_SLOTS: usize = 64;
// @ts-ignore: decorator
@inline const BUCKETS: usize = 64;
// @ts-ignore: decorator
@inline const TEXT_SLOTS: usize = 64 + 4096;
// @ts-ignore: decorator
@inline const TEXT_BYTES: u32 = 48;

/** Slot of a key: Fibonacci hashing, as keys of numbers are not mixed. */
// @ts-ignore: decorator
@inline function home(key: u64): usize {
  return <usize>((key * 0x9e3779b97f4a7c15) >> (64 - SLOT_BITS));
}

/** Where the key's slot of 16 bytes is, or the free one where it would go. */
// @ts-ignore: decorator
@inline function cellOf(slots: usize, key: u64): usize {
  let at = home(key);
  while (load<u32>(slots + (at << 4), 8) != 0 && load<u64>(slots + (at << 4)) != key) at = (at + 1) & (SLOTS - 1);
  return slots + (at << 4);
}

/** One bit less of every key: cells two by two become one. scratch: as many bytes as the slots. */
function coarsen(table: usize, scratch: usize): void {
  const slots = table + NUMBER_SLOTS;
  memory.copy(scratch, slots, SLOTS << 4);
  memory.fill(slots, 0, SLOTS << 4);
  let entries: u32 = 0;
  for (let from = scratch; from < scratch + (SLOTS << 4); from += 16) {
    const count = load<u32>(from, 8);
    if (count == 0) continue;
    const key = load<u64>(from) >> 1;
    const cell = cellOf(slots, key);
    const before = load<u32>(cell, 8);
    entries += <u32>(before == 0);
    store<u64>(cell, key);
    store<u32>(cell, before + count, 8);
  }
  store<u32>(table, entries);
  store<u32>(table, load<u32>(table, 4) + 1, 4);
}

/** Counts x f64[n] (NaN: missing) of the rows with keep u8[n] != 0; scratch u8[32768] is lent. */
export function profile_numbers(table: usize, scratch: usize, x: usize, keep: usize, n: u32): void {
  const slots = table + NUMBER_SLOTS;
  let level = <u64>load<u32>(table, 4);
  let rows = load<u32>(table, 8);
  let missing = load<u32>(table, 12);
  let integers = load<u32>(table, 16);
  let minimum = load<f64>(table, 24);
  let maximum = load<f64>(table, 32);
  for (let i: usize = 0; i < <usize>n; i++) {
    if (load<u8>(keep + i) == 0) continue;
    rows++;
    const value = load<f64>(x + (i << 3)) + 0.0; // -0 becomes 0
    if (isNaN(value)) {
      missing++;
      continue;
    }
    integers += <u32>(trunc(value) == value);
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    const bits = reinterpret<i64>(value);
    const cell = cellOf(slots, <u64>(bits ^ ((bits >> 63) | i64.MIN_VALUE)) >> level);
    const before = load<u32>(cell, 8);
    store<u32>(cell, before + 1, 8);
    if (before != 0) continue;
    store<u64>(cell, <u64>(bits ^ ((bits >> 63) | i64.MIN_VALUE)) >> level);
    const entries = load<u32>(table) + 1;
    store<u32>(table, entries);
    while (load<u32>(table) > CAPACITY) coarsen(table, scratch);
    level = <u64>load<u32>(table, 4);
  }
  store<u32>(table, rows, 8);
  store<u32>(table, missing, 12);
  store<u32>(table, integers, 16);
  store<f64>(table, minimum, 24);
  store<f64>(table, maximum, 32);
}

/** Where the key's slot of 64 bytes is, or the free one where it would go. */
// @ts-ignore: decorator
@inline function entryOf(slots: usize, key: u64): usize {
  let at = home(key);
  while (load<u32>(slots + (at << 6), 8) != 0 && load<u64>(slots + (at << 6)) != key) at = (at + 1) & (SLOTS - 1);
  return slots + (at << 6);
}

/** Half of the range of fingerprints is let go. scratch: as many bytes as the slots. */
function thin(table: usize, scratch: usize): void {
  const slots = table + TEXT_SLOTS;
  const level = load<u32>(table, 4) + 1;
  const limit = u64.MAX_VALUE >> <u64>level;
  memory.copy(scratch, slots, SLOTS << 6);
  memory.fill(slots, 0, SLOTS << 6);
  let entries: u32 = 0;
  for (let from = scratch; from < scratch + (SLOTS << 6); from += 64) {
    if (load<u32>(from, 8) == 0 || load<u64>(from) > limit) continue;
    memory.copy(entryOf(slots, load<u64>(from)), from, 64);
    entries++;
  }
  store<u32>(table, entries);
  store<u32>(table, level, 4);
}

/**
 * Counts the texts (fingerprints u64[n], starts u32[n], lengths u32[n], 0xFFFFFFFF: missing) of the rows with keep u8[n] != 0; scratch u8[131072] is lent.
 */
export function profile_texts(table: usize, scratch: usize, fingerprints: usize, starts: usize, lengths: usize, keep: usize, n: u32): void {
  const slots = table + TEXT_SLOTS;
  let limit = u64.MAX_VALUE >> <u64>load<u32>(table, 4);
  let rows = load<u32>(table, 8);
  let missing = load<u32>(table, 12);
  for (let i: usize = 0; i < <usize>n; i++) {
    if (load<u8>(keep + i) == 0) continue;
    rows++;
    const length = load<u32>(lengths + (i << 2));
    if (length == MISSING) {
      missing++;
      continue;
    }
    const key = load<u64>(fingerprints + (i << 3));
    const bucket = table + BUCKETS + (<usize>(key & 1023) << 2);
    store<u32>(bucket, load<u32>(bucket) + 1);
    if (key > limit) continue;
    const entry = entryOf(slots, key);
    const before = load<u32>(entry, 8);
    store<u32>(entry, before + 1, 8);
    if (before != 0) continue;
    store<u64>(entry, key);
    store<u32>(entry, length, 12);
    memory.copy(entry + 16, <usize>load<u32>(starts + (i << 2)), <usize>min(length, TEXT_BYTES));
    store<u32>(table, load<u32>(table) + 1);
    while (load<u32>(table) > CAPACITY) thin(table, scratch);
    limit = u64.MAX_VALUE >> <u64>load<u32>(table, 4);
  }
  store<u32>(table, rows, 8);
  store<u32>(table, missing, 12);
}
