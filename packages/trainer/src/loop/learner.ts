import type { CrossbillError, v1 } from "@crossbill/messages";
import type { Block } from "../blocks/block.js";
import type { Loader } from "../blocks/loader.js";
import type { Now } from "../optimizers/optimizer.js";
import type { Sample } from "./class-sampler.js";

export interface Loss {
  /** Sum over rows of weight * loss. */
  readonly loss: number;
  readonly weight: number;
}

/** How a block is gone through. */
export interface Pass {
  /** The step (from 0) that trains on it; null: it is evaluated. */
  readonly step: number | null;
  /** The classes that are looked at, where they are sampled; null: all. */
  readonly sample: Sample | null;
  /** Sees the rows [from, to) of this member while their logits stand in the residuals' places. */
  readonly look: ((from: number, to: number) => void) | null;
}

export const EVALUATION: Pass = { step: null, sample: null, look: null };

/** What is learned, as checkpoints have it. */
export interface LearnedState {
  readonly optimizer: v1.SparseState.$Properties;
  /** Of a model with a network. */
  readonly network: v1.NetworkState.$Properties | null;
}

/** A block whose loss is not finite. */
export interface FailedBlock {
  /** "loss", "validation loss" or "loss of training rows". */
  readonly what: string;
  /** Of the block, from 0; of what an evaluation found that after which it was found, from 1. */
  readonly step: number;
  readonly epoch: number;
  readonly index: number;
  readonly block: Block;
  readonly sample: Sample | null;
  /** Blocks trained on just before, the latest first. */
  readonly recent: readonly number[];
  readonly loader: Loader;
}

/** Weights that are not finite after a step. */
export type FailedWeight = Pick<FailedBlock, "step" | "epoch" | "recent" | "loader"> & { readonly now: Now };

/**
 * What the loop over blocks asks of the model that it trains. Every member of the team has one over the same memory; all call the same methods in the same order (they meet at barriers within), and
 * get the same numbers. `now` is before the block.
 */
export interface Learner {
  /** Goes through the block: logits, losses, residuals. Returns its loss before any update. */
  forward(block: Block, now: Now, pass: Pass): Loss;
  /** One update by the block that forward() was called with. `weight`: that of the block. */
  update(block: Block, step: number, weight: number, sample: Sample | null): void;
  /** Euclidean norm of the gradient of the block's weighted mean loss, penalties left out; of the block that was gone through last, with the same sample. `pass.step`: of what is random in training. */
  gradientNorm(block: Block, now: Now, pass: Pass, weight: number): number;
  /** The layers as gradientNorm() found them since this was last called. */
  layers(): readonly v1.LayerWatch.$Properties[];
  /** The time of penalties that passes in a block. */
  tick(step: number, weight: number): number;
  /** f64[K]: from now on added to the intercepts; null: nothing. */
  shift(shifts: Float64Array | null): void;
  /** Parameters that are not 0; NaN where one, or what its state holds, is not finite. */
  nonZero(now: Now): number;
  /** Keeps what is learned now as the best, penalties due applied. */
  keep(now: Now): void;
  /** What is learned now, and what was kept; for the member that writes checkpoints. */
  packed(): LearnedState;
  packedBest(): LearnedState;
  /** The error for a block whose loss is not finite, gone through last. */
  divergedAt(failed: FailedBlock): Promise<CrossbillError>;
  divergedWeight(failed: FailedWeight): Promise<CrossbillError>;
}
