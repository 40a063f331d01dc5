import type { v1 } from "@crossbill/messages";
import { expm1, log1p } from "@crossbill/numerics";
import { distinctTexts } from "./distribution.js";

/** Expected share of n keys, hashed into B buckets, that share a bucket with another one: 1 - (1 - 1/B)^(n-1). */
export function expectedSharing(keys: number, buckets: number): number {
  return keys <= 1 ? 0 : buckets <= 1 ? 1 : -expm1((keys - 1) * log1p(-1 / buckets));
}

const GOOD_SHARE = 0.1;
const MOST_BITS = 30;

/** The least b so that in 2^b buckets at most a tenth of the keys is expected to share one; null: more than 30. */
export function goodBucketBits(keys: number): number | null {
  for (let bits = 1; bits <= MOST_BITS; bits++) if (expectedSharing(keys, 2 ** bits) <= GOOD_SHARE) return bits;
  return null;
}

/** A column that hashes, and how many keys a profile says there are. */
export interface HashedKeys {
  readonly column: string;
  readonly buckets: number;
  readonly keys: number;
  /** Whether `keys` is no estimate. */
  readonly exact: boolean;
}

/** The hashed columns of a profile, in their order. */
export function hashedKeys(columns: readonly v1.ColumnSpec[], profile: v1.DataProfile): HashedKeys[] {
  const texts = new Map(profile.profiles.map(({ field, texts: of }) => [field, of]));
  const crosses = new Map(profile.keys.map(({ column, keys }) => [column, keys]));
  return columns.flatMap(({ name, hashed, crossed }) => {
    const of = hashed != null ? texts.get(hashed.field) : crosses.get(name);
    const buckets = hashed?.buckets ?? crossed?.buckets ?? 0;
    return of == null || buckets === 0 ? [] : [{ column: name, buckets, keys: distinctTexts(of), exact: of.level === 0 }];
  });
}
