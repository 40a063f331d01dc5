import type { KernelExports } from "@crossbill/kernels";
import type { Block } from "../blocks/block.js";
import { type Layout, layoutOf } from "../blocks/layout.js";
import { ftrl } from "./ftrl.js";
import { gradientMethod } from "./gradient-method.js";
import type { OptimizerOptions, Penalties } from "./optimizer-options.js";

/** Where training stands between two blocks. */
export interface Now {
  /** Weight of all examples so far. */
  readonly seen: number;
  /** Time of the penalties so far: the sum of {@link Optimizer.tick}. */
  readonly clock: number;
}

/**
 * What a step does to the state of features. All pointers are byte offsets; feature ranges are half-open. `now` is before the current block; `step` counts
 * blocks from 0, and `weight` is the weight of the block's examples. Gradients are those of the weighted sum of its losses.
 */
export interface Optimizer {
  /** out[i] (f32) = weight of ids[i]. */
  gather(out: number, from: number, to: number, ids: number, now: Now): void;
  /** The same without any penalty: for the intercept. */
  gatherFree(out: number, from: number, to: number, ids: number): void;
  /** One update for each of the block's distinct features [from, to); `w` as gathered. */
  step(block: Block, from: number, to: number, w: number, step: number, weight: number): void;
  /** One update for each of ids[from .. to) with gradients f64. */
  apply(from: number, to: number, ids: number, gradients: number, w: number, step: number, weight: number): void;
  /** The time of penalties that passes in a block. */
  tick(step: number, weight: number): number;
  /** Weights of features [from, to) that are not zero; NaN when one is not finite. */
  nonZero(from: number, to: number, now: Now): number;
  /** The state of features [from, to) with all penalties due applied, to the state at `out`. */
  flush(out: number, from: number, to: number, now: Now): void;
  /** out[i] (f32) = weight of feature from + i in a flushed state at `state`; `seen` as it was then. */
  weights(out: number, from: number, to: number, state: number, seen: number): void;
  /** The same without any penalty: for the intercept. */
  weightsFree(out: number, from: number, to: number, state: number): void;
}

/** One for each output of the layout. */
export function makeOptimizers(options: OptimizerOptions, penalties: Penalties, kernels: KernelExports, layout: Layout): Optimizer[] {
  return Array.from({ length: layout.outputs }, (_, k) => {
    const own = layoutOf(layout, k);
    return options.kind === "ftrl" ? ftrl(options, penalties, kernels, own) : gradientMethod(options, penalties, kernels, own);
  });
}
