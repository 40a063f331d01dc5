import { type KernelExports, LOSS_CHUNK_ROWS, type OneHead } from "@crossbill/kernels";
import type { Block } from "../blocks/block.js";
import { type Heap, share } from "../blocks/heap.js";
import { type Layout, layoutOf } from "../blocks/layout.js";
import { type ClipOptions, type ClippedBeside, clippedUpdate } from "../optimizers/clip.js";
import type { Now, Optimizer } from "../optimizers/optimizer.js";
import type { Sample } from "./class-sampler.js";
import type { Loss } from "./learner.js";
import { denseRuns, featureRuns, type LinearPart } from "./linear-part.js";

/** Barriers of the loop, by the work they end. */
export const Stage = {
  GATHER: 1,
  ROWS: 2,
  UPDATE: 3,
  LOAD: 4,
  LOADED: 5,
  COUNT: 6,
  KEEP: 7,
  SAVE: 8,
  VERIFY: 9,
  CLIP: 10,
  METRIC: 11,
  OBSERVE: 12,
  NORM: 13,
  MERGE: 14,
  ENGINE: 15,
} as const;

/** Which of W threads this is. */
export interface Team {
  readonly index: number;
  readonly size: number;
  barrier(stage: number): void;
}

export const ALONE: Team = { index: 0, size: 1, barrier: () => undefined };

/** Work of one distinct feature beside its non-zeros, in units of one non-zero: a random access to its state. */
const FEATURE_WORK = 4;
/** Numbers of a dense input that take as long as one non-zero: several at once, in their order. */
const DENSE_AT_ONCE = 8;

/** What an online optimiser minimises: one prediction, or a logit for each class. */
export type OnlineHead = OneHead | "softmax" | "softSoftmax" | "oneVsRest" | "multiLabel" | "sampledSoftmax" | "nce";

interface Output {
  readonly output: number;
  readonly layout: Layout;
  readonly optimizer: Optimizer;
}

/** The three steps on one block. All members call the same methods in the same order; every member gets the same loss. */
export class Stepper {
  readonly #heap: Heap;
  readonly #kernels: KernelExports;
  readonly #layout: Layout;
  /** By output: where its things lie, and what updates it. */
  readonly #outputs: readonly Output[];
  readonly #head: OnlineHead;
  readonly #team: Team;
  /** D; the intercept, if there is one, is dense input 0. */
  readonly #dense: number;
  readonly #free: number;
  readonly #clip: ClipOptions | null;
  /** null: linear in all columns. */
  readonly #part: LinearPart | null;
  /** Whether a categorical column is in it. */
  readonly #sparse: boolean;
  /** Dense inputs up to the last one that is in it: all others have weight 0. */
  readonly #used: number;
  /** Of the sample that was looked at last. */
  #some: { readonly sample: Sample; readonly outputs: readonly Output[] } | null = null;
  /** f64[K], added to the intercepts of what is predicted; null: nothing. */
  #shifts: Float64Array | null = null;

  constructor(parts: {
    heap: Heap;
    kernels: KernelExports;
    layout: Layout;
    /** Of every output. */
    optimizers: readonly Optimizer[];
    head: OnlineHead;
    team: Team;
    dense: number;
    intercept: boolean;
    /** Default null: gradients are not clipped. */
    clip?: ClipOptions | null;
    /** Default null: the function is linear in all columns. */
    part?: LinearPart | null;
  }) {
    this.#heap = parts.heap;
    this.#kernels = parts.kernels;
    this.#layout = parts.layout;
    this.#outputs = parts.optimizers.map((optimizer, k) => ({ optimizer, layout: layoutOf(parts.layout, k), output: k }));
    this.#head = parts.head;
    this.#team = parts.team;
    this.#dense = parts.dense;
    this.#free = parts.intercept ? 1 : 0;
    this.#clip = parts.clip ?? null;
    this.#part = parts.part ?? null;
    this.#sparse = this.#part === null || this.#part.columns.includes(true);
    this.#used = this.#part === null ? this.#dense : Math.max(this.#free, this.#part.dense.lastIndexOf(true) + 1);
  }

  /** f64[K]: from now on added to the intercepts, of which these weights know nothing; null: nothing. */
  shift(shifts: Float64Array | null): void {
    this.#shifts = shifts;
  }

