import { type KernelExports, SQUARES_CHUNK } from "@crossbill/kernels";
import type { Block } from "../blocks/block.js";
import { type Heap, share } from "../blocks/heap.js";
import type { Inputs } from "../blocks/inputs.js";
import type { Layout } from "../blocks/layout.js";
import { denseRuns, featureRuns, type LinearPart } from "../loop/linear-part.js";
import type { Team } from "../loop/stepper.js";
import type { Optimizer } from "./optimizer.js";
import { squareChunks } from "./square-chunks.js";

/** The gradient of a block's weighted mean loss is kept within a limit: each number of it (value), its norm by column (norm), or its norm (globalNorm). */
export interface ClipOptions {
  readonly kind: "value" | "norm" | "globalNorm";
  /** c, above 0. */
  readonly limit: number;
}

/** The first features of what has a norm of its own, ascending: of every column and of the intercept, or all together. Empty: values are clipped. */
export function clipGroups({ kind }: ClipOptions, inputs: Inputs): Uint32Array {
  if (kind === "value") return new Uint32Array(0);
  if (kind === "globalNorm") return Uint32Array.of(0);
  const columns = [...inputs.categorical, ...inputs.multi, ...inputs.numeric];
  return Uint32Array.from(new Set([0, ...columns.map(({ offset }) => offset), inputs.features])).sort();
}

/** What gradients of a group are multiplied by: limit / norm where the norm is above the limit (Pascanu, Mikolov, Bengio 2013). */
export function clipFactor(squares: number, limit: number): number {
  const norm = Math.sqrt(squares);
  return norm > limit ? limit / norm : 1;
}

/** Gradients that are clipped beside those of the linear function. */
export interface ClippedBeside {
  /** Sums squares of the member's share, before all members meet. */
  readonly measure: () => void;
  /** After it. Returns the sum of all: a part of the norm of all gradients together. */
  readonly met: () => number;
  /** Takes the factor of that norm. */
  readonly scale: (factor: number) => void;
}

/** Where the gradients of a block are wanted before any update. */
export interface ClipParts {
  readonly clip: ClipOptions;
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly layout: Layout;
  readonly team: Team;
  /** D */
  readonly dense: number;
  /** null: all columns are linear. */
  readonly part: LinearPart | null;
  /** null: nothing else is clipped. */
  readonly beside: ClippedBeside | null;
  /** Waits for all members to have summed their squares. */
  readonly meet: () => void;
}

/**
 * Step 3 with clipping: all gradients of the member's features, then (norms) their squares, in chunks of 1,024 features that do not depend on the number of members,
 * a barrier, and the updates with clipped gradients.
 */
export function clippedUpdate(
  { clip, heap, kernels, layout, team, dense, part, beside, meet }: ClipParts,
  chosen: readonly { readonly layout: Layout; readonly optimizer: Optimizer }[],
  block: Block,
  step: number,
  weight: number,
): void {
  const chunks = squareChunks(block.distinct);
  const from = SQUARES_CHUNK * share(chunks, team.index, team.size);
  const to = Math.min(block.distinct, SQUARES_CHUNK * share(chunks, team.index + 1, team.size));
  const last = team.index === team.size - 1 ? dense : 0;
  const { starts, groups } = layout.clip;
  const limit = clip.limit * weight;
  for (const { layout: own } of chosen) {
    const { gradients, squares } = own.clip;
    kernels.block_gradients(gradients, from, to, block.offsets, block.rowsOf, block.valuesOf, block.wide, own.residual);
    kernels.dense_gradients_f32(own.denseGradients, 0, last, block.rows, block.dense, block.rows, own.residual);
    zeroOthers(own, part, block, heap, from, to, last);
    if (clip.kind === "value") {
      kernels.clamp_f64(gradients, from, to, limit);
      kernels.clamp_f64(own.denseGradients, 0, last, limit);
    } else {
      kernels.group_squares(squares, from, to, block.uniq, gradients, starts, groups);
      kernels.group_squares(squares + 8 * groups * layout.clip.chunks, 0, last, own.denseIds, own.denseGradients, starts, groups);
    }
  }
  const factors = layout.clip.factors + 8 * groups * team.index;
  let clipped = false;
  if (clip.kind !== "value") {
    beside?.measure();
    meet();
    const others = beside?.met() ?? 0;
    for (let group = 0; group < groups; group++) {
      let sum = 0;
      for (const { layout: own } of chosen) {
        const at = own.clip.squares / 8 + group;
        for (let c = 0; c < chunks; c++) sum += heap.f64[at + groups * c]!;
        for (let c = 0; c < squareChunks(dense); c++) sum += heap.f64[at + groups * (layout.clip.chunks + c)]!;
      }
      if (clip.kind === "globalNorm") sum += others;
      const factor = clipFactor(sum, limit);
      if (clip.kind === "globalNorm") beside?.scale(factor);
      heap.f64[factors / 8 + group] = factor;
      clipped ||= factor !== 1;
    }
  }
  for (const { layout: own, optimizer } of chosen) {
    const { gradients } = own.clip;
    if (clipped) {
      kernels.group_scale(gradients, from, to, block.uniq, starts, groups, factors);
      kernels.group_scale(own.denseGradients, 0, last, own.denseIds, starts, groups, factors);
    }
    optimizer.apply(from, to, block.uniq, gradients, own.w, step, weight);
    optimizer.apply(0, last, own.denseIds, own.denseGradients, own.denseW, step, weight);
  }
}

/** No gradient is of a column that is not linear. */
export function zeroOthers(layout: Layout, part: LinearPart | null, block: Block, heap: Heap, from: number, to: number, dense: number): void {
  if (part === null) return;
  const at = layout.clip.gradients / 8;
  for (const run of featureRuns(part, block, heap, from, to)) if (!run.linear) heap.f64.fill(0, at + run.from, at + run.to);
  const denseAt = layout.denseGradients / 8;
  for (const run of denseRuns(part, 0, dense)) if (!run.linear) heap.f64.fill(0, denseAt + run.from, denseAt + run.to);
}
