// Rows split by label and sorted by score: see src/exports-ranking.ts. Records are keys u64, or (with weights) keys and weights f64 by turns.

/** Runs of records up to this long are sorted by insertion. */
const SHORT_RUN: usize = 64;
/** From this many records on digits have 11 bits, below 8. */
const MANY: usize = 1024;

/** -0 is taken as 0. A set sign flips all bits, a clear one flips itself. */
// @ts-ignore: decorator
@inline
function keyOf(score: f64): u64 {
  const bits = reinterpret<u64>(score + 0);
  return bits ^ (<u64>(<i64>bits >> 63) | 0x8000000000000000);
}

// @ts-ignore: decorator
@inline
function scoreOf(key: u64): f64 {
  return reinterpret<f64>(key ^ (<u64>(<i64>~key >> 63) | 0x8000000000000000));
}

export function ranking_split_f64(positives: usize, negatives: usize, state: usize, scores: usize, weights: usize, labels: usize, n: u32): u32 {
  let p = positives + (<usize>load<u32>(state) << (weights == 0 ? 3 : 4));
  let q = negatives + (<usize>load<u32>(state, 4) << (weights == 0 ? 3 : 4));
  let right = true;
  if (weights == 0) {
    for (let i: usize = 0; i < <usize>n; i++) {
      const score = load<f64>(scores + (i << 3));
      const label = <usize>load<u8>(labels + i);
      const key = keyOf(score);
      right = right && score == score;
      store<u64>(p, key);
      store<u64>(q, key);
      p += label << 3;
      q += (1 - label) << 3;
    }
    store<u32>(state, <u32>((p - positives) >> 3));
    store<u32>(state, <u32>((q - negatives) >> 3), 4);
    return right ? 1 : 0;
  }
  for (let i: usize = 0; i < <usize>n; i++) {
    const score = load<f64>(scores + (i << 3));
    const weight = load<f64>(weights + (i << 3));
    right = right && score == score && weight >= 0 && weight < Infinity;
    if (weight == 0) continue;
    const key = keyOf(score);
    if (load<u8>(labels + i) == 1) {
      store<u64>(p, key);
      store<f64>(p, weight, 8);
      p += 16;
    } else {
      store<u64>(q, key);
      store<f64>(q, weight, 8);
      q += 16;
    }
  }
  store<u32>(state, <u32>((p - positives) >> 4));
  store<u32>(state, <u32>((q - negatives) >> 4), 4);
  return right ? 1 : 0;
}

export function sort_varying_u64(keys: usize, width: usize, n: u32, first: usize): u32 {
  const end = keys + width * <usize>n;
  const one = load<u64>(first);
  let differ: u64 = 0;
  for (; keys < end; keys += width) differ |= load<u64>(keys) ^ one;
  return 64 - <u32>clz(differ);
}