  /**
   * Steps 1 and 2: weights gathered, logits, residuals; the block's loss before any update. `now`: before this block. `sample`: the classes that it
   * is trained on, where they are sampled; without it the loss is that of all classes. `look` sees the rows [from, to) of this member while their logits stand in the residuals' places.
   */
  forward(block: Block, now: Now, sample: Sample | null = null, look: ((from: number, to: number) => void) | null = null): Loss {
    const { index, size } = this.#team;
    this.gather(block, now, sample);
    this.#team.barrier(Stage.GATHER);
    const chunks = Math.ceil(block.rows / LOSS_CHUNK_ROWS);
    const from = LOSS_CHUNK_ROWS * share(chunks, index, size);
    const to = Math.min(block.rows, LOSS_CHUNK_ROWS * share(chunks, index + 1, size));
    if (from < to) {
      this.logits(block, from, to, sample);
      look?.(from, to);
      this.residuals(block, from, to, sample);
    }
    this.#team.barrier(Stage.ROWS);
    return this.loss(block);
  }

  /** Step 1: this member's share of the block's weights. */
  gather(block: Block, now: Now, sample: Sample | null): void {
    const { denseIds } = this.#layout;
    const { index, size } = this.#team;
    const { f32 } = this.#heap;
    if (sample !== null && index === 0) this.#place(sample);
    const runs = this.#sparse ? featureRuns(this.#part, block, this.#heap, share(block.distinct, index, size), share(block.distinct, index + 1, size)) : [];
    const dense = denseRuns(this.#part, this.#free, sample === null ? this.#dense : this.#used);
    for (const { optimizer, layout, output } of this.#chosen(sample)) {
      for (const { from, to, linear } of runs) {
        if (linear) optimizer.gather(layout.w, from, to, block.uniq, now);
        else f32.fill(0, layout.w / 4 + from, layout.w / 4 + to);
      }
      if (index !== size - 1) continue;
      optimizer.gatherFree(layout.denseW, 0, this.#free, denseIds);
      if (this.#shifts !== null) f32[layout.denseW / 4] = f32[layout.denseW / 4]! + this.#shifts[output]!;
      for (const { from, to, linear } of dense) {
        if (linear) optimizer.gather(layout.denseW, from, to, denseIds, now);
        else f32.fill(0, layout.denseW / 4 + from, layout.denseW / 4 + to);
      }
    }
  }

  /** The block's loss, when all members are through its rows. */
  loss(block: Block): Loss {
    const { losses, weightSums } = this.#layout;
    const chunks = Math.ceil(block.rows / LOSS_CHUNK_ROWS);
    const { f64 } = this.#heap;
    let loss = 0;
    let weight = 0;
    for (let c = 0; c < chunks; c++) {
      loss += f64[losses / 8 + c]!;
      weight += f64[weightSums / 8 + c]!;
    }
    return { loss, weight };
  }

  #chosen(sample: Sample | null): readonly Output[] {
    if (sample === null) return this.#outputs;
    if (this.#some?.sample !== sample) this.#some = { sample, outputs: Array.from(sample.classes, (k) => this.#outputs[k]!) };
    return this.#some.outputs;
  }

  #place({ classes, sampled, corrections }: Sample): void {
    const { u32, u8, f64 } = this.#heap;
    u32.set(classes, this.#layout.active / 4);
    u8.set(sampled, this.#layout.sampled);
    f64.set(corrections, this.#layout.corrections / 8);
  }

  /** Logits of rows [from, to), of which the first begins a chunk, to residuals, with their losses. */
  residuals({ labels, weights }: Block, from: number, to: number, sample: Sample | null): void {
    const { residual, losses, weightSums, outputs, strides, active, sampled, corrections } = this.#layout;
    const kernels = this.#kernels;
    const stride = strides.residual / 8;
    if (sample !== null) {
      const n = sample.classes.length;
      const nce = this.#head === "nce";
      kernels.sampled_residuals(residual, stride, active, sampled, corrections, n, nce, losses, weightSums, labels, weights, from, to);
    } else if (this.#head === "softmax" || this.#head === "sampledSoftmax" || this.#head === "nce")
      kernels.softmax_residuals(residual, outputs, stride, losses, weightSums, labels, weights, from, to);
    else if (this.#head === "softSoftmax") kernels.soft_softmax_residuals(residual, outputs, stride, losses, weightSums, labels, weights, from, to);
    else if (this.#head === "multiLabel") kernels.multi_label_residuals(residual, outputs, stride, losses, weightSums, labels, weights, from, to);
    else if (this.#head === "oneVsRest") kernels.one_vs_rest_residuals(residual, outputs, stride, losses, weightSums, labels, weights, from, to);
    else kernels[`${this.#head}_residuals`](residual, losses, weightSums, labels, weights, from, to);
  }

  /** Logits of rows [from, to) of the block whose weights are gathered, into the residuals' places. */
  logits(block: Block, from: number, to: number, sample: Sample | null = null): void {
    for (const { layout } of this.#chosen(sample)) {
      const { w, denseW, residual } = layout;
      if (!this.#sparse) this.#heap.f64.fill(0, residual / 8 + from, residual / 8 + to);
      else if (block.rowOffsets === 0) this.#kernels.one_hot_dot_f32(residual, from, to, block.width, block.local, block.wide, w);
      else this.#kernels.csr_dot_f32(residual, from, to, block.rowOffsets, block.local, block.values, block.wide, w);
      // With weight 0 a number that is not finite still shows in its row's logit; where classes are sampled that would cost as much as a layer.
      this.#kernels.dense_add_f32(residual, from, to, sample === null ? this.#dense : this.#used, block.dense, block.rows, denseW);
    }
  }

  /** Step 3: one update for every distinct feature and dense input of the block that forward() was called with, of the outputs of its sample. `weight`: that of the block. */
  update(block: Block, step: number, weight: number, sample: Sample | null = null): void {
    this.learn(block, step, weight, sample, null);
    this.#team.barrier(Stage.UPDATE);
  }

  /** The same; the others may not be done with it. `beside`: what is clipped together with these weights. */
  learn(block: Block, step: number, weight: number, sample: Sample | null, beside: ClippedBeside | null): void {
    if (this.#clip === null) this.#learn(block, step, weight, sample);
    else {
      const [heap, kernels, layout, team, dense, part] = [this.#heap, this.#kernels, this.#layout, this.#team, this.#dense, this.#part];
      const parts = { clip: this.#clip, heap, kernels, layout, team, dense, part, beside, meet: () => team.barrier(Stage.CLIP) };
      clippedUpdate(parts, this.#chosen(sample), block, step, weight);
    }
  }

  #learn(block: Block, step: number, weight: number, sample: Sample | null): void {
    const mine = this.#cut(block, this.#team.index);
    const next = this.#cut(block, this.#team.index + 1);
    const runs = featureRuns(this.#part, block, this.#heap, mine.feature, next.feature);
    const dense = denseRuns(this.#part, mine.dense, next.dense);
    for (const { optimizer, layout } of this.#chosen(sample)) {
      const { w, denseW, denseIds, denseGradients, residual } = layout;
      for (const { from, to, linear } of runs) if (linear) optimizer.step(block, from, to, w, step, weight);
      for (const { from, to, linear } of dense) {
        if (!linear) continue;
        this.#kernels.dense_gradients_f32(denseGradients, from, to, block.rows, block.dense, block.rows, residual);
        optimizer.apply(from, to, denseIds, denseGradients, denseW, step, weight);
      }
    }
  }

  /** Where the member's share of the work of step 3 begins: features first, dense inputs after them. */
  #cut(block: Block, index: number): { feature: number; dense: number } {
    const denseWork = Math.ceil(block.rows / DENSE_AT_ONCE);
    const sparseWork = block.nonZeros + FEATURE_WORK * block.distinct;
    const at = share(sparseWork + denseWork * this.#dense, index, this.#team.size);
    if (at >= sparseWork) return { feature: block.distinct, dense: Math.floor((at - sparseWork) / denseWork) };
    const { u32 } = this.#heap;
    let low = 0;
    let high = block.distinct;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (u32[block.offsets / 4 + middle]! + FEATURE_WORK * middle < at) low = middle + 1;
      else high = middle;
    }
    return { feature: low, dense: 0 };
  }
}
