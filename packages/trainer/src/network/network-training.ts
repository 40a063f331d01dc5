import type { NetworkPlan } from "@crossbill/models";
import type { GradientMethodOptions, OptimizerOptions } from "../optimizers/optimizer-options.js";
import type { EngineChoice } from "./engine-choice.js";
import type { NetworkLayout } from "./network-layout.js";
import type { LearnedTable } from "./table-method.js";

/** What members are given of a network. All of it survives a structured clone. */
export interface NetworkTraining {
  readonly plan: NetworkPlan;
  readonly layout: NetworkLayout;
  readonly optimizer: GradientMethodOptions;
  /** Of embeddings. */
  readonly tableOptimizer: OptimizerOptions;
  /** The last layer, where classes are sampled: then `plan` is without it. */
  readonly classes: LearnedTable | null;
  readonly seed: number;
  /** Blocks of earlier trainings: behind the optimiser's state, and behind the running statistics of batch norm (Infinity: as many as there can be). */
  readonly before: { readonly optimizer: number; readonly statistics: number };
  /** What computes the layers; null: the built-in kernels. */
  readonly engine: EngineChoice | null;
  /** Of a block at most: rows, and pairs of columns of several values. */
  readonly rows: number;
  readonly pairs: number;
}
