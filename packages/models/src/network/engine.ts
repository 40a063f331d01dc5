import type { TowerPlan } from "./network-plan.js";

/*
 * What computes the layers of a tower for a whole block. Letters: B rows, D inputs of the tower, K its outputs, J units of a layer, P numbers of `dense`; arrays are row-major.
 *
 * A layer: z = W x + bias; with batch norm z = gamma (z - mu) / sqrt(v + BATCH_NORM_EPSILON) + beta, mu and v the weighted mean and variance over the block's rows (the sum of weights is the divisor of both) in training,
 * the running ones in prediction; a = activation(z); in training a is multiplied by the given mask of dropout.
 */

/** Running statistics of batch norm (Ioffe, Szegedy 2015) after a block: momentum * running + (1 - momentum) * the block's. Where all weights are 0 the block is normalised by them, and they stay. */
export const BATCH_NORM_MOMENTUM = 0.99;

export const DENSE_ENGINES = ["wasm", "tfjs", "tfjs-node"] as const;
export type DenseEngineName = (typeof DENSE_ENGINES)[number];

/** Where a plan's offsets point to; never written. */
export interface TowerNumbers {
  /** f32[P] */
  readonly dense: Float32Array;
  /** Running statistics. */
  readonly running: Float32Array;
}

/** A block in training. What is random is drawn by the caller, so that engines agree. */
export interface TowerBatch {
  /** B */
  readonly rows: number;
  /** f32[B][D] */
  readonly inputs: Float32Array;
  /** f64[B]: weights of examples, for batch norm (residuals hold them already); null: all 1. */
  readonly weights: Float64Array | null;
  /** By layer: f32[B][J] of 0 and 1 / (1 - rate), or null. */
  readonly masks: readonly (Float32Array | null)[];
  /** By layer: f32[B][J] slopes below 0, of RReLU, else null. */
  readonly slopes: readonly (Float32Array | null)[];
  /** What running statistics keep of what they were; default BATCH_NORM_MOMENTUM. */
  readonly momentum?: number;
}

export interface TowerPass {
  /** f32[B][K] */
  readonly outputs: Float32Array;
  /** f32[P]: sums over rows; 0 for what is not of this tower. */
  readonly dense: Float32Array;
  /** f32[B][D] */
  readonly inputs: Float32Array;
  /** Running statistics after the block: those of other towers as given. */
  readonly running: Float32Array;
}

/** What a package of engines exports. */
export interface DenseEngineModule {
  /**
   * @param options.from a folder with `node_modules` to look in first
   * @throws E_ENGINE (exit code 2) where the engine is not there or does not work; the message says how to get it
   */
  loadEngine(options: { readonly name: Exclude<DenseEngineName, "wasm">; readonly from?: string }): Promise<DenseEngine>;
}

export interface DenseEngine {
  readonly name: DenseEngineName;
  /** What was chosen and why, for people. */
  readonly description: string;
  /** Outputs f32[B][K] of inputs f32[B][D] in prediction: running statistics, no dropout, RReLU with slope (a + b) / 2. */
  predict(tower: TowerPlan, numbers: TowerNumbers, inputs: Float32Array, rows: number): Float32Array;
  /** Forward, then backward from what `derivative` says of the outputs: f32[B][K], of whatever is minimised with respect to each. */
  train(tower: TowerPlan, numbers: TowerNumbers, batch: TowerBatch, derivative: (outputs: Float32Array) => Float32Array): TowerPass;
}
