import { FORMAT_NAMES } from "@crossbill/ingest";
import { METRICS } from "@crossbill/trainer";
import * as z from "zod"; // as a namespace: the bundle leaves out what is not used of it, dozens of languages
import { tuneSchema } from "./tune-schema.js";

/**
 * The configuration as users write it (a function call `f(a, {...})` of a TypeScript file is `{ kind: "f", ... }` here). Every field but
 * `data.train` and `data.label` (which libsvm and vw bring) has a default, stated beside it; unknown fields are refused.
 */
const text = z.string().min(1);
const texts = z.union([z.string(), z.array(z.string()).min(1)]);
const paths = z.union([text, z.array(text).min(1)]);
const share = z.number().min(0).max(0.9);
const count = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
const whole = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const count64 = z.int().min(1);
const positive = z.number().positive();
const nonNegative = z.number().nonnegative();
const unit = z.number().min(0).max(1);

function shareOf(part: unknown): number {
  return typeof part === "number" ? part : part === undefined ? 0.1 : 0;
}

/** Bytes: a number, or a text as "512m", "20g". */
const size = z.union([count64, z.string().regex(/^\d+(\.\d+)?[kmgt]?$/i, "a number of bytes, or a text like 512m or 20g")]);

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

const data = z
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
const column = z.discriminatedUnion("kind", [
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

/** Heads that predict one of several classes. */
export const CLASS_HEADS = ["softmax", "oneVsRest", "oneVsOne", "sampledSoftmax", "nce", "multiLabel"] as const;
const DEFAULT_SAMPLES = 20;
const sampling = { samples: count.default(DEFAULT_SAMPLES), sampler: z.enum(["logUniform", "uniform", "unigram"]).default("logUniform") };

/** By name, or with options. */
const head = z.union([
  z.enum(["logistic", "squared", "poisson", ...CLASS_HEADS]),
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["logistic", "squared", "poisson", "softmax", "oneVsRest", "oneVsOne", "multiLabel"]) }),
    z.strictObject({ kind: z.literal("sampledSoftmax"), ...sampling }),
    z.strictObject({ kind: z.literal("nce"), ...sampling }),
  ]),
]);

const model = z.strictObject({
  kind: z.literal("linear"),
  head: head.default("logistic"),
  l1: nonNegative.default(0),
  l2: nonNegative.default(0),
  columns: z.array(text).min(1).optional(), // all entries of `columns`
  weights: z.enum(["full", "q2.13"]).default("full"), // q2.13: 16 bits each
});

/** How a learning rate falls with the blocks done. */
const falling = z.number().positive().max(1);
const rate = {
  schedule: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("constant") }),
      z.strictObject({ kind: z.literal("inverseTime"), decay: positive.default(1), steps: count }),
      z.strictObject({ kind: z.literal("inverseSquareRoot"), steps: count }),
      z.strictObject({ kind: z.literal("exponential"), decay: falling, steps: count }),
      z.strictObject({ kind: z.literal("step"), decay: falling, steps: count }),
      z.strictObject({ kind: z.literal("polynomial"), steps: count, end: nonNegative.default(0), power: positive.default(1) }),
    ])
    .prefault({ kind: "constant" }),
  warmUp: whole.default(0), // blocks
  weightDecay: nonNegative.default(0),
};
const belowOne = z.number().min(0).lt(1);

const optimizer = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ftrl"),
    alpha: positive.default(0.1),
    beta: nonNegative.default(1),
    l1: nonNegative.default(0),
    l2: nonNegative.default(0),
  }),
  z.strictObject({ kind: z.literal("adagrad"), learningRate: positive.default(0.1), initialAccumulator: nonNegative.default(0.1), ...rate }),
  z.strictObject({
    kind: z.literal("adam"),
    learningRate: positive.default(0.001),
    beta1: belowOne.default(0.9),
    beta2: belowOne.default(0.999),
    epsilon: positive.default(1e-8),
    ...rate,
  }),
  z.strictObject({ kind: z.literal("rmsprop"), learningRate: positive.default(0.001), rho: belowOne.default(0.9), epsilon: positive.default(1e-8), ...rate }),
  z.strictObject({
    kind: z.literal("momentum"),
    learningRate: positive.default(0.01),
    momentum: belowOne.default(0.9),
    nesterov: z.boolean().default(false),
    ...rate,
  }),
  z.strictObject({ kind: z.literal("sgd"), learningRate: positive.default(0.01), ...rate }),
  z.strictObject({
    kind: z.literal("exact"),
    tolerance: z.number().min(1e-14).max(0.1).default(1e-8),
    gap: z.number().min(0).max(0.1).default(0),
    maxIterations: count.default(200),
  }),
]);

const clip = z
  .strictObject({ value: positive.optional(), norm: positive.optional(), globalNorm: positive.optional() })
  .refine((c) => Object.values(c).filter((limit) => limit !== undefined).length === 1, { message: "give one of { value: c }, { norm: c }, { globalNorm: c }" });

const metric = z.enum(METRICS);

/** Training rows are left out by class: the rate is the share of its rows that is kept. "positive" and "negative" of the logistic head, or the texts they are told by. */
const sample = z
  .strictObject({
    rates: z
      .record(text, z.number().gt(0).max(1))
      .refine((rates) => Object.keys(rates).length > 0, { message: "at least one class is needed: { negative: 0.1 }" }),
    correct: z.enum(["weight", "intercept"]).default("weight"),
  })
  .nullish();

