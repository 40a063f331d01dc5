import type { ColumnSpec, ColumnState } from "./column.js";
import { type NumericRecipe, numericRecipe } from "./numeric-recipe.js";
import { numericMissing, numericTransform } from "./numeric-transform.js";

/** Whole numbers from 0 to below this are looked up. */
const WHOLE = 1024;

/** `out[i]` of `x[i]` for all of `x`. */
export type BatchFunction = (out: Float32Array | Float64Array, x: Float64Array) => void;

/** What numericTransform makes of many raw values (NaN: missing), to the bit. Counts, which most numbers are, cost a look into a table. */
export function numericInputs(spec: ColumnSpec, state: ColumnState | null | undefined): BatchFunction {
  const recipe = numericRecipe(spec, state);
  const affine = affineOf(recipe);
  if (affine !== null) {
    const { low, high, subtract, divide } = affine;
    const { missing } = recipe;
    return (out, x) => {
      for (let i = 0; i < x.length; i++) {
        const value = x[i]!;
        out[i] = Number.isNaN(value) ? missing : (Math.min(Math.max(value, low), high) - subtract) / divide;
      }
    };
  }
  const apply = numericTransform(spec, state);
  const table = Float64Array.from({ length: WHOLE }, (_, i) => apply(i));
  const missing = apply(Number.NaN);
  // -0 is looked up only where it becomes what 0 becomes.
  const least = Object.is(apply(-0), apply(0)) ? 0 : 1;
  return (out, x) => {
    for (let i = 0; i < x.length; i++) {
      const value = x[i]!;
      const whole = value | 0;
      if (whole === value && whole >= least && whole < WHOLE) out[i] = table[whole]!;
      else out[i] = Number.isNaN(value) ? missing : apply(value);
    }
  };
}

/** A clip and a scale and nothing else, as (min(max(x, low), high) - subtract) / divide (what is not there changes no bit); null: the column does more than that. */
function affineOf({
  outside,
  steps,
}: NumericRecipe): { readonly low: number; readonly high: number; readonly subtract: number; readonly divide: number } | null {
  if (outside !== "keep") return null;
  const [first, ...rest] = steps;
  const clip = first?.kind === "clip" ? first : null;
  const [scale, ...more] = clip === null ? steps : rest;
  if (more.length > 0 || (scale !== undefined && scale.kind !== "shift")) return null;
  return {
    low: clip?.low ?? Number.NEGATIVE_INFINITY,
    high: clip?.high ?? Number.POSITIVE_INFINITY,
    subtract: scale?.subtract ?? 0,
    divide: scale?.divide ?? 1,
  };
}

/** 1 where numericMissing says that the raw value counts as missing, else 0. */
export function numericIndicators(spec: ColumnSpec, state: ColumnState | null | undefined): BatchFunction {
  const isMissing = numericMissing(spec, state);
  if (isMissing === Number.isNaN) {
    return (out, x) => {
      for (let i = 0; i < x.length; i++) out[i] = Number.isNaN(x[i]!) ? 1 : 0;
    };
  }
  return (out, x) => {
    for (let i = 0; i < x.length; i++) out[i] = isMissing(x[i]!) ? 1 : 0;
  };
}
