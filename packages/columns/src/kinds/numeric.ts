import type { ErrorCode } from "@crossbill/messages";
import { v1 } from "@crossbill/messages";
import { QuantileSketch } from "@crossbill/numerics";
import type { Column, ColumnFit, ColumnPartial, ColumnState, FitContext, Fitting } from "../column.js";
import { fieldOf } from "../field-of.js";
import { Moments } from "../moments.js";
import { chainState, plainSteps } from "../numeric-chain.js";
import { numericState } from "../numeric-fit.js";
import { EVERYTHING, type NumericPlan, numericPlan } from "../numeric-plan.js";
import { handling } from "../outlier-handling.js";

const { LOG, NONE } = v1.NumericSpec.Scale;
const { INDICATOR, REJECT } = v1.NumericSpec.Missing;

/** A number, passed on as it is; outliers, clip and scale are applied where it is used (see `numericTransform`). */
export function numeric(name: string, spec: v1.NumericSpec.$Properties): Column {
  return numberColumn(name, { fields: [fieldOf(name, spec.field)] }, numericPlan(name, spec));
}

/** The column of a number that comes from one field, or of factors. */
export function numberColumn(name: string, source: Pick<Column, "fields" | "factors">, plan: NumericPlan): Column {
  const rejects = rejecting(plan);
  const column: Column = {
    name,
    kind: "numeric",
    ...source,
    bounded: plan.bounds !== null,
    reads: "numbers",
    inputs: [],
    radix: Number.POSITIVE_INFINITY,
    ...(rejects === null ? {} : { rejects }),
    size: () => (plan.missing === INDICATOR ? 2 : 1),
    featureName: (id) => (id === 0 ? name : `${name} missing`),
  };
  return { ...column, fitting: plan.simple === null ? sketchFitting(column, plan) : momentFitting(column, plan, plan.simple.transform) };
}

function rejecting({ steps, clip, missing, bounds, ...plan }: NumericPlan): ((x: number) => ErrorCode | null) | null {
  const log = steps.indexOf(LOG);
  if (log < 0 && missing !== REJECT) return null;
  const before = plainSteps(steps.slice(0, Math.max(0, log)), clip);
  const known = bounds?.by === "fixed" ? handling({ steps, clip, missing, bounds, ...plan }, bounds.range) : (x: number): number => x;
  return (x) => {
    if (Number.isNaN(x)) return missing === REJECT ? "E_MISSING" : null;
    if (log < 0) return null;
    const y = known(x);
    return Number.isNaN(y) || before(y) > 0 ? null : "E_LOG_RANGE";
  };
}

/** By exact moments of the clipped values and of their transform. */
function momentFitting(column: Column, { clip }: NumericPlan, transform: v1.NumericSpec.Scale): Fitting {
  const { name } = column;
  return {
    start: ({ runtime }: FitContext): ColumnFit => {
      const moments = new Moments(runtime, clip.low, clip.high, transform);
      return {
        update: (batch, keep, weights) => moments.add(batch.numbersAt(column), keep, batch.rows, weights),
        partial: () => ({ name, numeric: moments.partial() }),
      };
    },
    finish: (partial: ColumnPartial) => v1.ColumnState.create({ name, numeric: numericState(name, partial.numeric!, transform !== NONE) }),
    append,
  };
}

/** By a sketch of the raw values, and their exact moments. */
function sketchFitting(column: Column, plan: NumericPlan): Fitting {
  const { name } = column;
  return {
    start: ({ runtime }: FitContext): ColumnFit => {
      const moments = new Moments(runtime, EVERYTHING.low, EVERYTHING.high, NONE);
      const sketch = new QuantileSketch();
      return {
        update: (batch, keepAt, weights) => {
          moments.add(batch.numbersAt(column), keepAt, batch.rows, weights);
          const x = batch.numbersOf(column);
          const keep = runtime.arena.u8(keepAt, batch.rows);
          for (let row = 0; row < x.length; row++) if (keep[row] !== 0 && !Number.isNaN(x[row]!)) sketch.add(x[row]!, weights === null ? 1 : weights[row]!);
        },
        partial: () => {
          const counted = moments.partial();
          counted.sketch = sketch.toBytes();
          return { name, numeric: counted };
        },
      };
    },
    finish: (partial: ColumnPartial) => v1.ColumnState.create({ name, numeric: chainState(name, plan, partial.numeric!) }),
    append,
  };
}

function append(state: ColumnState, partial: ColumnPartial): v1.ColumnState {
  return v1.ColumnState.create({
    name: state.name ?? "",
    numeric: v1.NumericState.create({
      ...state.numeric,
      count: (state.numeric!.count ?? 0) + (partial.numeric!.count ?? 0),
      missing: (state.numeric!.missing ?? 0) + (partial.numeric!.missing ?? 0),
    }),
  });
}
