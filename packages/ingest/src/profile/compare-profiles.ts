import { v1 } from "@crossbill/messages";
import type { CheckSpec, FieldChecks, Limits } from "./check-spec.js";
import { expectedSharing, goodBucketBits, hashedKeys } from "./collisions.js";
import { chance, type Distances, distances, numberHistograms, rowsOutside, textHistograms, textsOf, valuesOf } from "./distribution.js";
import { type FieldType, typeOf } from "./field-type.js";
import { keysOf } from "./tables.js";
import { distinctValues } from "./unique-values.js";

/** How a field of two profiles differs; NaN where it cannot be said. */
export interface FieldDrift {
  readonly field: string;
  readonly types: readonly [FieldType, FieldType];
  /** Shares of rows without a value: reference, now. */
  readonly missing: readonly [number, number];
  readonly distances: Distances;
  /** What chance alone may reach. */
  readonly chance: Distances;
  /** Share of now's values whose text is new. */
  readonly newCategories: number;
  /** The share that the reference lets expect: its texts seen once, by its values (Good 1953). */
  readonly expectedNew: number;
  /** The most frequent new texts. */
  readonly newTexts: readonly string[];
  /** Share of now's rows with a number outside the reference's range. */
  readonly outside: number;
  /** The reference's range and now's. */
  readonly ranges: readonly [readonly [number, number], readonly [number, number]] | null;
}

/** Every field that both profiles know, in the order of now's. */
export function compareProfiles(reference: v1.DataProfile, now: v1.DataProfile): FieldDrift[] {
  const before = new Map(reference.profiles.map((profile) => [profile.field, profile]));
  return now.profiles.flatMap((profile) => {
    const other = before.get(profile.field);
    return other === undefined ? [] : [compareFields(other, reference.rows, profile, now.rows)];
  });
}

function compareFields(a: v1.FieldProfile, n: number, b: v1.FieldProfile, m: number): FieldDrift {
  const numbers = a.numbers != null && b.numbers != null;
  const texts = a.texts != null && b.texts != null;
  const histograms = numbers ? numberHistograms(a.numbers!, b.numbers!) : texts ? textHistograms(a.texts!, b.texts!) : { reference: [], now: [] };
  const fresh = texts ? newTexts(a.texts!, b.texts!) : null;
  const [low, high] = [a.numbers?.minimum ?? Number.NaN, a.numbers?.maximum ?? Number.NaN];
  return {
    field: b.field,
    types: [typeOf(a), typeOf(b)],
    missing: [a.missing / n, b.missing / m],
    distances: distances(histograms),
    chance: chance(histograms),
    newCategories: fresh === null ? Number.NaN : fresh.values / valuesOf(b.texts!),
    expectedNew: texts ? (a.texts!.counts.filter((count) => count === 1).length * 2 ** a.texts!.level) / valuesOf(a.texts!) : Number.NaN,
    newTexts: fresh?.texts ?? [],
    outside: numbers && !Number.isNaN(low) ? rowsOutside(b.numbers!, low, high) / m : Number.NaN,
    ranges: numbers
      ? [
          [low, high],
          [b.numbers!.minimum, b.numbers!.maximum],
        ]
      : null,
  };
}

/** Values of now with texts that the reference lacks, from those that both samples would hold: estimated by their share of the fingerprints' range. */
function newTexts(reference: v1.TextProfile, now: v1.TextProfile): { values: number; texts: string[] } {
  const level = Math.max(reference.level, now.level);
  const known = new Set(keysOf(reference.fingerprints));
  const fresh = textsOf(now).filter(({ fingerprint }) => fingerprint >> BigInt(64 - level) === 0n && !known.has(fingerprint));
  return { values: fresh.reduce((sum, { count }) => sum + count, 0) * 2 ** level, texts: fresh.slice(0, 3).map(({ text }) => text) };
}

