import type { DriftMetric } from "./distribution.js";

/** A finding above `warn` is told, one above `fail` stops the run; null: never. */
export interface Limits {
  readonly warn: number | null;
  readonly fail: number | null;
}

/** What is checked of one field. */
export interface FieldChecks {
  /** Distance of the values' distribution from the reference's. */
  readonly drift: Limits & { readonly metric: DriftMetric };
  /** Change of the share of rows without a value. */
  readonly missing: Limits;
  /** Share of rows whose text the reference does not hold, beyond the share that it lets expect. */
  readonly newCategories: Limits;
  /** Share of rows whose number lies outside the reference's range. */
  readonly range: Limits;
  /** New and missing fields, other types. */
  readonly schema: "off" | "warn" | "fail";
}

export interface CheckSpec extends FieldChecks {
  /** "last": the last run; the name of an earlier one, or how it begins; null: no comparison. */
  readonly against: string | null;
  /** Shares are compared only where both sides have as many rows. */
  readonly minRows: number;
  /** Expected share of a hashed column's keys that share a bucket. */
  readonly collisions: Limits;
  /** Values of a column by the rows that have one: near 1, nearly every row has its own, as with a unique id. Checked where columns are fitted anew. */
  readonly uniqueValues: Limits;
  /** What is different for single fields; null: nothing is checked of it. */
  readonly fields: ReadonlyMap<string, FieldChecks | null>;
}

/** Warns, never fails. */
export const DEFAULT_CHECKS: CheckSpec = {
  against: "last",
  minRows: 100,
  schema: "warn",
  drift: { metric: "jensenShannon", warn: 0.1, fail: null },
  missing: { warn: 0.1, fail: null },
  newCategories: { warn: 0.1, fail: null },
  range: { warn: 0.01, fail: null },
  collisions: { warn: 0.25, fail: null },
  uniqueValues: { warn: 0.5, fail: null },
  fields: new Map(),
};
