/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011): 128 random bits as a pure function
 * of a counter and a key.
 *
 * @param counter 4 words of 32 bits
 * @param key 2 words of 32 bits
 * @param out 4 words; a new array when not given
 */
export function philox(counter: ArrayLike<number>, key: ArrayLike<number>, out: Uint32Array = new Uint32Array(4)): Uint32Array {
  philoxInto(out, counter[0]!, counter[1]!, counter[2]!, counter[3]!, key[0]!, key[1]!);
  return out;
}

/** {@link philox} with its words one by one: no array is made. */
export function philoxInto(out: Uint32Array, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void {
  for (let round = 0; round < 10; round++) {
    // The high words of 0xd2511f53 * c0 and 0xcd9e8d57 * c2 by halves of 16 bits; every partial sum fits 32 bits unsigned.
    let low = c0 & 0xffff;
    let high = c0 >>> 16;
    let t = (Math.imul(0x1f53, high) + (Math.imul(0x1f53, low) >>> 16)) >>> 0;
    let u = (Math.imul(0xd251, low) + (t & 0xffff)) >>> 0;
    const high0 = (Math.imul(0xd251, high) + (t >>> 16) + (u >>> 16)) | 0;
    const low0 = Math.imul(0xd2511f53, c0);
    low = c2 & 0xffff;
    high = c2 >>> 16;
    t = (Math.imul(0x8d57, high) + (Math.imul(0x8d57, low) >>> 16)) >>> 0;
    u = (Math.imul(0xcd9e, low) + (t & 0xffff)) >>> 0;
    const high1 = (Math.imul(0xcd9e, high) + (t >>> 16) + (u >>> 16)) | 0;
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
