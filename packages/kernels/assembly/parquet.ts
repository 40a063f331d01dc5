// Pages of Parquet files, of values that are not nested: see src/exports-parquet.ts. What is read may be anything; 8 bytes behind it may be read too.

// @ts-ignore: decorator
@inline const AT: usize = 0;
// @ts-ignore: decorator
@inline const END: usize = 4;
// @ts-ignore: decorator
@inline const WIDTH: usize = 8;
// @ts-ignore: decorator
@inline const LEFT: usize = 12;
// @ts-ignore: decorator
@inline const PACKED: usize = 16;
// @ts-ignore: decorator
@inline const VALUE: usize = 20;

/** A length of the size of a word in front of each text. */
// @ts-ignore: decorator
@inline const PREFIX: u32 = 4;

/** Bytes that are copied here rather than by a call. */
// @ts-ignore: decorator
@inline const FEW: u32 = 64;

/** Decompresses a block of Snappy to out u8[length]; false where it is none of that length. Writes up to 16 bytes behind. */
export function snappy_decompress(out: usize, length: u32, at: usize, size: u32): bool {
  const end = at + size;
  let p = at;
  let declared: u64 = 0;
  for (let shift: u64 = 0; ; shift += 7) {
    if (p == end || shift > 28) return false;
    const byte = <u64>load<u8>(p++);
    declared |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  if (declared != <u64>length) return false;
  const out_end = out + length;
  let o = out;
  while (p < end) {
    const tag = <u32>load<u8>(p++);
    let n = tag >> 2;
    if ((tag & 3) == 0) {
      if (n >= 60) {
        const bytes = n - 59;
        if (end - p < <usize>bytes) return false;
        n = load<u32>(p) & (0xffffffff >> ((4 - bytes) << 3));
        p += bytes;
      }
      if (n == 0xffffffff) return false;
      n++;
      if (<usize>n > end - p || <usize>n > out_end - o) return false;
      if (n <= FEW) {
        for (let k: usize = 0; k < n; k += 16) v128.store(o + k, v128.load(p + k));
      } else memory.copy(o, p, n);
      o += n;
      p += n;
      continue;
    }
    let back: u32;
    if ((tag & 3) == 1) {
      if (p == end) return false;
      n = ((tag >> 2) & 7) + 4;
      back = ((tag >> 5) << 8) | <u32>load<u8>(p++);
    } else {
      const bytes: usize = (tag & 3) == 2 ? 2 : 4;
      if (end - p < bytes) return false;
      n++;
      back = bytes == 2 ? <u32>load<u16>(p) : load<u32>(p);
      p += bytes;
    }
    if (back == 0 || <usize>back > o - out || <usize>n > out_end - o) return false;
    const to = o + n;
    if (back >= 16) for (; o < to; o += 16) v128.store(o, v128.load(o - back));
    else if (back >= 8) for (; o < to; o += 8) store<u64>(o, load<u64>(o - back));
    else for (; o < to; o++) store<u8>(o, load<u8>(o - back));
    o = to;
  }
  return o == out_end;
}

/** Begins runs of `width` bits at [at, end). */
export function hybrid_begin(state: usize, at: usize, end: usize, width: u32): void {
  store<u32>(state, <u32>at, AT);
  store<u32>(state, <u32>end, END);
  store<u32>(state, width, WIDTH);
  store<u32>(state, 0, LEFT);
}

/** The next n numbers, out u32[n]; false where there are not so many, or what stands there is no run. */
export function hybrid_next(state: usize, out: usize, n: u32): bool {
  const end = <usize>load<u32>(state, END);
  const width = load<u32>(state, WIDTH);
  if (width > 32) return false;
  const mask: u64 = (<u64>1 << <u64>width) - 1;
  let at = <usize>load<u32>(state, AT);
  let left = load<u32>(state, LEFT);
  let packed = load<u32>(state, PACKED);
  let value = load<u32>(state, VALUE);
  let o = out;
  const stop = out + (<usize>n << 2);
  while (o < stop) {
    if (left == 0) {
      let header: u64 = 0;
      for (let shift: u64 = 0; ; shift += 7) {
        if (at == end || shift > 28) return false;
        const byte = <u64>load<u8>(at++);
        header |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      packed = <u32>header & 1;
      const count = header >> 1;
      if (count == 0) continue;
      if (packed != 0) {
        if (count > 0xfffffff || count * <u64>width > <u64>(end - at)) return false;
        left = <u32>(count << 3);
        value = 0;
      } else {
        const bytes = <usize>((width + 7) >> 3);
        if (end - at < bytes || count > 0x7fffffff) return false;
        value = <u32>(load<u64>(at) & (((<u64>1) << <u64>(bytes << 3)) - 1));
        if (<u64>value > mask) return false;
        at += bytes;
        left = <u32>count;
      }
    }
    const take = min(left, <u32>((stop - o) >> 2));
    const to = o + (<usize>take << 2);
    if (packed == 0) {
      for (; o < to; o += 4) store<u32>(o, value);
    } else {
      // `value` is the number of the run's values that are read; a run has less than 2^31 bits, as pages are below 2^28 bytes.
      let bit = <u64>value * <u64>width;
      for (; o < to; o += 4) {
        store<u32>(o, <u32>((load<u64>(at + <usize>(bit >> 3)) >> (bit & 7)) & mask));
        bit += width;
      }
      value += take;
      if (take == left) at += <usize>(bit >> 3);
    }
    left -= take;
  }
  store<u32>(state, <u32>at, AT);
  store<u32>(state, left, LEFT);
  store<u32>(state, packed, PACKED);
  store<u32>(state, value, VALUE);
  return true;
}

/** Places of n texts that stand at [at, end), each behind its length: starts, lengths u32[n]. Offset behind the last; 0: they are not all there. */
export function plain_texts(starts: usize, lengths: usize, n: u32, at: usize, end: usize): u32 {
  let p = at;
  for (let i: usize = 0; i < <usize>n; i++) {
    if (end - p < PREFIX) return 0;
    const length = load<u32>(p);
    p += PREFIX;
    if (<usize>length > end - p) return 0;
    store<u32>(starts + (i << 2), <u32>p);
    store<u32>(lengths + (i << 2), length);
    p += length;
  }
  return <u32>p;
}

/** out f64[n] of i32[n]. */
export function i32_to_f64(out: usize, values: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) store<f64>(out + (i << 3), <f64>load<i32>(values + (i << 2)));
}

/** out f64[n] of i64[n]; false where one is not in [-2^53, 2^53). */
export function i64_to_f64(out: usize, values: usize, n: u32): bool {
  let odd: u64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<i64>(values + (i << 3));
    odd |= <u64>(value + (<i64>1 << 53)) >> 54;
    store<f64>(out + (i << 3), <f64>value);
  }
  return odd == 0;
}

