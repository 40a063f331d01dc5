// A checksum of 64 bits for bytes that may have changed, not for an adversary: the accumulation of XXH3 (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md)
// over stripes of 64 bytes in eight lanes, with keys that go up by a constant each stripe in place of a secret of 192 bytes. The twin is src/twins/checksum.ts.

// @ts-ignore: decorator
@inline const PRIME32: u64 = 0x9e3779b1;
// @ts-ignore: decorator
@inline const STEP: u64 = 0x9e3779b97f4a7c15;
// @ts-ignore: decorator
@inline const MIX: u64 = 0xff51afd7ed558ccd;
/** Stripes between two scrambles. */
// @ts-ignore: decorator
@inline const BLOCK: u32 = 16;

/** acc + the data with its halves swapped + low half of (data ^ key) times its high half, in each lane of 64 bits. */
// @ts-ignore: decorator
@inline function accumulate(acc: v128, data: v128, key: v128): v128 {
  const keyed = v128.xor(data, key);
  const low = i8x16.shuffle(keyed, keyed, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);
  const high = i8x16.shuffle(keyed, keyed, 4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15);
  const swapped = i8x16.shuffle(data, data, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  return i64x2.add(i64x2.add(acc, swapped), i64x2.extmul_low_i32x4_u(low, high));
}

/** (acc ^ acc >> 47 ^ key) times a prime, in each lane. */
// @ts-ignore: decorator
@inline function scramble(acc: v128, key: v128): v128 {
  return i64x2.mul(v128.xor(v128.xor(acc, i64x2.shr_u(acc, 47)), key), i64x2.splat(PRIME32));
}

// @ts-ignore: decorator
@inline function fold(hash: u64, lane: u64): u64 {
  const h = (hash ^ lane) * MIX;
  return (h ^ (h >> 32)) * STEP;
}

/** The checksum of the `length` bytes at `at`. */
export function checksum_u64(at: usize, length: u32): u64 {
  const end = at + <usize>length;
  let a = i64x2(1, 2);
  let b = i64x2(3, 4);
  let c = i64x2(5, 6);
  let d = i64x2(7, 8);
  const step = i64x2.splat(STEP);
  let ka = i64x2.mul(i64x2.splat(MIX), i64x2(1, 2));
  let kb = i64x2.mul(i64x2.splat(MIX), i64x2(3, 4));
  let kc = i64x2.mul(i64x2.splat(MIX), i64x2(5, 6));
  let kd = i64x2.mul(i64x2.splat(MIX), i64x2(7, 8));
  let stripe: u32 = 0;
  let p = at;
  for (; p + 64 <= end; p += 64) {
    a = accumulate(a, v128.load(p), ka);
    b = accumulate(b, v128.load(p, 16), kb);
    c = accumulate(c, v128.load(p, 32), kc);
    d = accumulate(d, v128.load(p, 48), kd);
    ka = i64x2.add(ka, step);
    kb = i64x2.add(kb, step);
    kc = i64x2.add(kc, step);
    kd = i64x2.add(kd, step);
    if (++stripe == BLOCK) {
      stripe = 0;
      a = scramble(a, ka);
      b = scramble(b, kb);
      c = scramble(c, kc);
      d = scramble(d, kd);
    }
  }
  let hash: u64 = <u64>length;
  hash = fold(fold(hash, i64x2.extract_lane(a, 0)), i64x2.extract_lane(a, 1));
  hash = fold(fold(hash, i64x2.extract_lane(b, 0)), i64x2.extract_lane(b, 1));
  hash = fold(fold(hash, i64x2.extract_lane(c, 0)), i64x2.extract_lane(c, 1));
  hash = fold(fold(hash, i64x2.extract_lane(d, 0)), i64x2.extract_lane(d, 1));
  for (; p < end; p++) hash = fold(hash, load<u8>(p));
  return hash ^ (hash >> 29);
}
