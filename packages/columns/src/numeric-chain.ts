import { CrossbillError, v1 } from "@crossbill/messages";
import { ExactSum, QuantileSketch } from "@crossbill/numerics";
import { meanAndDeviation, signedLog1p, sumOf, transformOf, weightOf } from "./numeric-fit.js";
import { EVERYTHING, type NumericPlan, type Range, type Step, within } from "./numeric-plan.js";
import { handling } from "./outlier-handling.js";
import { sketchOf } from "./sketch-of.js";

const { CLIP, LOG, LOG1P, MINMAX, STANDARDIZE } = v1.NumericSpec.Scale;
/** Third minus first quartile of the standard normal distribution. */
const NORMAL_IQR = 1.3489795003921634;

/**
 * What is frozen of a column whose fit needs more than moments, from the sketch of its raw values: the bounds first, then the steps, each fitted on what those
 * before it make of the values that are left. Exact up to 100,000 distinct values; past that off by the sketch's rank error (see `QuantileSketch`).
 * @throws E_COLUMN_FIT when a number overflows, or the quartiles that bounds are made of fall together
 */
export function chainState(name: string, plan: NumericPlan, partial: v1.NumericPartial.$Properties): v1.NumericState {
  const raw = sketchOf(partial.sketch!);
  const bounds = fitBounds(name, plan, partial, raw);
  const state = v1.NumericState.create({ count: partial.count ?? 0, missing: partial.missing ?? 0 });
  if (Number.isFinite(bounds.low)) state.low = bounds.low;
  if (Number.isFinite(bounds.high)) state.high = bounds.high;
  const isOutside = (x: number): boolean => x < bounds.low || x > bounds.high;
  const rejects = plan.outliers === v1.NumericSpec.Outliers.REJECT_ROW;
  let values = mapped(name, raw, rejects ? (x) => (isOutside(x) ? Number.NaN : x) : handling(plan, bounds));
  const describe = (): void => {
    [state.minimum, state.maximum] = values.totalWeight === 0 ? [0, 0] : [values.minimum, values.maximum];
    [state.mean, state.standardDeviation] = momentsOf(values);
  };
  if (plan.steps[0] !== CLIP) describe();
  for (const [i, step] of plan.steps.entries()) {
    const fitted = fitStep(step, plan.robust, values);
    checkFinite(name, fitted.subtract + fitted.divide, raw);
    state.steps.push(fitted);
    values = mapped(name, values, stepFunction(step, plan.clip, fitted));
    if (i === 0 && step === CLIP) describe();
  }
  const standardized = plan.steps.at(-1) === STANDARDIZE; // its centre is 0 up to rounding
  state.centre = values.totalWeight === 0 || standardized ? 0 : plan.robust ? values.quantile(0.5) : momentsOf(values)[0];
  checkFinite(name, state.mean + state.standardDeviation + state.centre, raw);
  return state;
}

/** What a step does to a number. */
export function stepFunction(step: Step, clip: Range, { subtract, divide }: v1.NumericStep.$Properties): (x: number) => number {
  if (step === CLIP) return within(clip);
  if (step === LOG || step === LOG1P) return transformOf(step)!;
  const [from, by] = [subtract ?? 0, divide || 1];
  return (x) => (x - from) / by;
}

/** Applies the steps that need no fit: those before the first logarithm, say. */
export function plainSteps(steps: readonly Step[], clip: Range): (x: number) => number {
  return (x) => steps.reduce((y, step) => (step === CLIP ? within(clip)(y) : signedLog1p(y)), x);
}