/** out f64[n] of f32[n]. */
export function f32_to_f64(out: usize, values: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) store<f64>(out + (i << 3), <f64>load<f32>(values + (i << 2)));
}

/** out f64[n]: values f64[count] at the codes u32[n]; false where a code is none. */
export function decode_f64(out: usize, codes: usize, n: u32, values: usize, count: u32): bool {
  for (let i: usize = 0; i < <usize>n; i++) {
    const code = load<u32>(codes + (i << 2));
    if (code >= count) return false;
    store<f64>(out + (i << 3), load<f64>(values + (<usize>code << 3)));
  }
  return true;
}

/** The next n numbers of one bit, out u32[n]: how many are 1, -1 as where hybrid_next is false. Where all of them are 1 nothing may be written. */
export function levels_next(state: usize, out: usize, n: u32): i32 {
  const left = load<u32>(state, LEFT);
  if (left >= n && load<u32>(state, PACKED) == 0 && load<u32>(state, VALUE) == 1) {
    store<u32>(state, left - n, LEFT);
    return <i32>n;
  }
  if (!hybrid_next(state, out, n)) return -1;
  let sum: u32 = 0;
  for (let i: usize = 0; i < <usize>n; i++) sum += load<u32>(out + (i << 2));
  return <i32>sum;
}

/** out f64[n]: the next of `values` where levels u32[n] is 1, else NaN. */
export function spread_f64(out: usize, levels: usize, n: u32, values: usize): void {
  let from = values;
  for (let i: usize = 0; i < <usize>n; i++) {
    const there = load<u32>(levels + (i << 2)) == 1;
    store<f64>(out + (i << 3), there ? load<f64>(from) : NaN);
    from += <usize>there << 3;
  }
}

/** How many of f64[n] are NaN or infinite. */
export function count_odd_f64(values: usize, n: u32): u32 {
  let sum: u32 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const x = load<f64>(values + (i << 3));
    sum += <u32>(x - x != 0);
  }
  return sum;
}