export function sort_count_u64(counts: usize, keys: usize, width: usize, n: u32, shift: u32, bits: u32): void {
  const end = keys + width * <usize>n;
  const mask = ((<u64>1) << bits) - 1;
  const second = counts + ((<usize>4) << bits);
  const third = second + ((<usize>4) << bits);
  for (; keys < end; keys += width) {
    let key = load<u64>(keys) >> shift;
    let at = counts + (<usize>(key & mask) << 2);
    store<u32>(at, load<u32>(at) + 1);
    key >>= bits;
    at = second + (<usize>(key & mask) << 2);
    store<u32>(at, load<u32>(at) + 1);
    key >>= bits;
    at = third + (<usize>(key & mask) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

export function sort_starts_u32(starts: usize, bits: u32): u32 {
  const end = starts + ((<usize>4) << bits);
  let sum: u32 = 0;
  let most: u32 = 0;
  for (let at = starts; at < end; at += 4) {
    const count = load<u32>(at);
    store<u32>(at, sum);
    sum += count;
    most = max(most, count);
  }
  return most == sum ? 0 : 1;
}

export function sort_scatter_u64(out: usize, starts: usize, keys: usize, width: usize, n: u32, shift: u32, bits: u32): void {
  const end = keys + width * <usize>n;
  const mask = ((<u64>1) << bits) - 1;
  if (width == 8) {
    for (; keys < end; keys += 8) {
      const key = load<u64>(keys);
      const at = starts + (<usize>((key >> shift) & mask) << 2);
      const to = load<u32>(at);
      store<u32>(at, to + 1);
      store<u64>(out + (<usize>to << 3), key);
    }
    return;
  }
  for (; keys < end; keys += 16) {
    const record = v128.load(keys);
    const at = starts + (<usize>((<u64>i64x2.extract_lane(record, 0) >> shift) & mask) << 2);
    const to = load<u32>(at);
    store<u32>(at, to + 1);
    v128.store(out + (<usize>to << 4), record);
  }
}

export function sort_runs_u64(keys: usize, spare: usize, counts: usize, width: usize, from: u32, end: u32, n: u32, shift: u32): u32 {
  const last = keys + width * <usize>n;
  const stop = keys + width * <usize>end;
  let at = keys + width * <usize>from;
  while (at < stop) {
    const prefix = load<u64>(at) >> shift;
    let next = at + width;
    while (next < last && load<u64>(next) >> shift == prefix) next += width;
    if (next - at > width) {
      if (next - at <= SHORT_RUN * width) insert(at, next, width);
      else sort_u64(at, spare + (at - keys), counts, width, <u32>((next - at) / width));
    }
    at = next;
  }
  return <u32>((at - keys) / width);
}

export function sort_u64(keys: usize, spare: usize, counts: usize, width: usize, n: u32): void {
  const top = sort_varying_u64(keys, width, n, keys);
  if (top == 0) return;
  const bits: u32 = <usize>n > MANY ? 11 : 8;
  const shift: u32 = top > 3 * bits ? top - 3 * bits : 0;
  memory.fill(counts, 0, (<usize>12) << bits);
  sort_count_u64(counts, keys, width, n, shift, bits);
  let here = keys;
  let there = spare;
  for (let digit: u32 = 0; digit < 3; digit++) {
    const starts = counts + ((<usize>(4 * digit)) << bits);
    if (sort_starts_u32(starts, bits) == 0) continue;
    sort_scatter_u64(there, starts, here, width, n, shift + digit * bits, bits);
    const swap = here;
    here = there;
    there = swap;
  }
  if (here != keys) memory.copy(keys, spare, width * <usize>n);
  if (shift > 0) sort_runs_u64(keys, spare, counts, width, 0, n, n, shift);
}

/** Insertion sort of the records in [start, end); equal keys stay in their order. */
function insert(start: usize, end: usize, width: usize): void {
  for (let next = start + width; next < end; next += width) {
    const key = load<u64>(next);
    if (load<u64>(next - width) <= key) continue;
    const weight: u64 = width == 16 ? load<u64>(next, 8) : 0;
    let at = next;
    do {
      store<u64>(at, load<u64>(at - width));
      if (width == 16) store<u64>(at, load<u64>(at - width, 8), 8);
      at -= width;
    } while (at > start && load<u64>(at - width) > key);
    store<u64>(at, key);
    if (width == 16) store<u64>(at, weight, 8);
  }
}

export function ranking_merge_u64(thresholds: usize, positives: usize, negatives: usize, limit: u32, state: usize, p: usize, q: usize, width: usize): u32 {
  let pEnd = p + width * <usize>load<u32>(state);
  let qEnd = q + width * <usize>load<u32>(state, 4);
  let size: usize = 0;
  for (; size < <usize>limit; size++) {
    // No score has the key 0.
    let high: u64 = pEnd > p ? load<u64>(pEnd - width) : 0;
    let low: u64 = qEnd > q ? load<u64>(qEnd - width) : 0;
    const key = max(high, low);
    if (key == 0) break;
    const pFrom = pEnd;
    const qFrom = qEnd;
    while (high == key) {
      pEnd -= width;
      high = pEnd > p ? load<u64>(pEnd - width) : 0;
    }
    while (low == key) {
      qEnd -= width;
      low = qEnd > q ? load<u64>(qEnd - width) : 0;
    }
    store<f64>(thresholds + (size << 3), scoreOf(key));
    store<u32>(positives + (size << 2), <u32>((pFrom - pEnd) / width));
    store<u32>(negatives + (size << 2), <u32>((qFrom - qEnd) / width));
  }
  store<u32>(state, <u32>((pEnd - p) / width));
  store<u32>(state, <u32>((qEnd - q) / width), 4);
  return <u32>size;
}
