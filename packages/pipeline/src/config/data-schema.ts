import { FORMAT_NAMES } from "@crossbill/ingest";
import * as z from "zod";
import { count, nonNegative, paths, share, size, text, texts, whole } from "./field-schemas.js";

function shareOf(part: unknown): number {
  return typeof part === "number" ? part : part === undefined ? 0.1 : 0;
}

const csv = z.strictObject({
  detect: z.boolean().default(false), // what is not given below, from the beginning of the first training file
  delimiter: text.optional(), // "," (a tab for tsv)
  header: z.boolean().optional(), // true
  names: z.array(text).min(1).optional(), // needed when there is no header
  quote: z.union([z.string().length(1), z.null()]).optional(), // '"'
  escape: z.union([z.string().length(1), z.null()]).optional(), // null: a doubled quote
  comment: z.union([text, z.null()]).optional(), // null
  trim: z.boolean().optional(), // false
  missing: z.array(z.string()).default([""]),
});

/** A share of the rows, or that many of the last days (UTC). */
const shareOrDays = z.union([share, z.strictObject({ days: count.max(36_500) })]);
const split = z
  .discriminatedUnion("by", [
    z.strictObject({
      by: z.literal("hash"),
      column: text,
      validation: share.optional(),
      test: share.optional(),
    }) /* 0.1 each; test 0 where data.test names files, validation 0 where data.validation does */,
    z.strictObject({ by: z.literal("order"), validation: share.optional(), test: share.optional() }), // as with hash
    z.strictObject({ by: z.literal("time"), column: text, validation: shareOrDays.optional(), test: shareOrDays.optional() }), // as with hash
    z.strictObject({ by: z.literal("index"), every: count, validation: z.array(whole).default([]), test: z.array(whole).default([]) }),
    z.strictObject({ by: z.literal("column"), column: text }),
  ])
  .refine((s) => !("test" in s || "validation" in s) || shareOf(s.validation) + shareOf(s.test) < 1, {
    message: "validation and test together must leave rows to train on",
  })
  .refine((s) => s.by !== "index" || [...s.validation, ...s.test].every((i) => i < s.every), {
    message: "entries of validation and test must be below `every`",
  });

/** A limit of `data.checks`: found above `warn` it is told, above `fail` the run stops; null: never. */
const limits = (warn: number) => z.strictObject({ warn: nonNegative.nullable().default(warn), fail: nonNegative.nullable().default(null) }).prefault({});
const optionalLimits = z.strictObject({ warn: nonNegative.nullable().optional(), fail: nonNegative.nullable().optional() }).optional();
const driftMetric = z.enum(["jensenShannon", "lInfinity", "psi"]);
const schemaCheck = z.enum(["off", "warn", "fail"]);

const checks = z.strictObject({
  against: text.nullable().default("last"), // the name of an earlier run (crossbill inspect lists them), or how it begins; null: no comparison
  minRows: count.default(100), // of both sides, for shares to be compared
  schema: schemaCheck.default("warn"), // new and missing fields, other types
  drift: z
    .strictObject({ metric: driftMetric.default("jensenShannon"), warn: nonNegative.nullable().default(0.1), fail: nonNegative.nullable().default(null) })
    .prefault({}),
  missing: limits(0.1),
  newCategories: limits(0.1),
  range: limits(0.01),
  collisions: limits(0.25),
  uniqueValues: limits(0.5),
  fields: z
    .record(
      text,
      z.union([
        z.literal(false), // nothing is checked of the field
        z.strictObject({
          schema: schemaCheck.optional(), // what is left out is as for all fields
          drift: z
            .strictObject({ metric: driftMetric.optional(), warn: nonNegative.nullable().optional(), fail: nonNegative.nullable().optional() })
            .optional(),
          missing: optionalLimits,
          newCategories: optionalLimits,
          range: optionalLimits,
        }),
      ]),
    )
    .default({}),
});

export const data = z
  .strictObject({
    train: paths,
    validation: paths.optional(),
    test: paths.optional(),
    format: z.enum(FORMAT_NAMES).optional(), // by extension; csv where it says nothing
    label: z.union([text, z.array(text).min(2)]), // of the heads multiLabel and softmax a column for each class
    labelSplit: text.optional(), // of multiLabel: what stands between the classes in one label, or "list"
    positive: texts.default("1"),
    negative: texts.optional(), // every other label
    classes: z.array(text).min(2).optional(), // of a head of several classes; learned
    weight: text.optional(),
    weightKind: z.enum(["importance", "frequency"]).default("importance"),
    key: text.optional(),
    csv: csv.prefault({}),
    split: split.optional(), // { by: "index", every: 10, validation: [1], test: [0] } (test: [] with data.test, validation: [] with data.validation)
    maxDecompressed: size.optional(), // of a compressed file: 100 times the bytes read, or 256 MiB if that is more
    maxRejected: z.number().min(0).max(1).default(0.01),
    checks: checks.prefault({}), // against an earlier run; by default they warn and never fail
  })
  .refine((d) => d.csv.header !== false || d.csv.names !== undefined, { path: ["csv", "names"], message: "needed when csv.header is false" });
