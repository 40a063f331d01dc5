import { v1 } from "@crossbill/messages";
import type { ColumnSpec, ColumnState } from "./column.js";
import { stepFunction } from "./numeric-chain.js";
import { transformOf } from "./numeric-fit.js";
import { type NumericPlan, numericPlan, within } from "./numeric-plan.js";
import { numericSpecOf } from "./numeric-spec.js";
import { fittedBounds, handling } from "./outlier-handling.js";
import { specError, stateError } from "./spec-error.js";

const { MINMAX, STANDARDIZE } = v1.NumericSpec.Scale;
const { ZERO } = v1.NumericSpec.Missing;

/**
 * The model's input of a numeric or product column's raw value x (NaN: missing). Outliers are treated first; then the steps of the scale, from left to right:
 *   clip         min(max(x, low), high); the first step where the scale does not name it
 *   standardize  (x - mean) / deviation; robust: (x - median) / (third - first quartile)
 *   minmax       (x - minimum) / (maximum - minimum); not clipped to [0, 1]
 *   log1p, log   sign(x) log(1 + |x|), or log(x); as a scale of their own they are followed by standardize
 * A divisor of 0 counts as 1. A missing value becomes the mean (robust: the median) of what the fitted rows become (so 0 wherever standardize is last), or 0 with
 * `missing: zero`.
 */
export function numericTransform(spec: ColumnSpec, state: ColumnState | null | undefined): (x: number) => number {
  const { plan, fitted } = fittedOf(spec, state);
  const missing = (own: number): number => (plan.missing === ZERO ? 0 : own);
  if (plan.simple === null) {
    const handle = handling(plan, fittedBounds(plan, state!));
    const centre = missing(fitted.centre);
    const steps = plan.steps.map((step, i) => stepFunction(step, plan.clip, fitted.steps[i] ?? {}));
    return (x) => {
      let y = handle(x);
      if (Number.isNaN(y)) return centre;
      for (const step of steps) y = step(y);
      return y;
    };
  }
  const { scale } = plan.simple;
  const transform = transformOf(plan.simple.transform);
  const clip = within(plan.clip);
  const [mean, deviation] = transform === null ? [fitted.mean, fitted.standardDeviation] : [fitted.scaledMean, fitted.scaledStandardDeviation];
  const [from, by] = scale === STANDARDIZE ? [mean, deviation || 1] : scale === MINMAX ? [fitted.minimum, fitted.maximum - fitted.minimum || 1] : [0, 1];
  const centre = missing(scale === STANDARDIZE ? 0 : scale === MINMAX ? (mean - from) / by : mean);
  const input = transform === null ? clip : (x: number): number => transform(clip(x));
  if (scale !== STANDARDIZE && scale !== MINMAX) return (x) => (Number.isNaN(x) ? centre : input(x));
  return (x) => (Number.isNaN(x) ? centre : (input(x) - from) / by);
}

/** Whether a raw value counts as missing: NaN, or an outlier that becomes missing. This is what a column's indicator shows. */
export function numericMissing(spec: ColumnSpec, state: ColumnState | null | undefined): (x: number) => boolean {
  const { plan } = fittedOf(spec, state);
  if (plan.bounds === null) return Number.isNaN;
  const handle = handling(plan, fittedBounds(plan, state!));
  return (x) => Number.isNaN(handle(x));
}

function fittedOf(spec: ColumnSpec, state: ColumnState | null | undefined): { plan: NumericPlan; fitted: v1.NumericState } {
  const name = spec.name ?? "";
  const number = numericSpecOf(spec);
  if (number === null) throw specError(name, "it is not numeric, so it has no transform");
  if (state?.numeric == null) throw stateError(name, "the state of the numeric column is missing");
  const plan = numericPlan(name, number);
  const fitted = v1.NumericState.create(state.numeric);
  if (plan.simple === null && fitted.steps.length !== plan.steps.length)
    throw stateError(name, `its scale has ${plan.steps.length} steps and its state ${fitted.steps.length}`);
  return { plan, fitted };
}