/** Of what may be null that is none, as without the field: a search can take it and leave it. */
const train = z.strictObject({
  optimizer: optimizer.prefault({ kind: "ftrl" }),
  clip: clip.nullish(), // of the gradient of a block's mean loss; not clipped
  epochs: count.default(5),
  batchSize: z.int().min(1).max(65_536).default(1024),
  earlyStopping: z.strictObject({ metric: metric.default("loss"), patience: count.default(2), minimumGain: nonNegative.default(0) }).nullish(), // all epochs; the best step is kept either way
  keep: z.enum([...METRICS, "last"]).optional(), // the step of the best earlyStopping.metric, or "loss"
  evaluateEvery: z.union([z.strictObject({ steps: count }), z.strictObject({ epochs: z.literal(1) })]).default({ epochs: 1 }),
  checkpoint: z
    .strictObject({ everyBlocks: count.optional(), everySeconds: positive.optional() })
    .refine((c) => c.everyBlocks !== undefined || c.everySeconds !== undefined, { message: "give everyBlocks, everySeconds or both" })
    .optional(), // as the trainer thinks best
  warmStart: z.union([z.literal(false), text]).default(false), // "current", a version, or a path
  optimizerState: z.enum(["keep", "reset"]).default("keep"), // of a warm start
  initialIntercept: z.enum(["baseRate", "zero"]).default("baseRate"), // without a warm start
  shuffle: z.boolean().default(true),
  sample, // all training rows
  seed: whole.default(0),
  classWeights: z.union([z.literal("balanced"), z.record(text, positive)]).nullish(), // 1 each
});

const evaluate = z.strictObject({
  slices: z.array(z.union([text, z.array(text).min(1).max(3)])).default([]),
  calibration: z.strictObject({ bins: z.int().min(2).max(1000).default(20) }).prefault({}),
  threshold: z.number().min(0).max(1).default(0.5),
});

const gate = z.strictObject({
  maxLogLossIncrease: nonNegative.default(0.005),
  maxBias: nonNegative.default(0.05),
  minSliceRows: count.default(500),
  falseBlocksPerYear: positive.max(365).default(2),
});

const nights = z.strictObject({
  partitions: z.strictObject({ by: z.literal("file") }).prefault({ by: "file" }),
  window: count.optional(), // all partitions
  refit: z.strictObject({ everyNights: count }).optional(), // never by schedule
});

const schedule = z.strictObject({ cron: text, timezone: text.default("UTC"), keep: count.default(14) });

export const configSchema = z
  .strictObject({
    data,
    columns: z.record(text, column).optional(),
    model: model.prefault({ kind: "linear" }),
    train: train.prefault({}),
    evaluate: evaluate.prefault({}),
    gate: gate.prefault({}),
    nights: nights.prefault({}),
    schedule: schedule.optional(),
    tune: tuneSchema.optional(),
  })
  .superRefine((config, context) => {
    const message = sampleProblem(config);
    if (message !== null) context.addIssue({ code: "custom", path: ["train", "sample"], message });
  });

/** What is wrong with leaving out rows by class, but for the names of learned classes. */
function sampleProblem({
  data: { positive: yes, negative: no, label, labelSplit },
  model: { head: given },
  train: { sample: asked },
}: SampleParts): string | null {
  if (asked == null) return null;
  const kind = typeof given === "string" ? given : given.kind;
  const allowed: readonly string[] = ["logistic", ...CLASS_HEADS.filter((one) => one !== "multiLabel")];
  if (!allowed.includes(kind)) return `rows are left out by their class, and rows of the head ${kind} have no single one; allowed are ${allowed.join(", ")}`;
  if (typeof label !== "string" || labelSplit !== undefined)
    return "rows are left out by their class, and labels of several numbers name no single one; leave train.sample out";
  if (kind === "oneVsRest" && asked.correct === "intercept") return 'correct: "intercept" is not right for oneVsRest; use "weight"';
  const names = ["positive", "negative", yes, no ?? []].flat();
  const unknown = kind === "logistic" ? Object.keys(asked.rates).find((name) => !names.includes(name)) : undefined;
  return unknown === undefined ? null : `there is no class ${JSON.stringify(unknown)}; allowed are ${names.join(", ")}`;
}
interface SampleParts {
  data: z.output<typeof data>;
  model: z.output<typeof model>;
  train: z.output<typeof train>;
}

type Input = z.input<typeof configSchema>;
/** As written: libsvm and vw bring a label. */
export type ConfigInput = Omit<Input, "data"> & { data: Omit<Input["data"], "label"> & Partial<Pick<Input["data"], "label">> };
/** With every default filled in. */
export type Config = z.output<typeof configSchema>;
export type ColumnConfig = z.output<typeof column>;
export type ColumnInput = z.input<typeof column>;

/** The head with its options, however it is written. */
export function headOf({ model: { head: given } }: Pick<Config, "model">): Exclude<Config["model"]["head"], string> {
  if (typeof given !== "string") return given;
  return given === "sampledSoftmax" || given === "nce" ? { kind: given, samples: DEFAULT_SAMPLES, sampler: "logUniform" } : { kind: given };
}
