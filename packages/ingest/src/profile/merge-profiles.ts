import { PROFILE as P } from "@crossbill/kernels";
import { CrossbillError, v1 } from "@crossbill/messages";
import { bytesOfKeys, coarsened, coarsenedToFit, countedKeys, keysBelow, mergeCounted } from "./counted-keys.js";

/** Two profiles of the same fields as one. The result does not depend on the order of merging: every table's content is a function of the rows in it. */
export function mergeProfiles(a: v1.DataProfile, b: v1.DataProfile): v1.DataProfile {
  const same = a.profiles.length === b.profiles.length && a.keys.length === b.keys.length && a.profiles.every(({ field }, i) => field === b.profiles[i]!.field);
  if (!same) throw new CrossbillError("E_PROFILE", "profiles of different fields cannot be merged");
  return v1.DataProfile.create({
    formatVersion: a.formatVersion,
    rows: a.rows + b.rows,
    fields: a.fields,
    profiles: a.profiles.map((own, i) => mergeFields(own, b.profiles[i]!)),
    keys: a.keys.map(({ column, keys }, i) => v1.KeyProfile.create({ column, keys: mergeTexts(keys!, b.keys[i]!.keys!) })),
  });
}

function mergeFields(a: v1.FieldProfile, b: v1.FieldProfile): v1.FieldProfile {
  return v1.FieldProfile.create({
    field: a.field,
    missing: a.missing + b.missing,
    items: a.items,
    ...(a.numbers == null || b.numbers == null ? {} : { numbers: mergeNumbers(a.numbers, b.numbers) }),
    ...(a.texts == null || b.texts == null ? {} : { texts: mergeTexts(a.texts, b.texts) }),
  });
}

function mergeNumbers(a: v1.NumberProfile, b: v1.NumberProfile): v1.NumberProfile {
  const level = Math.max(a.level, b.level);
  const [ours, theirs] = [a, b].map(({ cells, counts, level: own }) => coarsened(countedKeys(cells, counts), level - own)) as [
    ReturnType<typeof coarsened>,
    ReturnType<typeof coarsened>,
  ];
  const { bits, keys } = coarsenedToFit(mergeCounted(ours, theirs));
  return v1.NumberProfile.create({
    integers: a.integers + b.integers,
    minimum: Number.isNaN(a.minimum) ? b.minimum : Number.isNaN(b.minimum) ? a.minimum : Math.min(a.minimum, b.minimum),
    maximum: Number.isNaN(a.maximum) ? b.maximum : Number.isNaN(b.maximum) ? a.maximum : Math.max(a.maximum, b.maximum),
    level: level + bits,
    cells: bytesOfKeys(keys),
    counts: [...keys.counts],
  });
}

function mergeTexts(a: v1.TextProfile, b: v1.TextProfile): v1.TextProfile {
  const { halves, counts, from } = mergeCounted(countedKeys(a.fingerprints, a.counts), countedKeys(b.fingerprints, b.counts));
  let level = Math.max(a.level, b.level);
  let kept = keysBelow({ halves, counts }, level);
  while (kept > P.entries) kept = keysBelow({ halves, counts }, ++level);
  const [inA, inB] = [placesOf(a), placesOf(b)];
  const named = a.lengths.length + b.lengths.length > 0;
  const lengths: number[] = [];
  const shown: Uint8Array[] = [];
  for (let k = 0; named && k < kept; k++) {
    const [of, places, i] = from[k]! >= 0 ? [a, inA, from[k]!] : [b, inB, -1 - from[k]!];
    lengths.push(of.lengths[i]!);
    shown.push(of.shown.subarray(places[i]!, places[i + 1]!));
  }
  const [ofA, ofB] = level === 0 ? [[], []] : [bucketsOf(a), bucketsOf(b)];
  return v1.TextProfile.create({
    level,
    fingerprints: bytesOfKeys({ halves: halves.slice(0, 2 * kept), counts }),
    counts: counts.slice(0, kept),
    lengths,
    shown: Buffer.concat(shown),
    buckets: ofA.map((rows, i) => rows + ofB[i]!),
  });
}

/** Where the shown bytes of each text begin, and the end of the last. */
function placesOf({ lengths }: v1.TextProfile): Uint32Array {
  const places = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) places[i + 1] = places[i]! + Math.min(P.textBytes, lengths[i]!);
  return places;
}

/** Rows by fingerprint modulo 1024. */
export function bucketsOf(profile: v1.TextProfile): number[] {
  if (profile.buckets.length > 0) return profile.buckets;
  const buckets = new Array<number>(P.buckets).fill(0);
  const { halves, counts } = countedKeys(profile.fingerprints, profile.counts);
  for (let i = 0; i < counts.length; i++) {
    const bucket = halves[2 * i]! % P.buckets;
    buckets[bucket] = buckets[bucket]! + counts[i]!;
  }
  return buckets;
}
