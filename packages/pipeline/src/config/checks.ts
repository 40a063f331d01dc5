import type { CheckSpec, FieldChecks, Limits } from "@crossbill/ingest";
import type { Config } from "./schema.js";

type Checks = Config["data"]["checks"];
type Given<T> = { [K in keyof T]?: T[K] | undefined };

/** `data.checks` as ingestion takes it: what a field leaves out is as for all fields. */
export function checkSpec(checks: Checks): CheckSpec {
  const { fields, against, minRows, collisions, uniqueValues, ...all } = checks;
  const of = (own: Exclude<Checks["fields"][string], false>): FieldChecks => ({
    schema: own.schema ?? all.schema,
    drift: { ...limits(all.drift, own.drift), metric: own.drift?.metric ?? all.drift.metric },
    missing: limits(all.missing, own.missing),
    newCategories: limits(all.newCategories, own.newCategories),
    range: limits(all.range, own.range),
  });
  return {
    ...all,
    against,
    minRows,
    collisions,
    uniqueValues,
    fields: new Map(Object.entries(fields).map(([field, own]) => [field, own === false ? null : of(own)])),
  };
}

function limits(all: Limits, own: Given<Limits> | undefined): Limits {
  return { warn: own?.warn === undefined ? all.warn : own.warn, fail: own?.fail === undefined ? all.fail : own.fail };
}
