import { CrossbillError } from "@crossbill/messages";
import type { Confusion } from "./confusion.js";

/** What a threshold may maximize on its own: f1; youden = recall + specificity - 1; accuracy. */
export type ThresholdMetric = "f1" | "youden" | "accuracy";

/** Cost of a row of weight 1 by its outcome; negative: a gain. What is not given costs 0. */
export interface OutcomeCosts {
  readonly truePositive?: number;
  readonly falsePositive?: number;
  readonly falseNegative?: number;
  readonly trueNegative?: number;
}

export type ThresholdCriterion =
  | ThresholdMetric
  | { readonly maximize: ThresholdMetric }
  /** F = (1 + beta^2) TP / ((1 + beta^2) TP + beta^2 FN + FP), beta > 0: recall counts beta times as much as precision. */
  | { readonly maximize: "fBeta"; readonly beta: number }
  /** The highest recall among thresholds with at least this precision. */
  | { readonly maximize: "recall"; readonly minPrecision: number }
  /** The highest precision among thresholds with at least this recall. */
  | { readonly maximize: "precision"; readonly minRecall: number }
  /** The least mean cost of a row. */
  | { readonly minimize: "cost"; readonly costs: OutcomeCosts }
  /** The largest share of the weight of rows predicted positive that is at most this. */
  | { readonly positiveRate: number }
  /** The lowest score with at least this share of the weight of rows at it or below. */
  | { readonly quantile: number };

/** A criterion as a number to be maximized over thresholds. */
export interface ThresholdRule {
  readonly metric: string;
  /** To be maximized; NaN: the threshold is not allowed. @param below share of the weight of rows at the threshold or below; NaN at Infinity */
  readonly objective: (c: Confusion, below: number) => number;
  /** What the result says. */
  readonly value: (objective: number, below: number, c: Confusion) => number;
}

const RULES: Readonly<Record<ThresholdMetric, Pick<ThresholdRule, "objective" | "value">>> = {
  f1: { objective: (c) => c.f1, value: (f1) => f1 },
  // Times both weights, it is exact for counts: equally good thresholds are found equal.
  youden: {
    objective: (c) => (Number.isNaN(c.recall + c.specificity) ? NaN : c.truePositives * c.trueNegatives - c.falsePositives * c.falseNegatives),
    value: (_objective, _below, c) => c.recall + c.specificity - 1,
  },
  accuracy: { objective: (c) => c.accuracy, value: (accuracy) => accuracy },
};
const ALLOWED = [
  ...Object.keys(RULES),
  ...["maximize: one of these", 'maximize: "fBeta", beta', 'maximize: "recall", minPrecision', 'maximize: "precision", minRecall'].map((x) => `{ ${x} }`),
  ...['minimize: "cost", costs', "positiveRate", "quantile"].map((x) => `{ ${x} }`),
].join(", ");

/** @throws E_THRESHOLD_CRITERION */
export function thresholdRule(criterion: ThresholdCriterion): ThresholdRule {
  const same = (objective: number): number => objective;
  const given: Readonly<Record<string, unknown>> = typeof criterion === "string" ? { maximize: criterion } : { ...criterion };
  const { maximize } = given;
  if (typeof maximize === "string" && Object.hasOwn(RULES, maximize)) return { metric: maximize, ...RULES[maximize as ThresholdMetric] };
  if (maximize === "fBeta") {
    const square = number(given, "beta", (x) => x > 0 && x < Infinity, "a number above 0") ** 2;
    const f = (c: Confusion): number => ((1 + square) * c.truePositives) / ((1 + square) * c.truePositives + square * c.falseNegatives + c.falsePositives);
    return { metric: "fBeta", objective: f, value: same };
  }
  if (maximize === "recall") {
    const least = share(given, "minPrecision");
    return { metric: "recall", objective: (c) => (c.precision >= least ? c.recall : NaN), value: same };
  }
  if (maximize === "precision") {
    const least = share(given, "minRecall");
    return { metric: "precision", objective: (c) => (c.recall >= least ? c.precision : NaN), value: same };
  }
  if (given.minimize === "cost") {
    const cost = meanCost(given.costs);
    return { metric: "cost", objective: (c) => -cost(c), value: (objective) => 0 - objective };
  }
  if ("positiveRate" in given) {
    const most = share(given, "positiveRate");
    return { metric: "positiveRate", objective: (c) => (positiveShare(c) <= most ? positiveShare(c) : NaN), value: same };
  }
  if ("quantile" in given) {
    const least = share(given, "quantile");
    return { metric: "quantile", objective: (c, below) => (below >= least ? positiveShare(c) : NaN), value: (_, below) => below };
  }
  throw bad(`is ${typeof criterion === "string" ? criterion : JSON.stringify(criterion)}, allowed are ${ALLOWED}`);
}

function positiveShare(c: Confusion): number {
  return (c.truePositives + c.falsePositives) / weightOf(c);
}

function weightOf(c: Confusion): number {
  return c.truePositives + c.falsePositives + (c.falseNegatives + c.trueNegatives);
}

function meanCost(costs: unknown): (c: Confusion) => number {
  const given: Readonly<Record<string, unknown>> = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0, ...(costs as OutcomeCosts) };
  const names = Object.keys(given);
  if (typeof costs !== "object" || costs === null || names.length > 4)
    throw bad(`has costs ${JSON.stringify(costs)}, allowed are numbers named truePositive, falsePositive, falseNegative, trueNegative`);
  const [tp, fp, fn, tn] = ["truePositive", "falsePositive", "falseNegative", "trueNegative"].map((name) =>
    number(given, name, Number.isFinite, "a finite number"),
  ) as [number, number, number, number];
  return (c) => (tp * c.truePositives + fp * c.falsePositives + fn * c.falseNegatives + tn * c.trueNegatives) / weightOf(c);
}

function share(given: Readonly<Record<string, unknown>>, name: string): number {
  return number(given, name, (x) => x >= 0 && x <= 1, "a number in [0, 1]");
}

function number(given: Readonly<Record<string, unknown>>, name: string, isAllowed: (x: number) => boolean, allowed: string): number {
  const x = given[name];
  if (typeof x !== "number" || !isAllowed(x)) throw bad(`has ${name} ${String(x)}, allowed is ${allowed}`);
  return x;
}

function bad(why: string): CrossbillError {
  return new CrossbillError("E_THRESHOLD_CRITERION", `threshold criterion ${why}`, { exitCode: 2 });
}
