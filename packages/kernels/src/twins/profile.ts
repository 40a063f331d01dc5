const ENTRIES = 1024;
const F64 = new Float64Array(1);
const U64 = new BigUint64Array(F64.buffer);

/** Bits of a number that rise with it, as the cells of `profile_numbers` have them; -0 is 0. */
export function orderedBits(x: number): bigint {
  F64[0] = x + 0;
  const bits = U64[0]!;
  return bits >> 63n === 1n ? ~bits & 0xffffffffffffffffn : bits | (1n << 63n);
}

/** The number with these ordered bits, inverse of {@link orderedBits}; NaN past the infinities. */
export function fromOrderedBits(ordered: bigint): number {
  U64[0] = ordered >> 63n === 1n ? ordered & 0x7fffffffffffffffn : ~ordered & 0xffffffffffffffffn;
  return F64[0]!;
}

/** The twin of `profile_numbers`: the least level at which the numbers (no NaN) fall into 1024 cells at most, and the cells' counts by key. */
export function numberCells(numbers: Iterable<number>): { level: number; cells: Map<bigint, number> } {
  const exact = new Map<bigint, number>();
  for (const x of numbers) exact.set(orderedBits(x), (exact.get(orderedBits(x)) ?? 0) + 1);
  for (let level = 0; ; level++) {
    const cells = new Map<bigint, number>();
    for (const [key, count] of exact) cells.set(key >> BigInt(level), (cells.get(key >> BigInt(level)) ?? 0) + count);
    if (cells.size <= ENTRIES) return { level, cells };
  }
}

/** The twin of `profile_texts`: the least level that leaves 1024 fingerprints at most, their counts, and the rows by fingerprint mod 1024. */
export function textSample(fingerprints: Iterable<bigint>): { level: number; sample: Map<bigint, number>; buckets: number[] } {
  const exact = new Map<bigint, number>();
  const buckets = new Array<number>(ENTRIES).fill(0);
  for (const f of fingerprints) {
    exact.set(f, (exact.get(f) ?? 0) + 1);
    buckets[Number(f % 1024n)]!++;
  }
  for (let level = 0; ; level++) {
    const sample = new Map([...exact].filter(([f]) => f >> BigInt(64 - level) === 0n));
    if (sample.size <= ENTRIES) return { level, sample, buckets };
  }
}
