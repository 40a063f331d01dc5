import { METRICS, type MetricName } from "@crossbill/trainer";
import * as z from "zod";

export const TUNE_SEARCHES = ["grid", "random", "halving", "path"] as const;

/** Numbers from min to max, both included. */
const range = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    scale: z.enum(["linear", "log"]).default("linear"),
    integer: z.boolean().optional(), // as the field: true where it refuses fractions
    steps: z.int().min(2).max(1000).default(5), // of a grid
  })
  .refine((r) => r.min < r.max, { path: ["max"], message: "must be above min" })
  .refine((r) => r.scale !== "log" || r.min > 0, { path: ["min"], message: "must be above 0 on a log scale" });

const values = z.array(z.json()).min(1).max(1000);

/** The section `tune` of a configuration. */
export const tuneSchema = z.strictObject({
  search: z.enum(TUNE_SEARCHES).optional(), // grid where all parameters are lists, else random; without parameters by the optimiser
  parameters: z
    .record(z.string().min(1), z.union([values, range]))
    .refine((p) => Object.keys(p).length > 0, {
      message: 'name at least one, as { "model.l2": { min: 1e-8, max: 1e-2, scale: "log" } }, or leave parameters out',
    })
    .optional(), // by the optimiser
  trials: z.int().min(1).max(10_000).default(20), // of random and halving
  metric: z.enum(METRICS).default("loss"),
  parallel: z.int().min(1).max(256).optional(), // as many as there are workers, trials and memory
  halving: z.strictObject({ factor: z.int().min(2).max(100).default(3) }).prefault({}),
  path: z.strictObject({ lambdas: z.int().min(2).max(1000).default(20), ratio: z.number().positive().lt(1).default(0.01) }).prefault({}),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(0),
});

export type TuneConfig = z.output<typeof tuneSchema>;
/** What trials are compared by. */
export type TuneMetric = MetricName;
export type TuneSearch = (typeof TUNE_SEARCHES)[number];
export type Json = z.core.util.JSONType;
