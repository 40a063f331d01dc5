import * as z from "zod"; // as a namespace: the bundle leaves out what is not used of it, dozens of languages
import { column } from "./column-schema.js";
import { data } from "./data-schema.js";
import { count, nonNegative, positive, text } from "./field-schemas.js";
import { CLASS_HEADS } from "./head-schema.js";
import { model } from "./model-schema.js";
import { slicesSchema } from "./slice-schema.js";
import { thresholdSchema } from "./threshold.js";
import { train } from "./train-schema.js";
import { tuneSchema } from "./tune-schema.js";

const evaluate = z.strictObject({
  slices: slicesSchema.default([]),
  findSlices: z
    .union([
      z.literal(false),
      z.strictObject({
        columns: z.array(text).min(1).optional(), // the fields of `slices`, and vocabularies, identities and buckets of at most 1,000 values
        depth: z.int().min(1).max(3).default(2),
        metrics: z
          .array(z.enum(["bias", "logLoss"]))
          .min(1)
          .default(["bias", "logLoss"]),
        minRows: z.int().min(2).default(100), // of each half of the rows
        falseDiscoveryRate: z.number().gt(0).lt(1).default(0.05),
      }),
    ])
    .prefault({}),
  fairness: z.array(text).default([]), // fields by whose values decisions at the threshold are compared
  calibration: z.strictObject({ bins: z.int().min(2).max(1000).default(20) }).prefault({}),
  threshold: thresholdSchema.default(0.5),
  knownRate: z.number().gt(0).lt(1).optional(), // of positives in the population; not known
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

/**
 * The configuration as users write it (a function call `f(a, {...})` of a TypeScript file is `{ kind: "f", ... }` here). Every field but
 * `data.train` and `data.label` (which libsvm and vw bring) has a default, stated beside it; unknown fields are refused.
 */
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
