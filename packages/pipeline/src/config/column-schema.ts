import * as z from "zod";
import { count, positive, text, unit, whole } from "./field-schemas.js";

/** How one text holds several values; without `split` it is one. */
const items = {
  split: z.union([text, z.strictObject({ separator: text })]).optional(), // "words", "list", or the separator itself
  ngrams: z.union([z.int().min(1).max(5), z.tuple([z.int().min(1).max(5), z.int().min(1).max(5)])]).optional(), // single items
  weighted: z.boolean().default(false),
  occurrences: z.enum(["count", "once"]).default("count"),
};
const range = z.tuple([z.number().nullable(), z.number().nullable()]); // null: open
const ascends = ([low, high]: readonly [number | null, number | null]): boolean => low === null || high === null || low <= high;
const interval = range.refine(ascends, { message: "two numbers in ascending order are needed (null: no bound on that side)" });
const number = {
  /** One name; or a list of steps from left to right. Alone, log and log1p are standardized. */
  scale: z
    .union([
      z.enum(["none", "standardize", "minmax", "log", "log1p", "clip"]),
      z
        .array(z.enum(["standardize", "minmax", "log", "log1p", "clip"]))
        .min(1)
        .refine((steps) => new Set(steps).size === steps.length, { message: "each step once" })
        .refine((steps) => !steps.includes("log") || !steps.slice(0, steps.indexOf("log")).some((step) => step === "standardize" || step === "minmax"), {
          message: "log comes before standardize and minmax, which make numbers that are not above 0 (log1p takes those)",
        }),
    ])
    .default("standardize"),
  clip: interval.optional(),
  missing: z.enum(["mean", "indicator", "zero", "error"]).default("mean"),
  robust: z.boolean().optional(), // false
  outliers: z.enum(["keep", "clip", "null", "reject-row"]).optional(), // "keep"
  bounds: z
    .union([
      interval,
      z
        .strictObject({
          quantiles: z.tuple([unit.nullable(), unit.nullable()]).refine(ascends, { message: "two ascending shares in [0, 1]" }).optional(),
          zScore: positive.optional(),
          iqr: positive.optional(),
        })
        .refine((b) => Object.values(b).filter((value) => value !== undefined).length === 1, {
          message: "give one of { quantiles: [low, high] }, { zScore: z }, { iqr: k }, or [low, high]",
        }),
    ])
    .optional(), // { zScore: 3 } where outliers are not kept
};
interface NumberOptions {
  scale: string | string[];
  clip?: unknown;
  missing: string;
  outliers?: string | undefined;
}
const clipGiven = (c: NumberOptions): boolean => c.clip !== undefined || !(c.scale === "clip" || (Array.isArray(c.scale) && c.scale.includes("clip")));
const NO_CLIP = { path: ["clip"], message: "needed, as scale names it: [low, high]" };
const nullable = (c: NumberOptions): boolean => c.outliers !== "null" || c.missing !== "error";
const NULL_IS_ERROR = { path: ["outliers"], message: '"null" makes outliers missing, and missing: "error" refuses those; "reject-row" rejects their rows' };

/** What came before a row: the values of `of` in the rows with the same `by` and a smaller `order`. */
const last = z.int().min(1).max(10_000).default(50);
const history = z.strictObject({ by: text, of: text.optional() /* the column */, order: text, last });
const admission = {
  maxSize: count.optional(), // no limit
  minCount: count.default(1),
  outOfVocabulary: z.int().min(1).max(1_000_000).default(1),
};
const learned = {
  ...admission,
  values: z.array(z.string()).min(1).optional(), // learned
  file: text.optional(), // of the values, one a line; relative to the configuration's folder
};
export const column = z.discriminatedUnion("kind", [
  z
    .strictObject({ kind: z.literal("numeric"), column: text, ...number })
    .refine(clipGiven, NO_CLIP)
    .refine(nullable, NULL_IS_ERROR),
  z
    .strictObject({ kind: z.literal("product"), columns: z.array(text).min(2), ...number })
    .refine(clipGiven, NO_CLIP)
    .refine(nullable, NULL_IS_ERROR),
  z
    .strictObject({
      kind: z.literal("bucketized"),
      column: text,
      boundaries: z.array(z.number()).min(1).optional(),
      quantiles: z.int().min(2).max(10_000).optional(),
      of: z.enum(["all", "nonZero"]).default("all"),
    })
    .refine((c) => (c.boundaries === undefined) !== (c.quantiles === undefined), { message: "give either boundaries or quantiles" })
    .refine((c) => (c.boundaries ?? []).every((b, i, all) => i === 0 || b > (all[i - 1] as number)), {
      path: ["boundaries"],
      message: "must be strictly increasing",
    }),
  z.strictObject({
    kind: z.literal("vocabulary"),
    column: text,
    ...learned,
    ...items,
    history: history.optional(),
  }),
  z.strictObject({
    kind: z.literal("history"),
    by: text,
    of: text,
    order: text,
    last,
    ...learned,
    occurrences: items.occurrences,
  }),
  z
    .strictObject({ kind: z.literal("identity"), column: text, size: count, default: whole.optional(), ...items })
    .refine((c) => c.default === undefined || c.default < c.size, { path: ["default"], message: "must be below size" }),
  z.strictObject({ kind: z.literal("hashed"), column: text, buckets: count, salt: whole.default(0), ...items, history: history.optional() }),
  z
    .strictObject({
      kind: z.literal("crossed"),
      columns: z.array(text).min(2),
      buckets: count.optional(), // exact
      salt: whole.default(0),
      vocabulary: z.strictObject(admission).optional(), // of the combinations seen; without it the product of the sizes
    })
    .refine((c) => c.buckets === undefined || c.vocabulary === undefined, {
      message: "buckets hash the combinations, vocabulary learns them; give one of the two",
    }),
]);
