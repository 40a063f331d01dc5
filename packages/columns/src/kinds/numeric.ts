import type { ErrorCode } from "@crossbill/messages";
import { v1 } from "@crossbill/messages";
import type { Column, ColumnFit, ColumnPartial, ColumnState, FitContext } from "../column.js";
import { fieldOf } from "../field-of.js";
import { Moments } from "../moments.js";
import { logTransform, numericState } from "../numeric-fit.js";
import { specError } from "../spec-error.js";

const { LOG } = v1.NumericSpec.Scale;
const { INDICATOR, REJECT } = v1.NumericSpec.Missing;

/** A number, passed on as it is; clip and scale are applied where it is used (see `numericTransform`). */
export function numeric(name: string, spec: v1.NumericSpec.$Properties): Column {
  const field = fieldOf(name, spec.field);
  const { low, high } = clipOf(name, spec);
  const isLog = spec.scale === LOG;
  const rejectsMissing = spec.missing === REJECT;
  const transform = logTransform(spec.scale ?? 0);
  const rejects = (x: number): ErrorCode | null => {
    if (Number.isNaN(x)) return rejectsMissing ? "E_MISSING" : null;
    return isLog && !(Math.min(Math.max(x, low), high) > 0) ? "E_LOG_RANGE" : null;
  };
  return {
    name,
    kind: "numeric",
    fields: [field],
    reads: "numbers",
    inputs: [],
    radix: Number.POSITIVE_INFINITY,
    ...(isLog || rejectsMissing ? { rejects } : {}),
    size: () => (spec.missing === INDICATOR ? 2 : 1),
    featureName: (id) => (id === 0 ? name : `${name} missing`),
    fitting: {
      start: ({ runtime }: FitContext): ColumnFit => {
        const moments = new Moments(runtime, low, high, spec.scale ?? 0);
        return { update: (batch, keep) => moments.add(batch.numbersAt(field), keep, batch.rows), partial: () => ({ name, numeric: moments.partial() }) };
      },
      finish: (partial: ColumnPartial) => v1.ColumnState.create({ name, numeric: numericState(name, partial.numeric!, transform !== null) }),
      append: (state: ColumnState, partial: ColumnPartial) =>
        v1.ColumnState.create({
          name,
          numeric: v1.NumericState.create({
            ...state.numeric,
            count: (state.numeric!.count ?? 0) + (partial.numeric!.count ?? 0),
            missing: (state.numeric!.missing ?? 0) + (partial.numeric!.missing ?? 0),
          }),
        }),
    },
  };
}

/** The clip's bounds, infinite where there is none. */
export function clipOf(name: string, spec: v1.NumericSpec.$Properties): { low: number; high: number } {
  const low = spec.clipLow ?? Number.NEGATIVE_INFINITY;
  const high = spec.clipHigh ?? Number.POSITIVE_INFINITY;
  if (!(low <= high)) throw specError(name, `clip [${low}, ${high}]; two numbers in ascending order are needed`);
  return { low, high };
}