/** A divisor of 0, or one so small that a fitted value would overflow, counts as 1. */
function fitStep(step: Step, robust: boolean, values: QuantileSketch): v1.NumericStep {
  const fitted = v1.NumericStep.create({ subtract: 0, divide: 1 });
  if (values.totalWeight === 0) return fitted;
  if (step === MINMAX) [fitted.subtract, fitted.divide] = [values.minimum, values.maximum - values.minimum || 1];
  if (step === STANDARDIZE && robust) [fitted.subtract, fitted.divide] = [values.quantile(0.5), values.quantile(0.75) - values.quantile(0.25) || 1];
  if (step === STANDARDIZE && !robust) {
    const [mean, deviation] = momentsOf(values);
    [fitted.subtract, fitted.divide] = [mean, deviation || 1];
  }
  const reach = [values.minimum, values.maximum].map((x) => (x - fitted.subtract) / fitted.divide);
  if (!reach.every(Number.isFinite)) fitted.divide = 1;
  return fitted;
}

function fitBounds(name: string, { bounds, robust }: NumericPlan, partial: v1.NumericPartial.$Properties, raw: QuantileSketch): Range {
  if (bounds === null) return EVERYTHING;
  if (bounds.by === "fixed") return bounds.range;
  if (raw.totalWeight === 0 || raw.minimum === raw.maximum) return EVERYTHING;
  if (bounds.by === "quantiles")
    return {
      low: bounds.low === null ? EVERYTHING.low : raw.quantile(bounds.low),
      high: bounds.high === null ? EVERYTHING.high : raw.quantile(bounds.high),
    };
  let [from, to, spread]: [number, number, number] = [0, 0, 0];
  if (bounds.by === "zScore" && !robust) {
    const { mean, deviation } = meanAndDeviation(weightOf(name, partial), sumOf(partial.sum), sumOf(partial.sumSquares));
    [from, to, spread] = [mean, mean, deviation];
  } else {
    const [first, median, third] = [0.25, 0.5, 0.75].map((q) => raw.quantile(q)) as [number, number, number];
    if (first === third)
      throw new CrossbillError(
        "E_COLUMN_FIT",
        `column "${name}": its first and third quartile are both ${first}, so every other value would be an outlier; give its bounds as quantiles or as numbers`,
        { exitCode: 2, details: { column: name } },
      );
    [from, to, spread] = bounds.by === "iqr" ? [first, third, third - first] : [median, median, (third - first) / NORMAL_IQR];
  }
  const [low, high] = [from - bounds.times * spread, to + bounds.times * spread];
  checkFinite(name, low + high + spread, raw);
  return { low, high };
}

/** Mean and population deviation. Values are added in ascending order, so the order of rows does not matter. */
function momentsOf(values: QuantileSketch): [number, number] {
  const n = values.totalWeight;
  if (n === 0) return [0, 0];
  if (values.minimum === values.maximum) return [values.minimum, 0];
  const { values: x, weights } = values.entries;
  const sum = new ExactSum();
  for (let i = 0; i < x.length; i++) sum.addProduct(x[i]!, weights[i]!);
  const mean = sum.value() / n;
  const squares = new ExactSum();
  for (let i = 0; i < x.length; i++) squares.addProduct((x[i]! - mean) * weights[i]!, x[i]! - mean);
  return [mean, Math.sqrt(squares.value() / n)];
}

/** The distribution of f(x); NaN: left out. */
function mapped(name: string, values: QuantileSketch, f: (x: number) => number): QuantileSketch {
  const out = new QuantileSketch();
  const { values: x, weights } = values.entries;
  for (let i = 0; i < x.length; i++) {
    const y = f(x[i]!);
    if (Number.isNaN(y)) continue;
    checkFinite(name, y, values);
    out.add(y, weights[i]!);
  }
  return out;
}

function checkFinite(name: string, value: number, values: QuantileSketch): void {
  if (Number.isFinite(value)) return;
  throw new CrossbillError(
    "E_COLUMN_FIT",
    `column "${name}": what is fitted of it overflows, as the values reach from ${values.minimum} to ${values.maximum}; give it a clip`,
    {
      exitCode: 2,
      details: { column: name },
    },
  );
}
