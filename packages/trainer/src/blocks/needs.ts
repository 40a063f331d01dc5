import { rowsOf, type TrainPlan } from "../rows/plan.js";
import { type Shape, shapeBound } from "./block.js";
import { type Inputs, inputSizes } from "./inputs.js";

/** A shape that no block of the plan exceeds. */
export function largestShape(plan: TrainPlan, inputs: Inputs): Shape {
  const most = (of: (block: TrainPlan["blocks"][number]) => number): number => plan.blocks.reduce((most, block) => Math.max(most, of(block)), 0);
  return shapeBound(
    most(rowsOf),
    inputSizes(inputs),
    most(({ pairs }) => pairs),
    true,
  );
}
