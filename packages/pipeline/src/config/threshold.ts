import type { ThresholdCriterion } from "@crossbill/auc";
import * as z from "zod";
import { nonNegative, positive } from "./field-schemas.js";

const share = z.number().gt(0).max(1);

const ALLOWED =
  'allowed are a number from 0 to 1, { maximize: "f1", "youden" or "accuracy" }, { fBeta }, { cost: { falsePositive, falseNegative } }, { precision }, { recall } and { positives }';

/** The field `evaluate.threshold`: a probability, or how one is chosen. */
export const thresholdSchema = z.union(
  [
    z.number().min(0).max(1),
    z.strictObject({ maximize: z.enum(["f1", "youden", "accuracy"]) }),
    z.strictObject({ fBeta: positive }),
    z.strictObject({ cost: z.strictObject({ falsePositive: nonNegative, falseNegative: nonNegative }) }),
    z.strictObject({ precision: share }),
    z.strictObject({ recall: share }),
    z.strictObject({ positives: share }),
  ],
  { error: ALLOWED },
);

export type ThresholdConfig = z.output<typeof thresholdSchema>;

/** What chooses a threshold, and what to call it. */
export interface ThresholdChoice {
  readonly criterion: ThresholdCriterion;
  /** For people. */
  readonly told: string;
}

/** A threshold that is given, or what chooses it. */
export function thresholdChoice(config: ThresholdConfig): number | ThresholdChoice {
  if (typeof config === "number") return config;
  if ("maximize" in config) return { criterion: config, told: `the best ${config.maximize}` };
  if ("fBeta" in config) return { criterion: { maximize: "fBeta", beta: config.fBeta }, told: `the best F-score of beta ${config.fBeta}` };
  if ("precision" in config)
    return { criterion: { maximize: "recall", minPrecision: config.precision }, told: `the most recall at a precision of at least ${config.precision}` };
  if ("recall" in config)
    return { criterion: { maximize: "precision", minRecall: config.recall }, told: `the best precision at a recall of at least ${config.recall}` };
  if ("positives" in config) return { criterion: { positiveRate: config.positives }, told: `a share of at most ${config.positives} predicted positive` };
  const { falsePositive, falseNegative } = config.cost;
  return { criterion: { minimize: "cost", costs: config.cost }, told: `the least cost (${falsePositive} a false positive, ${falseNegative} a false negative)` };
}
