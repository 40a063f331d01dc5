import * as z from "zod";
import { count } from "./field-schemas.js";

/** Heads that predict one of several classes. */
export const CLASS_HEADS = ["softmax", "oneVsRest", "oneVsOne", "sampledSoftmax", "nce", "multiLabel"] as const;
const DEFAULT_SAMPLES = 20;
const sampling = { samples: count.default(DEFAULT_SAMPLES), sampler: z.enum(["logUniform", "uniform", "unigram"]).default("logUniform") };

/** By name, or with options. */
export const head = z.union([
  z.enum(["logistic", "squared", "poisson", ...CLASS_HEADS]),
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["logistic", "squared", "poisson", "softmax", "oneVsRest", "oneVsOne", "multiLabel"]) }),
    z.strictObject({ kind: z.literal("sampledSoftmax"), ...sampling }),
    z.strictObject({ kind: z.literal("nce"), ...sampling }),
  ]),
]);
type HeadConfig = Exclude<z.output<typeof head>, string>;

/** The head with its options, however it is written. */
export function headOf({ model: { head: given } }: { readonly model: { readonly head: z.output<typeof head> } }): HeadConfig {
  if (typeof given !== "string") return given;
  return given === "sampledSoftmax" || given === "nce" ? { kind: given, samples: DEFAULT_SAMPLES, sampler: "logUniform" } : { kind: given };
}
