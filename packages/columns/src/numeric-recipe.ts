import { v1 } from "@crossbill/messages";
import type { ColumnSpec, ColumnState } from "./column.js";
import { EVERYTHING, type NumericPlan, numericPlan, type Step } from "./numeric-plan.js";
import { numericSpecOf } from "./numeric-spec.js";
import { fittedBounds } from "./outlier-handling.js";
import { specError, stateError } from "./spec-error.js";

const { CLIP, LOG, LOG1P, MINMAX, STANDARDIZE } = v1.NumericSpec.Scale;
const { AS_MISSING, KEEP } = v1.NumericSpec.Outliers;
const { ZERO } = v1.NumericSpec.Missing;

export type RecipeStep =
  /** min(max(x, low), high) */
  | { readonly kind: "clip"; readonly low: number; readonly high: number }
  /** (x - subtract) / divide */
  | { readonly kind: "shift"; readonly subtract: number; readonly divide: number }
  /** log(x) */
  | { readonly kind: "log" }
  /** sign(x) log(1 + |x|) */
  | { readonly kind: "log1p" };

/** What becomes of a raw number x (NaN: missing), as a plain object: `numericTransform` and `numericMissing` follow it, and so can any other program. */
export interface NumericRecipe {
  /** First, of a value outside [low, high]: "keep": it stays; "bound": it becomes the nearer bound; "missing": it counts as missing. */
  readonly outside: "keep" | "bound" | "missing";
  readonly low: number;
  readonly high: number;
  /** Then, of a value that is not missing, from left to right. */
  readonly steps: readonly RecipeStep[];
  /** What a missing value becomes. */
  readonly missing: number;
}

/** @throws E_COLUMN_SPEC for a categorical column; E_COLUMN_STATE when the state does not fit it */
export function numericRecipe(spec: ColumnSpec, state: ColumnState | null | undefined): NumericRecipe {
  const name = spec.name ?? "";
  const number = numericSpecOf(spec);
  if (number === null) throw specError(name, "it is not numeric, so it has no transform");
  if (state?.numeric == null) throw stateError(name, "the state of the numeric column is missing");
  const plan = numericPlan(name, number);
  const fitted = v1.NumericState.create(state.numeric);
  if (plan.simple === null && fitted.steps.length !== plan.steps.length)
    throw stateError(name, `its scale has ${plan.steps.length} steps and its state ${fitted.steps.length}`);
  const outside = plan.bounds === null || plan.outliers === KEEP ? "keep" : plan.outliers === AS_MISSING ? "missing" : "bound";
  const { steps, centre } = plan.simple === null ? chained(plan, fitted) : simple(plan, plan.simple, fitted);
  return { outside, ...(outside === "keep" ? EVERYTHING : fittedBounds(plan, state)), steps, missing: plan.missing === ZERO ? 0 : centre };
}

/** A column fitted by a sketch: every step has what was fitted of it. */
function chained(plan: NumericPlan, fitted: v1.NumericState): { steps: RecipeStep[]; centre: number } {
  return {
    steps: plan.steps.map((step, i) => unfitted(step, plan) ?? shift(fitted.steps[i]!.subtract, fitted.steps[i]!.divide || 1)),
    centre: fitted.centre,
  };
}

/** A column fitted by moments: a clip, one transform, one scale. */
function simple(plan: NumericPlan, { transform, scale }: NonNullable<NumericPlan["simple"]>, fitted: v1.NumericState): { steps: RecipeStep[]; centre: number } {
  const transformed = transform === LOG || transform === LOG1P;
  const [mean, deviation] = transformed ? [fitted.scaledMean, fitted.scaledStandardDeviation] : [fitted.mean, fitted.standardDeviation];
  const range = fitted.maximum - fitted.minimum || 1;
  return {
    steps: plan.steps.map((step) => unfitted(step, plan) ?? (step === STANDARDIZE ? shift(mean, deviation || 1) : shift(fitted.minimum, range))),
    centre: scale === STANDARDIZE ? 0 : scale === MINMAX ? (mean - fitted.minimum) / range : mean,
  };
}

/** A step of which nothing is fitted; null: something is. */
function unfitted(step: Step, { clip }: NumericPlan): RecipeStep | null {
  if (step === CLIP) return { kind: "clip", low: clip.low, high: clip.high };
  if (step === LOG) return { kind: "log" };
  return step === LOG1P ? { kind: "log1p" } : null;
}

function shift(subtract: number, divide: number): RecipeStep {
  return { kind: "shift", subtract, divide };
}
