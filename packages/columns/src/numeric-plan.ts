import { v1 } from "@crossbill/messages";
import { specError } from "./spec-error.js";

const { CLIP, LOG, LOG1P, MINMAX, NONE, STANDARDIZE } = v1.NumericSpec.Scale;
const { AS_MISSING, KEEP } = v1.NumericSpec.Outliers;

export type Step = v1.NumericSpec.Scale;
export interface Range {
  readonly low: number;
  readonly high: number;
}
export const EVERYTHING: Range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** Where outliers begin, before it is fitted. */
export type Bounds =
  | { readonly by: "quantiles"; readonly low: number | null; readonly high: number | null }
  | { readonly by: "zScore" | "iqr"; readonly times: number }
  | { readonly by: "fixed"; readonly range: Range };

/** A numeric specification, checked and with its defaults. A raw value passes through outliers, then the steps from left to right. */
export interface NumericPlan {
  readonly steps: readonly Step[];
  /** Of the step CLIP. */
  readonly clip: Range;
  readonly missing: v1.NumericSpec.Missing;
  readonly robust: boolean;
  readonly outliers: v1.NumericSpec.Outliers;
  /** null: no value is an outlier. */
  readonly bounds: Bounds | null;
  /** What exact moments of clipped values describe: one transform (LOG, LOG1P or NONE) and one scale; null: fitted by a sketch of the values. */
  readonly simple: { readonly transform: Step; readonly scale: Step } | null;
}

const SINGLE = new Map<Step, readonly Step[]>([
  [NONE, []],
  [STANDARDIZE, [STANDARDIZE]],
  [MINMAX, [MINMAX]],
  [LOG1P, [LOG1P, STANDARDIZE]],
  [LOG, [LOG, STANDARDIZE]],
  [CLIP, [CLIP]],
]);
export const STEP_NAMES: Readonly<Record<Step, string>> = {
  [NONE]: "none",
  [STANDARDIZE]: "standardize",
  [MINMAX]: "minmax",
  [LOG1P]: "log1p",
  [LOG]: "log",
  [CLIP]: "clip",
};

/** @throws E_COLUMN_SPEC */
export function numericPlan(name: string, spec: v1.NumericSpec.$Properties): NumericPlan {
  const clip = rangeOf(name, "clip", spec.clipLow, spec.clipHigh);
  const steps = stepsOf(name, spec, spec.clipLow != null || spec.clipHigh != null);
  const outliers = spec.outliers ?? KEEP;
  const robust = spec.robust ?? false;
  const bounds = boundsOf(name, spec.bounds, outliers);
  const missing = spec.missing ?? 0;
  if (outliers === AS_MISSING && missing === v1.NumericSpec.Missing.REJECT)
    throw specError(name, 'its outliers become missing and missing values are an error; outliers: "reject-row" rejects their rows');
  return { steps, clip, missing, robust, outliers, bounds, simple: robust || bounds !== null ? null : simpleOf(steps) };
}

function stepsOf(name: string, { scale, scales }: v1.NumericSpec.$Properties, clipped: boolean): readonly Step[] {
  const chain = scales ?? [];
  if (chain.length > 0 && (scale ?? NONE) !== NONE) throw specError(name, "it has a scale and a list of scales; one of the two is needed");
  const named = chain.length > 0 ? chain : SINGLE.get(scale ?? NONE);
  if (named === undefined || chain.some((step) => !SINGLE.has(step) || step === NONE))
    throw specError(name, `scale [${chain.join(", ")}] holds an unknown step`);
  const shown = named.map((step) => STEP_NAMES[step]).join(", ");
  if (new Set(named).size !== named.length) throw specError(name, `scale [${shown}]; each step once`);
  if (named.includes(CLIP) && !clipped) throw specError(name, `scale [${shown}] names clip and no clip is given; clip: [low, high] is needed`);
  const fitted = named.findIndex((step) => step === STANDARDIZE || step === MINMAX);
  if (fitted >= 0 && named.indexOf(LOG) > fitted)
    throw specError(name, `scale [${shown}]: log comes after ${STEP_NAMES[named[fitted]!]}, which makes numbers that are not above 0; log1p takes those`);
  return clipped && !named.includes(CLIP) ? [CLIP, ...named] : named;
}

function boundsOf(name: string, spec: v1.OutlierBounds.$Properties | null | undefined, outliers: v1.NumericSpec.Outliers): Bounds | null {
  if (spec == null) return outliers === KEEP ? null : { by: "zScore", times: 3 };
  if (spec.quantiles != null) {
    const [low, high] = [spec.quantiles.low ?? null, spec.quantiles.high ?? null];
    const given = [low ?? 0, high ?? 1];
    if (!(given[0]! >= 0 && given[0]! < given[1]! && given[1]! <= 1) || (low === null && high === null))
      throw specError(name, `bounds: quantiles [${low}, ${high}]; two ascending numbers in [0, 1] are needed, of which one may be left open (null)`);
    return { by: "quantiles", low, high };
  }
  if (spec.fixed != null) {
    if (spec.fixed.low == null && spec.fixed.high == null) throw specError(name, "bounds [null, null] bound nothing");
    return { by: "fixed", range: rangeOf(name, "bounds", spec.fixed.low, spec.fixed.high) };
  }
  const by = spec.iqr != null ? "iqr" : "zScore";
  const times = spec.iqr ?? spec.zScore ?? 0;
  if (!(times > 0 && times < Number.POSITIVE_INFINITY)) throw specError(name, `bounds: ${by} ${times}; a number above 0 is needed`);
  return { by, times };
}

function rangeOf(name: string, what: string, from: number | null | undefined, to: number | null | undefined): Range {
  const low = from ?? Number.NEGATIVE_INFINITY;
  const high = to ?? Number.POSITIVE_INFINITY;
  if (!(low <= high)) throw specError(name, `${what} [${low}, ${high}]; two numbers in ascending order are needed`);
  return { low, high };
}

function simpleOf(steps: readonly Step[]): NumericPlan["simple"] {
  const rest = steps[0] === CLIP ? steps.slice(1) : [...steps];
  const transform = rest[0] === LOG || rest[0] === LOG1P ? rest.shift()! : NONE;
  const scale = rest[0] === STANDARDIZE || (rest[0] === MINMAX && transform === NONE) ? rest.shift()! : NONE;
  return rest.length === 0 ? { transform, scale } : null;
}

export function within({ low, high }: Range): (x: number) => number {
  return (x) => Math.min(Math.max(x, low), high);
}
