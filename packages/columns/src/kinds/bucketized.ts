import { v1 } from "@crossbill/messages";
import { QuantileSketch } from "@crossbill/numerics";
import type { Column, ColumnFit, ColumnPartial, ColumnState, FitContext, Fitting, StateOf } from "../column.js";
import { countOf, fieldOf } from "../field-of.js";
import { sketchOf } from "../sketch-of.js";
import { specError, stateError } from "../spec-error.js";

/** id 0 missing; else 1 + the number of boundaries <= x. */
export function bucketized(name: string, spec: v1.BucketizedSpec.$Properties): Column {
  const field = fieldOf(name, spec.field);
  const given = spec.boundaries ?? [];
  const quantiles = countOf(name, "quantiles", spec.quantiles, 0);
  const nonZero = spec.ofNonZero ?? false;
  if ((given.length === 0) === (quantiles === 0)) throw specError(name, `${given.length} boundaries and quantiles: ${quantiles}; one of the two is needed`);
  if (quantiles === 1) throw specError(name, "quantiles: 1 is one bucket for everything; at least 2 are needed");
  if (nonZero && quantiles === 0) throw specError(name, "of: nonZero says which values quantiles are taken of; it has no meaning with given boundaries");
  if (!ascending(given)) throw specError(name, `boundaries ${given.join(", ")}; finite numbers in strictly ascending order are needed`);

  const boundariesOf = (states: StateOf): readonly number[] => {
    if (given.length > 0) return given;
    const state = states(name)?.bucketized;
    if (state == null) throw stateError(name, "the state of the bucketized column is missing");
    const fitted = state.boundaries ?? [];
    if (!ascending(fitted)) throw stateError(name, "its fitted boundaries are out of order");
    return fitted;
  };
  return {
    name,
    kind: "bucketized",
    fields: [field],
    reads: "numbers",
    inputs: [],
    radix: given.length > 0 ? given.length + 2 : quantiles + (nonZero ? 3 : 1),
    ...(given.length > 0 ? {} : { fitting: quantileFitting(name, field, quantiles, nonZero) }),
    size: (states) => boundariesOf(states).length + 2,
    featureName: (id, states) => bucketName(name, id, boundariesOf(states)),
    batchEncoder: ({ runtime, states }) => {
      const boundaries = Float64Array.from(boundariesOf(states));
      return (batch, out) => {
        const x = batch.numbers(field);
        const ids = runtime.arena.u32(out, batch.rows);
        for (let row = 0; row < ids.length; row++) ids[row] = bucketOf(x[row]!, boundaries);
      };
    },
    rowEncoder: (states) => {
      const boundaries = Float64Array.from(boundariesOf(states));
      return (row) => bucketOf(row.number(field), boundaries);
    },
  };
}

function bucketOf(x: number, boundaries: Float64Array): number {
  if (Number.isNaN(x)) return 0;
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (boundaries[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return 1 + low;
}

/**
 * Boundaries at the quantiles 1/k ... (k-1)/k of all values, strictly ascending (repeated ones fall together). Of the non-zero values: theirs, and the two
 * boundaries 0 and 5e-324, the least number above 0, between which lies the bucket of zero (-0 is zero) and nothing else.
 */
function quantileFitting(name: string, field: string, k: number, nonZero: boolean): Fitting {
  return {
    start: ({ runtime }: FitContext): ColumnFit => {
      const sketch = new QuantileSketch();
      return {
        update: (batch, keepAt, weights) => {
          const x = batch.numbers(field);
          const keep = runtime.arena.u8(keepAt, batch.rows);
          for (let row = 0; row < x.length; row++) {
            const value = x[row]!;
            if (keep[row] !== 0 && !Number.isNaN(value) && !(nonZero && value === 0)) sketch.add(value, weights === null ? 1 : weights[row]!);
          }
        },
        partial: () => ({ name, sketch: sketch.toBytes() }),
      };
    },
    finish: (partial: ColumnPartial) => {
      const boundaries = new Set<number>(sketchOf(partial.sketch!).boundaries(k));
      if (nonZero) boundaries.add(0).add(Number.MIN_VALUE);
      return v1.ColumnState.create({ name, bucketized: v1.BucketizedState.create({ boundaries: [...boundaries].sort((a, b) => a - b) }) });
    },
    append: (state: ColumnState) => v1.ColumnState.create({ name, bucketized: v1.BucketizedState.create(state.bucketized!) }),
  };
}

function bucketName(name: string, id: number, boundaries: readonly number[]): string {
  if (id === 0) return `${name} missing`;
  const [low, high] = [boundaries[id - 2], boundaries[id - 1]];
  if (low === undefined) return high === undefined ? `${name} any` : `${name} < ${high}`;
  if (low === 0 && high === Number.MIN_VALUE) return `${name} = 0`;
  if (low === Number.MIN_VALUE) return high === undefined ? `${name} > 0` : `${name} in (0, ${high})`;
  return high === undefined ? `${name} >= ${low}` : `${name} in [${low}, ${high})`;
}

function ascending(numbers: readonly number[]): boolean {
  return numbers.every((x, i) => Number.isFinite(x) && (i === 0 || numbers[i - 1]! < x));
}
