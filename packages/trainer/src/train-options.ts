import type { v1 } from "@crossbill/messages";
import type { NetworkWeights, Placement } from "@crossbill/models";
import type { runGang } from "@crossbill/tasks";
import type { Inputs } from "./blocks/inputs.js";
import type { PHASES, TrainData } from "./loop/protocol.js";
import type { EngineSource } from "./network/engine-choice.js";
import type { InitialNetwork } from "./network/initial-network.js";
import type { InitialTable } from "./network/network-state.js";
import type { LabelScale } from "./rows/label-scale.js";
import type { TrainPlan } from "./rows/plan.js";

/** Where training stands; for people. */
export interface TrainProgress {
  readonly phase: (typeof PHASES)[number];
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  /** Training rows processed by this run. */
  readonly rows: number;
  /** Progressive loss of this epoch; NaN before the first block. */
  readonly loss: number;
  readonly rowsPerSecond: number;
}

/** Weights of an earlier training that this one starts from. */
export interface InitialWeights {
  /** f64[outputs][F], features as placed now. */
  readonly weights: Float64Array;
  /** f64[outputs] */
  readonly intercepts: Float64Array;
  /** SHA-256 of what they are from: part of the training key. */
  readonly sha256: string;
  /** Of an online optimiser, as {@link TrainOutcome} has it. */
  readonly optimizerState?: Uint8Array;
  /** Weight of all examples behind that state; see {@link TrainOutcome}. */
  readonly seen?: number;
  /** f64[outputs]: how far the intercepts above are from that state's; see {@link TrainOutcome}. Without them: not at all. */
  readonly shifts?: Float64Array;
  /** Of a model with a network, whose linear part the weights above are. */
  readonly network?: InitialNetwork;
}

export interface TrainOptions {
  /** Work folder: packs are read below it, checkpoints written to `<root>/train`. */
  readonly root: string;
  /** Checkpoints go to `<this>/train` instead: each of several trainings at once needs a folder of its own. */
  readonly checkpointRoot?: string;
  readonly specs: { readonly model: v1.ModelSpec; readonly train: v1.TrainSpec };
  readonly manifest: v1.IngestManifest;
  readonly placement: Placement;
  /** Threads (W). They change the speed, never a bit of the result. */
  readonly workers: number;
  /** Ceiling for state and blocks together; with less than the blocks need they are loaded again and again. Changes the speed only. */
  readonly memoryBytes: number;
  /** Identifies this version of the program: part of the training key. */
  readonly build: string;
  /** Where to start; without it from zero. The exact solver's optimum does not depend on it, but for the last digits. */
  readonly initial?: InitialWeights;
  /** Vectors that tables of a network start with. */
  readonly tables?: readonly InitialTable[];
  /** Where the engine comes from that TrainSpec.engine names; the built-in one needs none. */
  readonly engine?: EngineSource;
  /**
   * Pause behind so many of the epochs: what is returned is as if there were no more, and a later call with the same specs and checkpoints goes on, to the bits of a training through. Only of an online
   * optimiser (E_UNSUPPORTED) and where {@link canPause}. A training that is further on already starts over.
   */
  readonly pauseAfterEpochs?: number;
  /** Start over: checkpoints and a finished result are ignored. */
  readonly fresh?: boolean;
  /** Aborting it writes a checkpoint and ends with E_ABORTED. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
}

export interface TrainOutcome {
  /** f32[F] of the online optimisers, f64[F] of the exact solver, by feature as placed; of several classes f64[outputs][F], classes as the manifest names them (see `outputsOf` of `@crossbill/models`). */
  readonly weights: Float32Array | Float64Array;
  /** Of several classes 0: their intercepts stand below. */
  readonly intercept: number;
  /** f64[outputs]; of the other heads the intercept alone. */
  readonly intercepts: Float64Array;
  /** Of a model with a network: that of the kept step; `weights` and intercepts are its linear part. */
  readonly network: NetworkWeights | null;
  /** Of a network, at the kept step: its numbers with what its optimiser keeps of them (copied when asked for), the blocks behind them, and what labels were trained on as; null: the model is linear. */
  readonly networkState: { readonly pack: () => v1.NetworkState.$Properties; readonly steps: number; readonly labelScale: LabelScale | null } | null;
  /** What the network's output is multiplied by before it is added: the deviation of the squared head's labels, which are standardised while a network trains; else 1. */
  readonly networkScale: number;
  /** Of the training, however often it was interrupted: they go into the model's files. */
  readonly metrics: v1.TrainMetrics;
  /** Little-endian float32, at the kept step with all penalties applied, for each feature and the intercept last: {z, n} (FTRL), {w, G} (Adagrad), {w} (SGD), {w, v} (momentum), {w, s} (RMSProp), {w, m, v, n} (Adam); of several classes one after the other. A view of the memory of the run, which lives as long. Empty: the exact solver has none. */
  readonly optimizerState: Uint8Array;
  /** Weight of all examples behind that state, those of earlier trainings that it was kept from included. */
  readonly seen: number;
  /** f64[outputs]: what was added to the intercepts as sampled rows ask for it; that state is without. */
  readonly shifts: Float64Array;
  /** What computed the layers of a network, for people; null: the built-in kernels, or nothing was left to compute. */
  readonly engine: string | null;
  /** SHA-256 of build, specs, placement, packs and start. */
  readonly key: string;
  readonly resumedFromStep: number;
  /** Training rows that this run processed: fewer than all when it went on from a checkpoint, 0 when it was finished before. */
  readonly rowsProcessed: number;
  /** Training rows a second of this run, without loading, evaluations and checkpoints; 0 when it was finished before. */
  readonly rowsPerSecond: number;
  /** What the user should know: a damaged checkpoint that was not used, a lost worker. */
  readonly warnings: readonly string[];
}

/** What tests and benches may replace. */
export interface TrainSeams {
  readonly gangModule?: URL | string;
  readonly gang?: typeof runGang;
  readonly source?: TrainData["source"];
  readonly plan?: TrainPlan;
  readonly inputs?: Inputs;
  /** Exact solver: entries of the matrix for each worker. */
  readonly entriesPerWorker?: number;
}

/** Where rows come from: packs, if nothing else is given. */
export function sourceKind({ source }: TrainSeams): TrainData["source"] {
  return source ?? { kind: "packs" };
}
