import { v1 } from "@crossbill/messages";

/*
 * A network as plain objects: what is where. Letters: K outputs of the head, d numbers of a vector, D inputs of a tower, P numbers of `dense`.
 * `dense` is f32[P]: what all rows share, layers one after the other, then the vectors of numeric columns. Offsets count floats, -1 stands for "there is none".
 */

/** Added to the variance before its root is taken. */
export const BATCH_NORM_EPSILON = 1e-5;

export type NetworkKind = "deep" | "factorized" | "twoTower";

export interface NetworkPlan {
  readonly kind: NetworkKind;
  /** K */
  readonly outputs: number;
  /** Columns of the linear part, in this order. */
  readonly linear: readonly string[];
  readonly tables: readonly TablePlan[];
  /** deep and factorized: one; twoTower: the user's, the item's. */
  readonly towers: readonly TowerPlan[];
  readonly factorized: FactorizedPlan | null;
  /** P */
  readonly dense: number;
  /** Running statistics of batch norm, f32[running]. */
  readonly running: number;
  /** What is trained: P and the vectors of all tables; not the linear part. */
  readonly parameters: number;
}

/** Vectors by id: a row of the table is the id that its columns have. */
export interface TablePlan {
  readonly name: string;
  readonly index: number;
  readonly columns: readonly string[];
  /** Ids of these columns. */
  readonly rows: number;
  /** d; of a factorized network [k][field][rank], of one field where it is not field-aware. */
  readonly dimension: number;
  /** Floats from one vector to the next while it trains: d below 4, else d rounded up to a multiple of 4. */
  readonly stride: number;
  readonly l2: number;
  /** 0: any. */
  readonly maxNorm: number;
  readonly frozen: boolean;
  readonly initializer: InitializerPlan;
}

/** What AUTO means is decided. */
export interface InitializerPlan {
  readonly kind: Exclude<v1.InitializerSpec.Kind, v1.InitializerSpec.Kind.AUTO>;
  readonly scale: number;
}

export type InputPlan = EmbeddingInputPlan | NumericInputPlan;

export interface EmbeddingInputPlan {
  readonly kind: "embedding";
  readonly column: string;
  /** Number of the table. */
  readonly table: number;
  readonly combiner: v1.EmbeddingInput.Combiner;
  /** Units of the tower's input that it fills: [at, at + width). */
  readonly at: number;
  readonly width: number;
}

export interface NumericInputPlan {
  readonly kind: "numeric";
  readonly column: string;
  readonly at: number;
  /** Of a layer's input the scaled numbers; of a factorized network d, as the numbers stand before vectors there. */
  readonly width: number;
  /** Scaled numbers of the column: 1, or with an indicator 2. */
  readonly numbers: number;
  /** Of a factorized network where in `dense` its vectors stand, f32[numbers][d]; else -1. */
  readonly vectors: number;
}

export interface TowerPlan {
  readonly inputs: readonly InputPlan[];
  /** D */
  readonly width: number;
  /** The last one is without activation; of a factorized network, or a tower whose vector is its input, none. */
  readonly layers: readonly LayerPlan[];
  /** Of the last layer, without layers D; of two towers [k][d], a vector for each of K outputs. */
  readonly outputs: number;
  /** Penalties on the weights of layers (and on vectors of numeric columns): loss + l1 sum |w| + l2 sum w^2. */
  readonly l1: number;
  readonly l2: number;
}

export interface LayerPlan {
  readonly inputs: number;
  readonly outputs: number;
  /** f32[outputs][inputs] */
  readonly weights: number;
  /** f32[outputs]; none with batch norm, whose beta it would be, nor where the intercepts of the model are the bias. */
  readonly bias: number;
  /** f32[outputs] each, of batch norm. */
  readonly gamma: number;
  readonly beta: number;
  /** f32[outputs], of PReLU. */
  readonly slopes: number;
  /** In the running statistics: means f32[outputs], then variances. */
  readonly running: number;
  readonly activation: ActivationPlan;
  readonly dropout: number;
  readonly batchNorm: boolean;
  /** Whether its weights have a penalty (biases and the others have none). */
  readonly penalised: boolean;
  readonly initializer: InitializerPlan;
}

export interface ActivationPlan {
  readonly kind: v1.ActivationSpec.Kind;
  readonly a: number;
  readonly b: number;
}

export interface FactorizedPlan {
  readonly rank: number;
  readonly fieldAware: boolean;
  /** Columns. */
  readonly fields: number;
}

/** A network's numbers: what training gives and a model holds. */
export interface NetworkWeights {
  /** f32[P] */
  readonly dense: Float32Array;
  readonly running: Float32Array;
  /** In the order of the plan's tables. */
  readonly tables: readonly TableWeights[];
}

/** Vectors of the ids that have one; the others' is zero. */
export interface TableWeights {
  readonly name: string;
  /** Ascending. */
  readonly ids: Uint32Array;
  /** f32[ids][d] */
  readonly vectors: Float32Array;
}

/** The columns that the towers see. */
export function inputColumns(plan: NetworkPlan): ReadonlySet<string> {
  return new Set(plan.towers.flatMap(({ inputs }) => inputs.map(({ column }) => column)));
}

/** The slope below 0 where none is drawn or learned: a of LEAKY_RELU, (a + b) / 2 of RRELU. */
export function meanSlope({ kind, a, b }: ActivationPlan): number {
  return kind === v1.ActivationSpec.Kind.RRELU ? (a + b) / 2 : a;
}
