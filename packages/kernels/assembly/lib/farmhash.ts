// Fingerprint64 of FarmHash (farmhashna::Hash64), after https://github.com/google/farmhash/blob/master/src/farmhash.cc:
// Copyright (c) 2014 Google, Inc., by Geoff Pike. MIT licence. The twin is src/twins/fingerprint.ts.

// @ts-ignore: decorator
@inline const K0: u64 = 0xc3a5c85c97cb3127;
// @ts-ignore: decorator
@inline const K1: u64 = 0xb492b66fbe98f273;
// @ts-ignore: decorator
@inline const K2: u64 = 0x9ae16a3b2f90404f;
// @ts-ignore: decorator
@inline const CAT: u64 = 0xc6a4a7935bd1e995;

// @ts-ignore: decorator
@inline function shiftMix(v: u64): u64 {
  return v ^ (v >> 47);
}

// @ts-ignore: decorator
@inline function hash16(u: u64, v: u64, mul: u64): u64 {
  const a = shiftMix((u ^ v) * mul);
  return shiftMix((v ^ a) * mul) * mul;
}

// @ts-ignore: decorator
@inline function to16(s: usize, length: u64): u64 {
  if (length >= 8) {
    const mul = K2 + length * 2;
    const a = load<u64>(s) + K2;
    const b = load<u64>(s + <usize>length - 8);
    return hash16(rotr(b, 37) * mul + a, (rotr(a, 25) + b) * mul, mul);
  }
  if (length >= 4) {
    const mul = K2 + length * 2;
    return hash16(length + (<u64>load<u32>(s) << 3), load<u32>(s + <usize>length - 4), mul);
  }
  if (length == 0) return K2;
  const y = <u32>load<u8>(s) + (<u32>load<u8>(s + <usize>(length >> 1)) << 8);
  const z = <u32>length + (<u32>load<u8>(s + <usize>length - 1) << 2);
  return shiftMix((<u64>y * K2) ^ (<u64>z * K0)) * K2;
}

function to32(s: usize, length: u64): u64 {
  const mul = K2 + length * 2;
  const end = s + <usize>length;
  const a = load<u64>(s) * K1;
  const b = load<u64>(s + 8);
  const c = load<u64>(end - 8) * mul;
  const d = load<u64>(end - 16) * K2;
  return hash16(rotr(a + b, 43) + rotr(c, 30) + d, a + rotr(b + K2, 18) + c, mul);
}

function to64(s: usize, length: u64): u64 {
  const mul = K2 + length * 2;
  const end = s + <usize>length;
  const a = load<u64>(s) * K2;
  const b = load<u64>(s + 8);
  const c = load<u64>(end - 8) * mul;
  const d = load<u64>(end - 16) * K2;
  const y = rotr(a + b, 43) + rotr(c, 30) + d;
  const z = hash16(y, a + rotr(b + K2, 18) + c, mul);
  const e = load<u64>(s + 16) * mul;
  const f = load<u64>(s + 24);
  const g = (y + load<u64>(end - 32)) * mul;
  const h = (z + load<u64>(end - 24)) * mul;
  return hash16(rotr(e + f, 43) + rotr(g, 30) + h, e + rotr(f + a, 18) + g, mul);
}

/** The low half of WeakHashLen32WithSeeds; the high half is {@link weakHigh}. */
// @ts-ignore: decorator
@inline function weakLow(s: usize, a: u64): u64 {
  return a + load<u64>(s) + load<u64>(s + 8) + load<u64>(s + 16) + load<u64>(s + 24);
}
// @ts-ignore: decorator
@inline function weakHigh(s: usize, a: u64, b: u64): u64 {
  const first = a + load<u64>(s);
  return rotr(b + first + load<u64>(s + 24), 21) + rotr(first + load<u64>(s + 8) + load<u64>(s + 16), 44) + first;
}

function longer(s: usize, length: u64): u64 {
  let x: u64 = 81;
  let y: u64 = 81 * K1 + 113;
  let z: u64 = shiftMix(y * K2 + 113) * K2;
  let v1: u64 = 0;
  let v2: u64 = 0;
  let w1: u64 = 0;
  let w2: u64 = 0;
  x = x * K2 + load<u64>(s);
  const end = s + <usize>(((length - 1) >> 6) << 6);
  const last = end + <usize>((length - 1) & 63) - 63;
  do {
    x = rotr(x + y + v1 + load<u64>(s + 8), 37) * K1;
    y = rotr(y + v2 + load<u64>(s + 48), 42) * K1;
    x ^= w2;
    y += v1 + load<u64>(s + 40);
    z = rotr(z + w1, 33) * K1;
    const a = v2 * K1;
    const b = x + w1;
    v1 = weakLow(s, a);
    v2 = weakHigh(s, a, b);
    const c = z + w2;
    const d = y + load<u64>(s + 16);
    w1 = weakLow(s + 32, c);
    w2 = weakHigh(s + 32, c, d);
    const t = z;
    z = x;
    x = t;
    s += 64;
  } while (s != end);
  const mul = K1 + ((z & 0xff) << 1);
  s = last;
  w1 += (length - 1) & 63;
  v1 += w1;
  w1 += v1;
  x = rotr(x + y + v1 + load<u64>(s + 8), 37) * mul;
  y = rotr(y + v2 + load<u64>(s + 48), 42) * mul;
  x ^= w2 * 9;
  y += v1 * 9 + load<u64>(s + 40);
  z = rotr(z + w1, 33) * mul;
  const a = v2 * mul;
  const b = x + w1;
  v1 = weakLow(s, a);
  v2 = weakHigh(s, a, b);
  const c = z + w2;
  const d = y + load<u64>(s + 16);
  w1 = weakLow(s + 32, c);
  w2 = weakHigh(s + 32, c, d);
  return hash16(hash16(v1, w1, mul) + shiftMix(y) * K0 + x, hash16(v2, w2, mul) + z, mul);
}

/** Fingerprint64 of the `length` bytes at `s`. */
// @ts-ignore: decorator
@inline export function fingerprint64(s: usize, length: u64): u64 {
  if (length <= 16) return to16(s, length);
  if (length <= 32) return to32(s, length);
  return length <= 64 ? to64(s, length) : longer(s, length);
}

/** One fingerprint of two, not commutative: FingerprintCat64 of TensorFlow (core/platform/fingerprint.h). */
// @ts-ignore: decorator
@inline export function fingerprintCat64(first: u64, second: u64): u64 {
  const mixed = (first ^ (shiftMix(second * CAT) * CAT)) * CAT;
  return shiftMix(shiftMix(mixed) * CAT);
}
