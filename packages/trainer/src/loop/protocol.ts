import type { Inputs } from "../blocks/inputs.js";
import type { Layout } from "../blocks/layout.js";
import type { NetworkTraining } from "../network/network-training.js";
import type { ClipOptions } from "../optimizers/clip.js";
import type { OptimizerOptions, Penalties } from "../optimizers/optimizer-options.js";
import type { ArrayPack } from "../rows/array-source.js";
import type { LabelScale } from "../rows/label-scale.js";
import type { TrainPlan } from "../rows/plan.js";
import type { RowSampling } from "../rows/row-sampling.js";
import type { ValidationMetric } from "../watch/validation-metric.js";
import type { CheckpointTimes } from "./checkpoint-clock.js";
import type { SamplingOptions } from "./class-sampler.js";
import type { OnlineHead } from "./stepper.js";
import type { EarlyStopping, TrainState } from "./train-state.js";

/** What every member of the training gang is given. All of it survives a structured clone; the memory is shared. */
export interface TrainData {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly root: string;
  /** Checkpoints are written to `<checkpointRoot>/train`. */
  readonly checkpointRoot: string;
  readonly key: string;
  readonly plan: TrainPlan;
  readonly inputs: Inputs;
  readonly layout: Layout;
  readonly source: { readonly kind: "packs" } | { readonly kind: "arrays"; readonly packs: readonly ArrayPack[] };
  /** What the weights of rows are multiplied by, by class; null: by nothing. */
  readonly classFactors: readonly number[] | null;
  readonly head: OnlineHead;
  /** What labels are trained on as; null: as they stand. */
  readonly labelScale: LabelScale | null;
  /** null: no classes are sampled. */
  readonly sampling: SamplingOptions | null;
  /** null: all training rows are used. */
  readonly rowSampling: RowSampling | null;
  /** f64[K]: added to the intercepts where validation rows are predicted; null: nothing. */
  readonly shifts: Float64Array | null;
  readonly optimizer: OptimizerOptions;
  readonly penalties: Penalties;
  /** null: gradients are not clipped. */
  readonly clip: ClipOptions | null;
  /** null: the model is linear. */
  readonly network: NetworkTraining | null;
  readonly epochs: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** 0: after every epoch. */
  readonly evaluateEverySteps: number;
  readonly checkpoint: CheckpointTimes;
  readonly metric: ValidationMetric;
  readonly keepLast: boolean;
  readonly earlyStopping: EarlyStopping | null;
  /** Blocks behind which it pauses; as many as there are: it does not. */
  readonly pauseStep: number;
  /** Where to begin; the arrays are in the memory already. */
  readonly start: TrainState;
}

export interface LoopResult {
  readonly state: TrainState;
  readonly aborted: boolean;
  /** Training rows processed by this gang. */
  readonly rows: number;
  /** Seconds in the three steps of these rows: without loading, evaluations and checkpoints. */
  readonly seconds: number;
}

/** What member 0 returns (the others null). */
export interface TrainResult extends LoopResult {
  /** The engine of layers, for people; null: the built-in kernels. */
  readonly engine: string | null;
}

/** Progress slots of the gang: ints written by the coordinator, floats by member 0. */
export const ABORT_INT = 0;
export const Progress = { PHASE: 0, EPOCH: 1, STEP: 2, ROWS: 3, LOSS: 4, ROWS_PER_SECOND: 5 } as const;
export const PHASES = ["load", "train", "evaluate", "save"] as const;
