import { CrossbillError } from "@crossbill/messages";
import { QuantileSketch } from "@crossbill/numerics";
import type { SliceColumns } from "./slice-accumulator.js";
import { type SliceFieldSpec, sliceNumber } from "./slice-field.js";
import type { SliceQuantiles } from "./slice-metrics.js";

/** The ranges of {@link SliceQuantiles}; the column's values as they are where it has fewer than two numbers. @throws E_SLICE_FIELD, E_SLICE_SET */
export function quantileBoundaries({ column, quantiles, name }: SliceQuantiles, slices: SliceColumns, weights: ArrayLike<number> | undefined): SliceFieldSpec {
  if (!(Number.isInteger(quantiles) && quantiles >= 2 && quantiles <= 1000))
    throw new CrossbillError("E_SLICE_SET", `quantiles of ${JSON.stringify(column)} are ${String(quantiles)}, allowed is an integer from 2 to 1000`, {
      exitCode: 2,
    });
  if (!Object.hasOwn(slices, column))
    throw new CrossbillError("E_SLICE_FIELD", `slice field ${JSON.stringify(column)} has no column; given are ${JSON.stringify(Object.keys(slices))}`, {
      exitCode: 2,
    });
  const sketch = new QuantileSketch();
  const values = slices[column]!;
  for (let row = 0; row < values.length; row++) {
    const x = sliceNumber(values[row] ?? null);
    const weight = weights === undefined ? 1 : weights[row]!;
    if (Number.isFinite(x) && weight > 0) sketch.add(x, weight);
  }
  const boundaries = sketch.boundaries(quantiles);
  return boundaries.length === 0 ? column : { column, boundaries, ...(name === undefined ? {} : { name }) };
}
