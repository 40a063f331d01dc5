import { v1 } from "@crossbill/messages";
import { exp, expm1, sigmoid, softplus } from "@crossbill/numerics";
import { BATCH_NORM_MOMENTUM, type TowerBatch } from "./engine.js";
import { type ActivationPlan, BATCH_NORM_EPSILON, type LayerPlan, meanSlope, type TowerPlan } from "./network-plan.js";

const { Kind } = v1.ActivationSpec;

type Rows = readonly (readonly number[])[];

/** As TowerNumbers, in any precision. */
export interface TwinNumbers {
  readonly dense: ArrayLike<number>;
  readonly running: ArrayLike<number>;
}

/**
 * The slow twin of every engine: a tower in float64, row by row. Its derivatives are differences of it.
 * @param training null: prediction; else the block's weights, masks and slopes
 * @returns outputs[B][K], and the running statistics after the block
 */
export function towerTwin(
  tower: TowerPlan,
  { dense, running }: TwinNumbers,
  inputs: Rows,
  training: Pick<TowerBatch, "weights" | "masks" | "slopes" | "momentum"> | null,
): { outputs: Rows; running: number[] } {
  const after = Array.from(running);
  let rows: Rows = inputs;
  tower.layers.forEach((layer, l) => {
    const sums = rows.map((x) => Array.from({ length: layer.outputs }, (_, j) => product(layer, dense, x, j)));
    const normal = layer.batchNorm
      ? normalised(layer, dense, sums, training === null ? null : weightsOf(training.weights, sums.length), after, training?.momentum)
      : sums;
    const [mask, slopes] = [training?.masks[l] ?? null, training?.slopes[l] ?? null];
    rows = normal.map((z, r) =>
      z.map((value, j) => {
        const at = r * layer.outputs + j;
        const slope = slopes?.[at] ?? (layer.slopes < 0 ? meanSlope(layer.activation) : dense[layer.slopes + j]!);
        return activationTwin(layer.activation, value, slope) * (mask?.[at] ?? 1);
      }),
    );
  });
  return { outputs: rows, running: after };
}

/** f(z), float64; slope: below 0, of LEAKY_RELU, PRELU and RRELU. GELU is the tanh form: x sigmoid(2 y), as tanh y = 2 sigmoid(2 y) - 1. */
export function activationTwin({ kind, a }: ActivationPlan, z: number, slope: number): number {
  switch (kind) {
    case Kind.RELU:
      return Math.max(z, 0);
    case Kind.LINEAR:
      return z;
    case Kind.SIGMOID:
      return sigmoid(z);
    case Kind.TANH:
      return z < 0 ? -tanh(-z) : tanh(z);
    case Kind.SOFTPLUS:
      return softplus(z);
    case Kind.LEAKY_RELU:
    case Kind.PRELU:
    case Kind.RRELU:
      return z > 0 ? z : slope * z;
    case Kind.RELU_N:
      return Math.min(Math.max(z, 0), a);
    case Kind.ELU:
      return z > 0 ? z : a * expm1(z);
    case Kind.GELU:
      return z * sigmoid(2 * Math.sqrt(2 / Math.PI) * (z + 0.044715 * z * z * z));
    case Kind.SILU:
      return z * sigmoid(z);
  }
}

/** Of z >= 0. */
function tanh(z: number): number {
  return -expm1(-2 * z) / (1 + exp(-2 * z));
}

function product({ inputs, weights, bias }: LayerPlan, dense: ArrayLike<number>, x: readonly number[], j: number): number {
  let sum = bias < 0 ? 0 : dense[bias + j]!;
  for (let i = 0; i < inputs; i++) sum += dense[weights + j * inputs + i]! * x[i]!;
  return sum;
}

function weightsOf(weights: Float64Array | null, rows: number): readonly number[] {
  return weights === null ? new Array<number>(rows).fill(1) : Array.from(weights);
}

/** Changes `running` where the block has weight. */
function normalised(
  layer: LayerPlan,
  dense: ArrayLike<number>,
  z: Rows,
  weights: readonly number[] | null,
  running: number[],
  momentum = BATCH_NORM_MOMENTUM,
): Rows {
  const total = weights?.reduce((sum, w) => sum + w, 0) ?? 0;
  const units = Array.from({ length: layer.outputs }, (_, j) => {
    const [atMean, atVariance] = [layer.running + j, layer.running + layer.outputs + j];
    if (weights === null || total === 0) return { mean: running[atMean]!, variance: running[atVariance]! };
    const mean = z.reduce((sum, row, r) => sum + weights[r]! * row[j]!, 0) / total;
    const variance = z.reduce((sum, row, r) => sum + weights[r]! * (row[j]! - mean) ** 2, 0) / total;
    running[atMean] = momentum * running[atMean]! + (1 - momentum) * mean;
    running[atVariance] = momentum * running[atVariance]! + (1 - momentum) * variance;
    return { mean, variance };
  });
  return z.map((row) =>
    row.map((value, j) => {
      const { mean, variance } = units[j]!;
      return (dense[layer.gamma + j]! * (value - mean)) / Math.sqrt(variance + BATCH_NORM_EPSILON) + dense[layer.beta + j]!;
    }),
  );
}
