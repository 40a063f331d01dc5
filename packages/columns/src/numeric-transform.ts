import { log } from "@crossbill/numerics";
import type { ColumnSpec, ColumnState } from "./column.js";
import { signedLog1p } from "./numeric-fit.js";
import { within } from "./numeric-plan.js";
import { type NumericRecipe, numericRecipe, type RecipeStep } from "./numeric-recipe.js";

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
  const recipe = numericRecipe(spec, state);
  const { missing } = recipe;
  const handle = handlingOf(recipe);
  const steps = recipe.steps.map(stepFunction);
  const [first, second, third] = steps as [Function1?, Function1?, Function1?];
  if (handle !== null || steps.length > 3) {
    const own = handle ?? ((x: number): number => x);
    return (x) => {
      let y = own(x);
      if (Number.isNaN(y)) return missing;
      for (const step of steps) y = step(y);
      return y;
    };
  }
  if (first === undefined) return (x) => (Number.isNaN(x) ? missing : x);
  if (second === undefined) return (x) => (Number.isNaN(x) ? missing : first(x));
  if (third === undefined) return (x) => (Number.isNaN(x) ? missing : second(first(x)));
  return (x) => (Number.isNaN(x) ? missing : third(second(first(x))));
}

/** Whether a raw value counts as missing: NaN, or an outlier that becomes missing. This is what a column's indicator shows. */
export function numericMissing(spec: ColumnSpec, state: ColumnState | null | undefined): (x: number) => boolean {
  const { outside, low, high } = numericRecipe(spec, state);
  return outside === "missing" ? (x) => !(x >= low && x <= high) : Number.isNaN;
}

type Function1 = (x: number) => number;

/** What becomes of a raw value outside the bounds; null: nothing. */
function handlingOf(recipe: NumericRecipe): Function1 | null {
  if (recipe.outside === "keep") return null;
  const { low, high } = recipe;
  return recipe.outside === "bound" ? within(recipe) : (x) => (x < low || x > high ? Number.NaN : x);
}

function stepFunction(step: RecipeStep): Function1 {
  if (step.kind === "clip") return within(step);
  if (step.kind === "log") return log;
  if (step.kind === "log1p") return signedLog1p;
  const { subtract, divide } = step;
  return (x) => (x - subtract) / divide;
}
