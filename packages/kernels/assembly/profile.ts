// Bounded summaries of a field whose content does not depend on the order of its rows: see src/exports-profile.ts for the layout.

// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
/** Cells in use at most. */
// @ts-ignore: decorator
@inline const CAPACITY: u32 = 1024;
/** Twice as many cells, so that a probe ends soon. */
// @ts-ignore: decorator
@inline const CELL_BITS: u64 = 11;
// @ts-ignore: decorator
@inline const CELLS: usize = 2048;
/** Rows by fingerprint modulo 1024, or by whole number. */
// @ts-ignore: decorator
@inline const COUNTS: usize = 64;
// @ts-ignore: decorator
@inline const CELLS_AT: usize = 64 + 4096;
// @ts-ignore: decorator
@inline const TEXTS_AT: usize = 64 + 4096 + 2048 * 16;
/** One more than cells, as one too many is thinned out at once. */
// @ts-ignore: decorator
@inline const TEXTS: usize = 1025;
// @ts-ignore: decorator
@inline const TEXT_BYTES: u32 = 48;
// @ts-ignore: decorator
@inline const WHOLE: f64 = 1024;

/** Where the key's cell of 16 bytes is, or the free one where it would go. Fibonacci hashing, as keys of numbers are not mixed. */
// @ts-ignore: decorator
@inline function cellOf(cells: usize, key: u64): usize {
  let at = <usize>((key * 0x9e3779b97f4a7c15) >> (64 - CELL_BITS));
  while (load<u32>(cells + (at << 4), 8) != 0 && load<u64>(cells + (at << 4)) != key) at = (at + 1) & (CELLS - 1);
  return cells + (at << 4);
}

/** Bits less of every key, as many as it takes until two may be one. scratch: as many bytes as the cells. */
function coarsen(table: usize, scratch: usize): void {
  const cells = table + CELLS_AT;
  memory.copy(scratch, cells, CELLS << 4);
  // Keys that differ above their lowest common bits stay apart until these are gone.
  let every: u64 = u64.MAX_VALUE;
  let some: u64 = 0;
  for (let from = scratch; from < scratch + (CELLS << 4); from += 16) {
    if (load<u32>(from, 8) == 0) continue;
    every &= load<u64>(from);
    some |= load<u64>(from);
  }
  const bits = ctz(every ^ some) + 1;
  memory.fill(cells, 0, CELLS << 4);
  let used: u32 = 0;
  for (let from = scratch; from < scratch + (CELLS << 4); from += 16) {
    const count = load<u32>(from, 8);
    if (count == 0) continue;
    const key = load<u64>(from) >> bits;
    const cell = cellOf(cells, key);
    const before = load<u32>(cell, 8);
    used += <u32>(before == 0);
    store<u64>(cell, key);
    store<u32>(cell, before + count, 8);
  }
  store<u32>(table, used);
  store<u32>(table, load<u32>(table, 4) + <u32>bits, 4);
}

/** Counts a number `times` times. */
function countNumber(table: usize, scratch: usize, value: f64, times: u32): void {
  const bits = reinterpret<i64>(value);
  const key = <u64>(bits ^ ((bits >> 63) | i64.MIN_VALUE)) >> <u64>load<u32>(table, 4);
  const cell = cellOf(table + CELLS_AT, key);
  const before = load<u32>(cell, 8);
  store<u32>(cell, before + times, 8);
  if (before != 0) return;
  store<u64>(cell, key);
  store<u32>(table, load<u32>(table) + 1);
  while (load<u32>(table) > CAPACITY) coarsen(table, scratch);
}

/** Counts x f64[n] (NaN: missing) of the rows with keep u8[n] != 0; scratch is lent. Whole numbers below 1024 wait for {@link profile_whole}. */
export function profile_numbers(table: usize, scratch: usize, x: usize, keep: usize, n: u32): void {
  let rows = load<u32>(table, 8);
  let missing = load<u32>(table, 12);
  let integers = load<u32>(table, 16);
  let minimum = load<f64>(table, 24);
  let maximum = load<f64>(table, 32);
  for (let i: usize = 0; i < <usize>n; i++) {
    if (load<u8>(keep + i) == 0) continue;
    rows++;
    const value = load<f64>(x + (i << 3)) + 0.0; // -0 becomes 0
    if (value >= 0 && value < WHOLE) {
      const whole = <u32>value;
      if (<f64>whole == value) {
        const at = table + COUNTS + (<usize>whole << 2);
        store<u32>(at, load<u32>(at) + 1);
        continue;
      }
    }
    if (isNaN(value)) {
      missing++;
      continue;
    }
    integers += <u32>(trunc(value) == value);
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    countNumber(table, scratch, value, 1);
  }
  store<u32>(table, rows, 8);
  store<u32>(table, missing, 12);
  store<u32>(table, integers, 16);
  store<f64>(table, minimum, 24);
  store<f64>(table, maximum, 32);
}

/** Moves the whole numbers that wait to their cells. */
export function profile_whole(table: usize, scratch: usize): void {
  for (let whole: u32 = 0; whole < <u32>WHOLE; whole++) {
    const at = table + COUNTS + (<usize>whole << 2);
    const times = load<u32>(at);
    if (times == 0) continue;
    store<u32>(at, 0);
    const value = <f64>whole;
    store<u32>(table, load<u32>(table, 16) + times, 16);
    if (value < load<f64>(table, 24)) store<f64>(table, value, 24);
    if (value > load<f64>(table, 32)) store<f64>(table, value, 32);
    countNumber(table, scratch, value, times);
  }
}

