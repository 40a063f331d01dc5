// The twin of assembly/lib/farmhash.ts in BigInt arithmetic: Fingerprint64 of FarmHash (farmhashna::Hash64),
// https://github.com/google/farmhash/blob/master/src/farmhash.cc, copyright (c) 2014 Google, Inc., by Geoff Pike, MIT licence.

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const CAT = 0xc6a4a7935bd1e995n;
const CROSS_KEY = 0xdecafcaffen;
const LOW = 0xffffffffffffffffn;

const u64 = (v: bigint): bigint => v & LOW;
const rotr = (v: bigint, by: bigint): bigint => u64((v >> by) | (v << (64n - by)));
const shiftMix = (v: bigint): bigint => v ^ (v >> 47n);

function hash16(u: bigint, v: bigint, mul: bigint): bigint {
  const a = shiftMix(u64((u ^ v) * mul));
  return u64(shiftMix(u64((v ^ a) * mul)) * mul);
}

/** Fingerprint64 of the bytes, in [0, 2^64). */
export function fingerprint64(bytes: Uint8Array): bigint {
  const n = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, n);
  const at = (i: number): bigint => view.getBigUint64(i, true);
  const length = BigInt(n);
  const mul = u64(K2 + length * 2n);
  if (n === 0) return K2;
  if (n < 4) {
    const y = BigInt(bytes[0]! + bytes[n >> 1]! * 256);
    const z = BigInt(n + bytes[n - 1]! * 4);
    return u64(shiftMix(u64((y * K2) ^ (z * K0))) * K2);
  }
  if (n < 8) return hash16(length + (BigInt(view.getUint32(0, true)) << 3n), BigInt(view.getUint32(n - 4, true)), mul);
  if (n <= 16) {
    const a = u64(at(0) + K2);
    const b = at(n - 8);
    return hash16(u64(rotr(b, 37n) * mul + a), u64((rotr(a, 25n) + b) * mul), mul);
  }
  if (n <= 32) {
    const a = u64(at(0) * K1);
    const b = at(8);
    const c = u64(at(n - 8) * mul);
    const d = u64(at(n - 16) * K2);
    return hash16(u64(rotr(u64(a + b), 43n) + rotr(c, 30n) + d), u64(a + rotr(u64(b + K2), 18n) + c), mul);
  }
  if (n <= 64) {
    const a = u64(at(0) * K2);
    const b = at(8);
    const c = u64(at(n - 8) * mul);
    const d = u64(at(n - 16) * K2);
    const y = u64(rotr(u64(a + b), 43n) + rotr(c, 30n) + d);
    const z = hash16(y, u64(a + rotr(u64(b + K2), 18n) + c), mul);
    const e = u64(at(16) * mul);
    const f = at(24);
    const g = u64((y + at(n - 32)) * mul);
    const h = u64((z + at(n - 24)) * mul);
    return hash16(u64(rotr(u64(e + f), 43n) + rotr(g, 30n) + h), u64(e + rotr(u64(f + a), 18n) + g), mul);
  }
  return longer(n, at);
}

type Pair = [bigint, bigint];

function longer(n: number, at: (i: number) => bigint): bigint {
  const weak = (i: number, a: bigint, b: bigint): Pair => {
    const first = u64(a + at(i));
    const z = at(i + 24);
    const sum = u64(first + at(i + 8) + at(i + 16));
    return [u64(sum + z), u64(rotr(u64(b + first + z), 21n) + rotr(sum, 44n) + first)];
  };
  let y = u64(81n * K1 + 113n);
  let z = u64(shiftMix(u64(y * K2 + 113n)) * K2);
  let x = u64(81n * K2 + at(0));
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  const end = (n - 1) & ~63;
  for (let s = 0; s < end; s += 64) {
    x = u64(rotr(u64(x + y + v[0] + at(s + 8)), 37n) * K1) ^ w[1];
    y = u64(rotr(u64(y + v[1] + at(s + 48)), 42n) * K1 + v[0] + at(s + 40));
    z = u64(rotr(u64(z + w[0]), 33n) * K1);
    v = weak(s, u64(v[1] * K1), u64(x + w[0]));
    w = weak(s + 32, u64(z + w[1]), u64(y + at(s + 16)));
    [z, x] = [x, z];
  }
  const mul = u64(K1 + ((z & 0xffn) << 1n));
  const s = n - 64;
  w = [u64(w[0] + BigInt((n - 1) & 63)), w[1]];
  v = [u64(v[0] + w[0]), v[1]];
  w = [u64(w[0] + v[0]), w[1]];
  x = u64(rotr(u64(x + y + v[0] + at(s + 8)), 37n) * mul) ^ u64(w[1] * 9n);
  y = u64(rotr(u64(y + v[1] + at(s + 48)), 42n) * mul + v[0] * 9n + at(s + 40));
  z = u64(rotr(u64(z + w[0]), 33n) * mul);
  v = weak(s, u64(v[1] * mul), u64(x + w[0]));
  w = weak(s + 32, u64(z + w[1]), u64(y + at(s + 16)));
  return hash16(u64(hash16(v[0], w[0], mul) + shiftMix(y) * K0 + x), u64(hash16(v[1], w[1], mul) + z), mul);
}

/** One fingerprint of two, not commutative: FingerprintCat64 of TensorFlow (core/platform/fingerprint.h). */
export function fingerprintCat64(first: bigint, second: bigint): bigint {
  const mixed = u64((first ^ u64(shiftMix(u64(second * CAT)) * CAT)) * CAT);
  return shiftMix(u64(shiftMix(mixed) * CAT));
}

/** The twin of `hashed_ids_u32` for one text that is not missing. */
export function hashedId(fingerprint: bigint, buckets: number, salt: number): number {
  return 1 + Number((salt === 0 ? fingerprint : fingerprintCat64(fingerprint, BigInt(salt))) % BigInt(buckets));
}

/** The twin of `cross_*`: `inputs` are ids or fingerprints, 0 where missing. */
export function crossedId(inputs: readonly bigint[], buckets: number, salt: number): number {
  if (inputs.every((input) => input === 0n)) return 0;
  let state = CROSS_KEY + BigInt(salt);
  for (const input of inputs) state = fingerprintCat64(state, input);
  return 1 + Number(state % BigInt(buckets));
}
