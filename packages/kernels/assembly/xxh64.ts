// XXH64 with seed 0: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. Zstandard frames end with its lower 32 bits.

// @ts-ignore: decorator
@inline const P1: u64 = 0x9e3779b185ebca87;
// @ts-ignore: decorator
@inline const P2: u64 = 0xc2b2ae3d27d4eb4f;
// @ts-ignore: decorator
@inline const P3: u64 = 0x165667b19e3779f9;
// @ts-ignore: decorator
@inline const P4: u64 = 0x85ebca77c2b2ae63;
// @ts-ignore: decorator
@inline const P5: u64 = 0x27d4eb2f165667c5;

// @ts-ignore: decorator
@inline
function round(lane: u64, input: u64): u64 {
  return rotl<u64>(lane + input * P2, 31) * P1;
}

// @ts-ignore: decorator
@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * P1 + P4;
}

/** Begins a hash: lanes u64[4]. */
export function xxh64_begin(lanes: usize): void {
  store<u64>(lanes, P1 + P2, 0);
  store<u64>(lanes, P2, 8);
  store<u64>(lanes, 0, 16);
  store<u64>(lanes, 0 - P1, 24);
}

/** Takes stripes of 32 bytes: length is a multiple of 32. */
export function xxh64_stripes(lanes: usize, src: usize, length: usize): void {
  let a = load<u64>(lanes, 0);
  let b = load<u64>(lanes, 8);
  let c = load<u64>(lanes, 16);
  let d = load<u64>(lanes, 24);
  for (let at = src, end = src + length; at < end; at += 32) {
    a = round(a, load<u64>(at, 0));
    b = round(b, load<u64>(at, 8));
    c = round(c, load<u64>(at, 16));
    d = round(d, load<u64>(at, 24));
  }
  store<u64>(lanes, a, 0);
  store<u64>(lanes, b, 8);
  store<u64>(lanes, c, 16);
  store<u64>(lanes, d, 24);
}

/** The lower 32 bits of the hash of `total` bytes whose stripes were taken; their last total mod 32 bytes are at src. */
export function xxh64_end_u32(lanes: usize, src: usize, total: u64): u32 {
  let hash: u64;
  if (total >= 32) {
    const a = load<u64>(lanes, 0);
    const b = load<u64>(lanes, 8);
    const c = load<u64>(lanes, 16);
    const d = load<u64>(lanes, 24);
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  } else {
    hash = P5;
  }
  hash += total;
  let at = src;
  const end = src + <usize>(total & 31);
  for (; at + 8 <= end; at += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(at)), 27) * P1 + P4;
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * P1), 23) * P2 + P3;
    at += 4;
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * P5), 11) * P1;
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return <u32>(hash ^ (hash >> 32));
}