/** Half of the range of fingerprints is let go. scratch: as many bytes as cells and texts. */
function thin(table: usize, scratch: usize): void {
  const cells = table + CELLS_AT;
  const level = load<u32>(table, 4) + 1;
  // Until now every text had a cell.
  if (level == 1) {
    for (let from = cells; from < cells + (CELLS << 4); from += 16) {
      const bucket = table + COUNTS + (<usize>(load<u64>(from) & 1023) << 2);
      store<u32>(bucket, load<u32>(bucket) + load<u32>(from, 8));
    }
  }
  const limit = u64.MAX_VALUE >> <u64>level;
  const texts = scratch + (CELLS << 4);
  memory.copy(scratch, cells, CELLS << 4);
  memory.copy(texts, table + TEXTS_AT, TEXTS << 6);
  memory.fill(cells, 0, CELLS << 4);
  let used: u32 = 0;
  for (let from = scratch; from < scratch + (CELLS << 4); from += 16) {
    if (load<u32>(from, 8) == 0 || load<u64>(from) > limit) continue;
    const cell = cellOf(cells, load<u64>(from));
    store<u64>(cell, load<u64>(from));
    store<u32>(cell, load<u32>(from, 8), 8);
    store<u32>(cell, used, 12);
    memory.copy(table + TEXTS_AT + (<usize>used << 6), texts + (<usize>load<u32>(from, 12) << 6), 64);
    used++;
  }
  store<u32>(table, used);
  store<u32>(table, level, 4);
}

/**
 * Counts the texts (fingerprints u64[n], starts u32[n], lengths u32[n], 0xFFFFFFFF: missing) of the rows with keep u8[n] != 0; scratch is lent.
 */
export function profile_texts(table: usize, scratch: usize, fingerprints: usize, starts: usize, lengths: usize, keep: usize, n: u32): void {
  let level = load<u32>(table, 4);
  let rows = load<u32>(table, 8);
  let missing = load<u32>(table, 12);
  for (let i: usize = 0; i < <usize>n; i++) {
    if (load<u8>(keep + i) == 0) continue;
    rows++;
    const length = load<u32>(lengths + (i << 2));
    if (length == MISSING) missing++;
    else level = countText(table, scratch, level, load<u64>(fingerprints + (i << 3)), load<u32>(starts + (i << 2)), length, 1);
  }
  store<u32>(table, rows, 8);
  store<u32>(table, missing, 12);
}

/** As {@link profile_texts}, text i so many times as times u32[n] says; and so many rows without a text. */
export function profile_texts_times(table: usize, scratch: usize, fingerprints: usize, starts: usize, lengths: usize, times: usize, n: u32, without: u32): void {
  let level = load<u32>(table, 4);
  let rows = load<u32>(table, 8) + without;
  let missing = load<u32>(table, 12) + without;
  for (let i: usize = 0; i < <usize>n; i++) {
    const count = load<u32>(times + (i << 2));
    if (count == 0) continue;
    rows += count;
    const length = load<u32>(lengths + (i << 2));
    if (length == MISSING) missing += count;
    else level = countText(table, scratch, level, load<u64>(fingerprints + (i << 3)), load<u32>(starts + (i << 2)), length, count);
  }
  store<u32>(table, rows, 8);
  store<u32>(table, missing, 12);
}

/** Counts a text; the level of the table then. */
// @ts-ignore: decorator
@inline
function countText(table: usize, scratch: usize, level: u32, key: u64, start: usize, length: u32, times: u32): u32 {
  if (level != 0) {
    const bucket = table + COUNTS + (<usize>(key & 1023) << 2);
    store<u32>(bucket, load<u32>(bucket) + times);
    if (key > u64.MAX_VALUE >> <u64>level) return level;
  }
  const cell = cellOf(table + CELLS_AT, key);
  const before = load<u32>(cell, 8);
  store<u32>(cell, before + times, 8);
  if (before != 0) return level;
  const used = load<u32>(table);
  const text = table + TEXTS_AT + (<usize>used << 6);
  store<u64>(cell, key);
  store<u32>(cell, used, 12);
  store<u32>(text, length);
  memory.copy(text + 16, start, <usize>min(length, TEXT_BYTES));
  store<u32>(table, used + 1);
  while (load<u32>(table) > CAPACITY) thin(table, scratch);
  return load<u32>(table, 4);
}

/** The cells in use by rising key: keys u64[entries], counts u32[entries], places u32[entries] of the texts. scratch: twice the bytes of the cells. */
export function profile_sorted(table: usize, scratch: usize, keys: usize, counts: usize, places: usize): void {
  const n = load<u32>(table);
  let from = scratch;
  let to = scratch + (CELLS << 4);
  let used = from;
  for (let cell = table + CELLS_AT; cell < table + CELLS_AT + (CELLS << 4); cell += 16) {
    if (load<u32>(cell, 8) == 0) continue;
    v128.store(used, v128.load(cell));
    used += 16;
  }
  for (let width: u32 = 1; width < n; width <<= 1) {
    for (let first: u32 = 0; first < n; first += width << 1) {
      const middle = min(first + width, n);
      const end = min(middle + width, n);
      let a = first;
      let b = middle;
      for (let k = first; k < end; k++) {
        const takeB = a >= middle || (b < end && load<u64>(from + (<usize>b << 4)) < load<u64>(from + (<usize>a << 4)));
        const source = takeB ? b++ : a++;
        v128.store(to + (<usize>k << 4), v128.load(from + (<usize>source << 4)));
      }
    }
    const other = from;
    from = to;
    to = other;
  }
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u64>(keys + (i << 3), load<u64>(from + (i << 4)));
    store<u32>(counts + (i << 2), load<u32>(from + (i << 4), 8));
    store<u32>(places + (i << 2), load<u32>(from + (i << 4), 12));
  }
}
