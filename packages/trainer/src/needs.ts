import { type Shape, shapeBound } from "./block.js";
import { denseFeatures, type Inputs } from "./inputs.js";
import type { TrainPlan } from "./plan.js";

/** A shape that no block of the plan exceeds. */
export function largestShape(plan: TrainPlan, inputs: Inputs): Shape {
  const rows = plan.blocks.reduce((most, { from, to }) => Math.max(most, to - from), 0);
  return shapeBound(
    rows,
    inputs.categorical.map((column) => column.size),
    denseFeatures(inputs).length,
    true,
  );
}
