const f64 = new Float64Array(1);
const u32 = new Uint32Array(f64.buffer);
const HI = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0; // index of the high word: 1 on little-endian machines
const LO = 1 - HI;

/**
 * The order of scores as unsigned 64-bit keys: a < b exactly when key(a) < key(b).
 * IEEE 754 doubles compare like sign-magnitude integers: a set sign flips all bits, a clear one flips itself. -0 is taken as 0.
 * @param hi high words, written at [at, at + scores.length)
 * @param lo low words, likewise
 */
export function scoreKeys(hi: Uint32Array, lo: Uint32Array, at: number, scores: ArrayLike<number>): void {
  for (let i = 0; i < scores.length; i++) {
    f64[0] = scores[i]! + 0;
    const h = u32[HI]!;
    const flip = h >>> 31 === 1 ? 0xffffffff : 0x80000000;
    hi[at + i] = h ^ flip;
    lo[at + i] = flip === 0xffffffff ? ~u32[LO]! : u32[LO]!;
  }
}

/** The score of a key: the inverse of {@link scoreKeys}. */
export function scoreOfKey(hi: number, lo: number): number {
  const positive = hi >>> 31 === 1;
  u32[HI] = positive ? hi ^ 0x80000000 : ~hi;
  u32[LO] = positive ? lo : ~lo;
  const score = f64[0]!;
  // A rounded key may fall on a bit pattern below -Infinity, which reads as NaN.
  return Number.isNaN(score) ? -Infinity : score;
}
