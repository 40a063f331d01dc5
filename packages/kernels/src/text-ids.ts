import { fingerprint64 } from "./twins/fingerprint.js";

// Fingerprint64 and FingerprintCat64 (see twins/fingerprint.ts) with 64-bit numbers as two halves of 32 bits, for one text at a time: many times as fast as BigInt.

const K0 = [0xc3a5c85c, 0x97cb3127] as const;
const K1 = [0xb492b66f, 0xbe98f273] as const;
const K2 = [0x9ae16a3b, 0x2f90404f] as const;
const CAT = [0xc6a4a793, 0x5bd1e995] as const;

/** Texts of more bytes, and those that are not ASCII, go the slow way. */
const LONGEST = 32;
const bytes = new Uint8Array(LONGEST);
/** What the functions below leave: the upper and the lower half. */
const out = new Int32Array(2);

/** (ah, al) * (bh, bl), the lower 64 bits. */
function multiply(ah: number, al: number, bh: number, bl: number): void {
  const [a0, a1, b0, b1] = [al & 0xffff, al >>> 16, bl & 0xffff, bl >>> 16];
  const low = Math.imul(a0, b0) >>> 0;
  const middle = (Math.imul(a1, b0) >>> 0) + (low >>> 16);
  const upper = (Math.imul(a0, b1) >>> 0) + (middle & 0xffff);
  // Each sum is below 2^32 but for `middle`, whose upper bits come from a product below 2^32 - 2^17 + 1.
  out[0] = Math.imul(a1, b1) + (middle >>> 16) + (upper >>> 16) + Math.imul(ah, bl) + Math.imul(al, bh);
  out[1] = (upper << 16) | (low & 0xffff);
}

/** Of the carry of al + bl. */
function carry(al: number, bl: number): number {
  return (al >>> 0) + (bl >>> 0) > 0xffffffff ? 1 : 0;
}

function shiftMix(): void {
  out[1] = out[1]! ^ (out[0]! >>> 15);
}

/** hash16 of farmhash.cc, left in `out`. */
function hash16(uh: number, ul: number, vh: number, vl: number, mh: number, ml: number): void {
  multiply(uh ^ vh, ul ^ vl, mh, ml);
  shiftMix();
  multiply(vh ^ out[0]!, vl ^ out[1]!, mh, ml);
  shiftMix();
  multiply(out[0]!, out[1]!, mh, ml);
}

