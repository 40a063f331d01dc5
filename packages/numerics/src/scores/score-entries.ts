import { sortKeys } from "./sort-keys.js";

/** Columns of (score key, place of a digit) with the summed digits of both labels; all of one length. */
export interface Entries {
  hi: Uint32Array;
  lo: Uint32Array;
  places: Int8Array;
  /** Integers below 2^53. */
  positives: Float64Array;
  negatives: Float64Array;
}

export function emptyEntries(length: number): Entries {
  return {
    hi: new Uint32Array(length),
    lo: new Uint32Array(length),
    places: new Int8Array(length),
    positives: new Float64Array(length),
    negatives: new Float64Array(length),
  };
}

/** A copy of the entries [start, end). */
export function takeEntries(entries: Entries, start: number, end: number): Entries {
  return {
    hi: entries.hi.slice(start, end),
    lo: entries.lo.slice(start, end),
    places: entries.places.slice(start, end),
    positives: entries.positives.slice(start, end),
    negatives: entries.negatives.slice(start, end),
  };
}

/** The entries in columns of a new length. */
export function growEntries(entries: Entries, length: number): Entries {
  const grown = emptyEntries(length);
  grown.hi.set(entries.hi);
  grown.lo.set(entries.lo);
  grown.places.set(entries.places);
  grown.positives.set(entries.positives);
  grown.negatives.set(entries.negatives);
  return grown;
}

/** Sorts the first `size` entries by key, then place, and adds up equal ones, in place. Returns how many are left. */
export function combine(entries: Entries, size: number): number {
  const { hi, lo, places, positives, negatives } = takeEntries(entries, 0, size);
  const order = sortKeys(hi, lo, places);
  let kept = 0;
  for (let k = 0; k < size; k++) {
    const row = order[k]!;
    const last = kept - 1;
    if (kept > 0 && entries.hi[last] === hi[row] && entries.lo[last] === lo[row] && entries.places[last] === places[row]) {
      entries.positives[last]! += positives[row]!;
      entries.negatives[last]! += negatives[row]!;
      continue;
    }
    entries.hi[kept] = hi[row]!;
    entries.lo[kept] = lo[row]!;
    entries.places[kept] = places[row]!;
    entries.positives[kept] = positives[row]!;
    entries.negatives[kept++] = negatives[row]!;
  }
  return kept;
}

/** Two lists that are sorted by key, then place, and without repetition, as one. */
export function mergeEntries(a: Entries, aSize: number, b: Entries, bSize: number): { entries: Entries; size: number } {
  const entries = emptyEntries(aSize + bSize);
  let size = 0;
  for (let i = 0, j = 0; i < aSize || j < bSize; size++) {
    const order = i === aSize ? 1 : j === bSize ? -1 : a.hi[i]! - b.hi[j]! || a.lo[i]! - b.lo[j]! || a.places[i]! - b.places[j]!;
    const from = order <= 0 ? a : b;
    const at = order <= 0 ? i : j;
    entries.hi[size] = from.hi[at]!;
    entries.lo[size] = from.lo[at]!;
    entries.places[size] = from.places[at]!;
    entries.positives[size] = order === 0 ? a.positives[i]! + b.positives[j]! : from.positives[at]!;
    entries.negatives[size] = order === 0 ? a.negatives[i]! + b.negatives[j]! : from.negatives[at]!;
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return { entries, size };
}

/** Whether the first `size` entries are sorted by key, then place, and without repetition. */
export function areAscending({ hi, lo, places }: Entries, size: number): boolean {
  for (let k = 1; k < size; k++) if ((hi[k - 1]! - hi[k]! || lo[k - 1]! - lo[k]! || places[k - 1]! - places[k]!) >= 0) return false;
  return true;
}

/** How many distinct keys the first `size` entries, sorted by key, have without their `bits` lowest bits. */
export function distinctKeys(entries: Entries, size: number, bits: number): number {
  const [maskHi, maskLo] = masks(bits);
  let distinct = size === 0 ? 0 : 1;
  for (let k = 1; k < size; k++) {
    if ((((entries.hi[k]! ^ entries.hi[k - 1]!) & maskHi) | ((entries.lo[k]! ^ entries.lo[k - 1]!) & maskLo)) !== 0) distinct++;
  }
  return distinct;
}

/** Sets the `bits` lowest bits of the first `size` keys to 0: rounds the scores down. */
export function roundKeys(entries: Entries, size: number, bits: number): void {
  if (bits === 0) return;
  const [maskHi, maskLo] = masks(bits);
  for (let k = 0; k < size; k++) {
    entries.hi[k]! &= maskHi;
    entries.lo[k]! &= maskLo;
  }
}

function masks(bits: number): [hi: number, lo: number] {
  return [bits >= 64 ? 0 : bits <= 32 ? -1 : -1 << (bits - 32), bits >= 32 ? 0 : -1 << bits];
}
