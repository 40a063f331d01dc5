import { type KernelExports, SQUARES_CHUNK } from "@crossbill/kernels";
import type { Block } from "../blocks/block.js";
import { type Heap, share } from "../blocks/heap.js";
import { type Layout, layoutOf } from "../blocks/layout.js";
import { featureRuns, type LinearPart } from "../loop/linear-part.js";
import { Stage, type Team } from "../loop/stepper.js";
import { squareChunks } from "../optimizers/square-chunks.js";

export interface NormParts {
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly layout: Layout;
  readonly team: Team;
  /** D */
  readonly dense: number;
  /** null: all columns are linear. */
  readonly part: LinearPart | null;
}

/**
 * The Euclidean norm of the gradient of the block's weighted mean loss by all weights and intercepts, penalties left out; of the block that was forwarded last.
 * All members call it; squares are summed in chunks of 1,024 features, in their order.
 * @param weight that of the block
 * @param outputs those that it was forwarded with
 */
export function gradientNorm({ heap, kernels, layout, team, dense, part }: NormParts, block: Block, weight: number, outputs: Iterable<number>): number {
  const { f64 } = heap;
  const { squares, starts, chunks: most } = layout.norm;
  const chunks = squareChunks(block.distinct);
  const [first, last] = [share(chunks, team.index, team.size), share(chunks, team.index + 1, team.size)];
  const [from, to] = [SQUARES_CHUNK * first, Math.min(block.distinct, SQUARES_CHUNK * last)];
  // Nothing is built meanwhile: a member's scratch begins with the ids of its last block.
  const gradients = layout.scratch + team.index * layout.scratchBytes;
  const sums = new Float64Array(last - first);
  let ofDense = 0;
  for (const k of outputs) {
    const { residual, denseGradients } = layoutOf(layout, k);
    kernels.block_gradients(gradients, from, to, block.offsets, block.rowsOf, block.valuesOf, block.wide, residual);
    for (const run of featureRuns(part, block, heap, from, to)) if (!run.linear) f64.fill(0, gradients / 8 + run.from, gradients / 8 + run.to);
    kernels.group_squares(squares, from, to, block.uniq, gradients, starts, 1);
    for (let c = first; c < last; c++) sums[c - first] = sums[c - first]! + f64[squares / 8 + c]!;
    if (team.index !== team.size - 1) continue;
    kernels.dense_gradients_f32(denseGradients, 0, dense, block.rows, block.dense, block.rows, residual);
    for (let d = 0; d < dense; d++) if (part?.dense[d] !== false) ofDense += f64[denseGradients / 8 + d]! ** 2;
  }
  f64.set(sums, squares / 8 + first);
  if (team.index === team.size - 1) f64[squares / 8 + most] = ofDense;
  team.barrier(Stage.OBSERVE);
  let sum = f64[squares / 8 + most]!;
  for (let c = 0; c < chunks; c++) sum += f64[squares / 8 + c]!;
  return Math.sqrt(sum) / weight;
}
