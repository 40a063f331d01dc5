import { v1 } from "@crossbill/messages";
import type { ColumnSpec, ColumnState } from "./column.js";
import { clipOf } from "./kinds/numeric.js";
import { logTransform } from "./numeric-fit.js";
import { specError, stateError } from "./spec-error.js";

const { MINMAX, NONE, STANDARDIZE } = v1.NumericSpec.Scale;
const { ZERO } = v1.NumericSpec.Missing;

/**
 * The model's input of a numeric column's raw value x (NaN: missing). x is clipped first; then
 *   none         x
 *   standardize  (x - mean) / deviation
 *   minmax       (x - minimum) / (maximum - minimum); not clipped to [0, 1]
 *   log1p, log   (t - scaledMean) / scaledDeviation with t = sign(x) log(1 + |x|), or log(x)
 * A deviation or range of 0 counts as 1. A missing value becomes what the mean becomes (so 0 wherever it is standardized), or 0 with `missing: zero`.
 */
export function numericTransform(spec: ColumnSpec, state: ColumnState | null | undefined): (x: number) => number {
  const name = spec.name ?? "";
  if (spec.numeric == null) throw specError(name, "it is not numeric, so it has no transform");
  if (state?.numeric == null) throw stateError(name, "the state of the numeric column is missing");
  const { low, high } = clipOf(name, spec.numeric);
  const fitted = v1.NumericState.create(state.numeric);
  const scale = spec.numeric.scale ?? NONE;
  const transform = logTransform(scale);
  const clip = (x: number): number => Math.min(Math.max(x, low), high);
  let input: (x: number) => number;
  let missing: number;
  if (transform !== null) {
    const [mean, deviation] = [fitted.scaledMean, fitted.scaledStandardDeviation || 1];
    input = (x) => (transform(clip(x)) - mean) / deviation;
    missing = 0;
  } else if (scale === STANDARDIZE || scale === MINMAX) {
    const [from, by] = scale === STANDARDIZE ? [fitted.mean, fitted.standardDeviation || 1] : [fitted.minimum, fitted.maximum - fitted.minimum || 1];
    input = (x) => (clip(x) - from) / by;
    missing = (fitted.mean - from) / by;
  } else {
    input = clip;
    missing = fitted.mean;
  }
  if (spec.numeric.missing === ZERO) missing = 0;
  return (x) => (Number.isNaN(x) ? missing : input(x));
}