function load(at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Fingerprint64 of the first n of `bytes`, left in `out`; n <= 32. */
function fingerprint(n: number): void {
  const ml = (K2[1] + 2 * n) | 0;
  const mh = K2[0] | 0;
  if (n === 0) {
    out[0] = K2[0];
    out[1] = K2[1];
  } else if (n < 4) {
    const y = bytes[0]! + bytes[n >> 1]! * 256;
    const z = n + bytes[n - 1]! * 4;
    multiply(0, z, K0[0], K0[1]);
    const [h, l] = [out[0]!, out[1]!];
    multiply(0, y, K2[0], K2[1]);
    out[0] = out[0]! ^ h;
    out[1] = out[1]! ^ l;
    shiftMix();
    multiply(out[0]!, out[1]!, K2[0], K2[1]);
  } else if (n < 8) {
    const first = load(0);
    const ul = (first << 3) | 0;
    hash16((first >>> 29) + carry(ul, n), ul + n, 0, load(n - 4), mh, ml);
  } else if (n <= 16) {
    const [bl, bh] = [load(n - 8), load(n - 4)];
    const fl = load(0);
    const al = (fl + K2[1]) | 0;
    const ah = (load(4) + K2[0] + carry(fl, K2[1])) | 0;
    // rotr(b, 37) = the halves exchanged, then rotr by 5
    multiply((bl >>> 5) | (bh << 27), (bh >>> 5) | (bl << 27), mh, ml);
    const ch = (out[0]! + ah + carry(out[1]!, al)) | 0;
    const cl = (out[1]! + al) | 0;
    const rl = (al >>> 25) | (ah << 7);
    const rh = (ah >>> 25) | (al << 7);
    multiply((rh + bh + carry(rl, bl)) | 0, (rl + bl) | 0, mh, ml);
    hash16(ch, cl, out[0]!, out[1]!, mh, ml);
  } else {
    multiply(load(4), load(0), K1[0], K1[1]);
    const [ah, al] = [out[0]!, out[1]!];
    const [bh, bl] = [load(12), load(8)];
    multiply(load(n - 4), load(n - 8), mh, ml);
    const [ch, cl] = [out[0]!, out[1]!];
    multiply(load(n - 12), load(n - 16), K2[0], K2[1]);
    const [dh, dl] = [out[0]!, out[1]!];
    // rotr(a + b, 43) + rotr(c, 30) + d
    const sl = (al + bl) | 0;
    const sh = (ah + bh + carry(al, bl)) | 0;
    const [rl, rh] = [(sh >>> 11) | (sl << 21), (sl >>> 11) | (sh << 21)];
    const [tl, th] = [(cl >>> 30) | (ch << 2), (ch >>> 30) | (cl << 2)];
    const ml1 = (rl + tl) | 0;
    const mh1 = (rh + th + carry(rl, tl)) | 0;
    const ul = (ml1 + dl) | 0;
    const uh = (mh1 + dh + carry(ml1, dl)) | 0;
    // a + rotr(b + K2, 18) + c
    const el = (bl + K2[1]) | 0;
    const eh = (bh + K2[0] + carry(bl, K2[1])) | 0;
    const [fl, fh] = [(el >>> 18) | (eh << 14), (eh >>> 18) | (el << 14)];
    const gl = (al + fl) | 0;
    const gh = (ah + fh + carry(al, fl)) | 0;
    const vl = (gl + cl) | 0;
    const vh = (gh + ch + carry(gl, cl)) | 0;
    hash16(uh, ul, vh, vl, mh, ml);
  }
}

/** Fingerprint64 of the text's UTF-8, left in `out`. */
function fingerprintOf(text: string): void {
  const n = text.length;
  let every = 0;
  if (n <= LONGEST) {
    for (let i = 0; i < n; i++) {
      const unit = text.charCodeAt(i);
      every |= unit;
      bytes[i] = unit;
    }
    if (every < 0x80) {
      fingerprint(n);
      return;
    }
  }
  const slow = fingerprint64(Buffer.from(text, "utf8"));
  out[0] = Number(slow >> 32n);
  out[1] = Number(slow & 0xffffffffn);
}

/** Fingerprint64 of the text's UTF-8, in [0, 2^64). */
export function textFingerprint(text: string): bigint {
  fingerprintOf(text);
  return (BigInt(out[0]! >>> 0) << 32n) | BigInt(out[1]! >>> 0);
}

/** The highest `bits` (33 to 53) of {@link textFingerprint}, as a whole number. */
export function textFingerprintPrefix(text: string, bits: number): number {
  fingerprintOf(text);
  return (out[0]! >>> 0) * 2 ** (bits - 32) + (out[1]! >>> (64 - bits));
}

/** The ids that `hashed_ids_u32` gives texts that are not missing: 1 + f mod buckets, f = Fingerprint64, with a salt other than 0 FingerprintCat64(f, salt). */
export function hashedTextIds(buckets: number, salt: number): (text: string) => number {
  multiply(0, salt | 0, CAT[0], CAT[1]);
  shiftMix();
  multiply(out[0]!, out[1]!, CAT[0], CAT[1]);
  const [saltHigh, saltLow] = [out[0]!, out[1]!];
  const mask = buckets > 0 && (buckets & (buckets - 1)) === 0 ? buckets - 1 : -1;
  return (text) => {
    fingerprintOf(text);
    if (salt !== 0) {
      multiply(out[0]! ^ saltHigh, out[1]! ^ saltLow, CAT[0], CAT[1]);
      shiftMix();
      multiply(out[0]!, out[1]!, CAT[0], CAT[1]);
      shiftMix();
    }
    const low = out[1]! >>> 0;
    if (mask >= 0) return 1 + ((low & mask) >>> 0);
    // Sixteen bits at a time: every step is exact, as buckets < 2^32.
    const upper = (out[0]! >>> 0) % buckets;
    return 1 + ((((upper * 65536 + (low >>> 16)) % buckets) * 65536 + (low & 0xffff)) % buckets);
  };
}