/** What of the differences is above the limits: warnings and failures, fields in their order. */
export function checkProfiles(reference: v1.DataProfile, now: v1.DataProfile, spec: CheckSpec): v1.DataCheck[] {
  const checksOf = (field: string): FieldChecks | null => (spec.fields.has(field) ? spec.fields.get(field)! : spec);
  const found: v1.DataCheck[] = [];
  const schema = (check: string, field: string, message: string): void => {
    const how = checksOf(field)?.schema ?? "off";
    if (how !== "off") found.push(checkOf(check, field, how === "fail", Number.NaN, Number.NaN, message));
  };
  const before = new Set(reference.fields);
  const today = new Set(now.fields);
  for (const field of now.fields) if (!before.has(field)) schema("newField", field, `field ${quoted(field)} is new`);
  for (const field of reference.fields) if (!today.has(field)) schema("missingField", field, `field ${quoted(field)} is gone`);
  for (const drift of compareProfiles(reference, now)) {
    const { field, types, missing, newCategories, expectedNew, outside, ranges } = drift;
    const checks = checksOf(field);
    if (checks === null) continue;
    if (types[0] !== types[1] && !types.includes("empty"))
      schema("type", field, `field ${quoted(field)}: its values are of type ${types[1]}, they were of type ${types[0]}`);
    if (Math.min(reference.rows, now.rows) < spec.minRows) continue;
    const above = (check: string, value: number, limits: Limits, least: number, message: string): void => {
      const over = (limit: number | null): boolean => limit !== null && value > Math.max(limit, least);
      const failed = over(limits.fail);
      if (failed || over(limits.warn))
        found.push(checkOf(check, field, failed, value, failed ? limits.fail! : limits.warn!, `field ${quoted(field)}: ${message}`));
    };
    const [p, q] = missing;
    const pooled = (p * reference.rows + q * now.rows) / (reference.rows + now.rows);
    const spread = Math.sqrt(pooled * (1 - pooled) * (1 / reference.rows + 1 / now.rows));
    above("missing", Math.abs(q - p), checks.missing, 3 * spread, `${percent(q)} of the rows have no value, it was ${percent(p)}`);
    above(
      "newCategories",
      newCategories - expectedNew,
      checks.newCategories,
      3 / Math.sqrt(now.rows),
      `${percent(newCategories)} of the values were not there (${drift.newTexts.map(quoted).join(", ")}${drift.newTexts.length === 3 ? ", ..." : ""}); ${percent(expectedNew)} were to be expected`,
    );
    if (ranges !== null)
      above(
        "range",
        outside,
        checks.range,
        0,
        `${percent(outside)} of the rows are outside the range it had, ${ranges[0][0]} to ${ranges[0][1]}; it is ${ranges[1][0]} to ${ranges[1][1]} now`,
      );
    const { metric } = checks.drift;
    above(
      "drift",
      drift.distances[metric],
      checks.drift,
      drift.chance[metric],
      `its distribution changed: ${NAMES[metric]} ${drift.distances[metric].toPrecision(3)} (chance alone: up to ${drift.chance[metric].toPrecision(2)})`,
    );
  }
  return found;
}

const NAMES = { jensenShannon: "Jensen-Shannon divergence", lInfinity: "L-infinity distance", psi: "population stability index" } as const;

/** Columns that hash many keys into few buckets. */
export function checkCollisions(columns: readonly v1.ColumnSpec[], profile: v1.DataProfile, limits: Limits): v1.DataCheck[] {
  return hashedKeys(columns, profile).flatMap(({ column, buckets, keys, exact }) => {
    const share = expectedSharing(keys, buckets);
    const failed = limits.fail !== null && share > limits.fail;
    if (!failed && !(limits.warn !== null && share > limits.warn)) return [];
    const better = goodBucketBits(keys);
    const advice = better === null || 2 ** better <= buckets ? "" : `; 2^${better} buckets would bring it to ${percent(expectedSharing(keys, 2 ** better))}`;
    const message = `column ${column}: ${exact ? "" : "about "}${rounded(keys, exact)} keys in ${grouped(buckets)} buckets: ${percent(share)} of them are expected to share one${advice}`;
    return [checkOf("collisions", column, failed, share, failed ? limits.fail! : limits.warn!, message)];
  });
}

/** Columns in which values come about once each: what is learned of one is seldom asked for again. */
export function checkUniqueValues(columns: readonly v1.ColumnSpec[], profile: v1.DataProfile, limits: Limits, minRows: number): v1.DataCheck[] {
  return distinctValues(columns, profile).flatMap(({ column, distinct, values, exact }) => {
    const share = Math.min(1, distinct / values);
    const failed = limits.fail !== null && share > limits.fail;
    if (values < minRows || (!failed && !(limits.warn !== null && share > limits.warn))) return [];
    const message = `column ${column}: ${exact ? "" : "about "}${rounded(distinct, exact)} different values among ${grouped(values)} (${percent(share)}): most come once, as in a unique id, and their weights learn single rows by heart; leave the column out, or learn only values that come again (a vocabulary with minCount: 2 or more)`;
    return [checkOf("uniqueValues", column, failed, share, failed ? limits.fail! : limits.warn!, message)];
  });
}

function checkOf(check: string, field: string, failed: boolean, value: number, limit: number, message: string): v1.DataCheck {
  return v1.DataCheck.create({ check, field, failed, value, limit, message });
}

function percent(share: number): string {
  if (share > 0 && share < 0.001) return "less than 0.1%";
  const text = (share * 100).toFixed(share < 0.1 ? 1 : 0);
  return `${text.endsWith(".0") ? text.slice(0, -2) : text}%`;
}

function rounded(n: number, exact: boolean): string {
  if (exact) return grouped(n);
  const step = Number(`1e${Math.max(0, String(Math.round(n)).length - 2)}`);
  return grouped(Math.round(n / step) * step);
}

function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
