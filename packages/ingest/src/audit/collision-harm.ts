import { chiSquareUpper, log } from "@crossbill/numerics";

/** Level of the false discovery rate over all tested buckets (Benjamini and Hochberg 1995). */
const FALSE_DISCOVERY_RATE = 0.05;
/** Expected rows of either label that a key needs to be tested (Cochran 1954). */
const LEAST_EXPECTED = 5;

/** Keys with their rows and rows of label 1, and the bucket of each. */
export interface HashedCounts {
  readonly buckets: Uint32Array;
  readonly counts: Float64Array;
  readonly positives: Float64Array;
}

/** A bucket whose keys have different label rates beyond chance. */
export interface HarmfulBucket {
  readonly bucket: number;
  /** Indices of its keys, by falling rows. */
  readonly keys: readonly number[];
  readonly rows: number;
  readonly pValue: number;
  /** Log-loss that telling its keys apart would save in this bucket, in all: (G - degrees of freedom) / 2, in nats. */
  readonly loss: number;
}

export interface CollisionReport {
  /** Buckets that hold a key. */
  readonly used: number;
  /** Keys that share their bucket with another one. */
  readonly sharing: number;
  /** Buckets with at least two groups of keys large enough to be compared. */
  readonly tested: number;
  /** By falling loss. */
  readonly harmful: readonly HarmfulBucket[];
  /** Sum of their losses over all rows, in nats a row. */
  readonly harm: number;
}

/**
 * What collides. In a bucket of label rate p the keys with at least 5 expected rows of either label, n p >= 5 and n (1 - p) >= 5, are compared, all the others together
 * being one more key if they are enough: G = 2 sum (positives ln(rate / p) + negatives ln((1 - rate) / (1 - p))) is about chi-square with one degree of freedom less
 * than keys. Harmful are the buckets that Benjamini and Hochberg's procedure finds at a false discovery rate of 5%.
 */
export function findCollisions({ buckets, counts, positives }: HashedCounts): CollisionReport {
  const order = Uint32Array.from(buckets, (_, i) => i).sort((a, b) => buckets[a]! - buckets[b]! || counts[b]! - counts[a]! || a - b);
  let used = 0;
  let sharing = 0;
  const tests: HarmfulBucket[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && buckets[order[to]!] === buckets[order[from]!]) to++;
    used++;
    if (to - from > 1) {
      sharing += to - from;
      const test = testBucket(order.subarray(from, to), counts, positives);
      if (test !== null) tests.push({ bucket: buckets[order[from]!]!, ...test });
    }
    from = to;
  }
  const byP = [...tests].sort((a, b) => a.pValue - b.pValue || a.bucket - b.bucket);
  let found = 0;
  byP.forEach(({ pValue }, i) => {
    if (pValue <= (FALSE_DISCOVERY_RATE * (i + 1)) / tests.length) found = i + 1;
  });
  const harmful = byP.slice(0, found).sort((a, b) => b.loss - a.loss || a.bucket - b.bucket);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return { used, sharing, tested: tests.length, harmful, harm: rows === 0 ? 0 : harmful.reduce((sum, { loss }) => sum + loss, 0) / rows };
}

function testBucket(keys: Uint32Array, counts: Float64Array, positives: Float64Array): Omit<HarmfulBucket, "bucket"> | null {
  let [rows, ones] = [0, 0];
  for (const key of keys) {
    rows += counts[key]!;
    ones += positives[key]!;
  }
  const p = ones / rows;
  const isEnough = (n: number): boolean => n * Math.min(p, 1 - p) >= LEAST_EXPECTED;
  if (!isEnough(rows)) return null;
  let g = 0;
  let groups = 0;
  let [restRows, restOnes] = [0, 0];
  const add = (n: number, y: number): void => {
    groups++;
    g += 2 * (part(y, n * p) + part(n - y, n * (1 - p)));
  };
  for (const key of keys) {
    if (isEnough(counts[key]!)) add(counts[key]!, positives[key]!);
    else {
      restRows += counts[key]!;
      restOnes += positives[key]!;
    }
  }
  if (isEnough(restRows)) add(restRows, restOnes);
  if (groups < 2) return null;
  return { keys: [...keys], rows, pValue: chiSquareUpper(g, groups - 1), loss: Math.max(0, (g - (groups - 1)) / 2) };
}

/** observed ln(observed / expected), 0 ln 0 = 0. */
function part(observed: number, expected: number): number {
  return observed > 0 ? observed * log(observed / expected) : 0;
}
