import { v1 } from "@crossbill/messages";
import type { LayerPlan, TowerBatch, TowerNumbers, TowerPlan } from "@crossbill/models";
import { RandomStream } from "@crossbill/numerics";

const { Kind } = v1.ActivationSpec;

export const ACTIVATIONS: Record<string, { kind: v1.ActivationSpec.Kind; a: number; b: number }> = {
  relu: { kind: Kind.RELU, a: 0, b: 0 },
  linear: { kind: Kind.LINEAR, a: 0, b: 0 },
  sigmoid: { kind: Kind.SIGMOID, a: 0, b: 0 },
  tanh: { kind: Kind.TANH, a: 0, b: 0 },
  softplus: { kind: Kind.SOFTPLUS, a: 0, b: 0 },
  leakyRelu: { kind: Kind.LEAKY_RELU, a: 0.2, b: 0 },
  prelu: { kind: Kind.PRELU, a: 0.25, b: 0 },
  rrelu: { kind: Kind.RRELU, a: 0.125, b: 0.375 },
  relu6: { kind: Kind.RELU_N, a: 6, b: 0 },
  reluHalf: { kind: Kind.RELU_N, a: 0.5, b: 0 },
  elu: { kind: Kind.ELU, a: 1.5, b: 0 },
  gelu: { kind: Kind.GELU, a: 0, b: 0 },
  silu: { kind: Kind.SILU, a: 0, b: 0 },
};

export interface Shape {
  readonly units: number;
  readonly activation: { kind: v1.ActivationSpec.Kind; a: number; b: number };
  readonly batchNorm?: boolean;
  readonly dropout?: number;
}

export interface Example {
  readonly tower: TowerPlan;
  readonly numbers: TowerNumbers;
  readonly batch: TowerBatch;
}

/** A tower behind `before` numbers that are not its own, with random numbers and a random block. Layers without batch norm have a bias; the last layer has none. */
export function example(seed: number, width: number, hidden: readonly Shape[], outputs: number, rows: number, weighted = false, before = 3): Example {
  const random = new RandomStream(seed, 1);
  const cursor = { dense: before, running: before };
  const take = (n: number, there = true): number => (there ? (cursor.dense += n) - n : -1);
  let units = width;
  const layer = (shape: Shape, last: boolean): LayerPlan => {
    const { activation, batchNorm = false, dropout = 0 } = shape;
    const inputs = units;
    units = shape.units;
    const plan = {
      inputs,
      outputs: units,
      weights: take(inputs * units),
      bias: take(units, !last && !batchNorm),
      gamma: take(units, batchNorm),
      beta: take(units, batchNorm),
      slopes: take(units, activation.kind === Kind.PRELU),
      running: batchNorm ? (cursor.running += 2 * units) - 2 * units : -1,
      activation,
      dropout,
      batchNorm,
      penalised: false,
      initializer: { kind: v1.InitializerSpec.Kind.HE, scale: 0 } as const,
    };
    return plan;
  };
  const layers = [...hidden.map((shape) => layer(shape, false)), layer({ units: outputs, activation: ACTIVATIONS.linear! }, true)];
  const tower: TowerPlan = { inputs: [], width, layers, outputs, l1: 0, l2: 0 };
  const normals = (n: number, scale: number): Float32Array => Float32Array.from({ length: n }, () => scale * random.normal());
  const dense = normals(cursor.dense, 0.6);
  const running = Float32Array.from({ length: cursor.running }, () => 0.5 + random.uniform());
  const batch: TowerBatch = {
    rows,
    inputs: normals(rows * width, 1),
    ...(weighted ? { momentum: 0.7 } : {}),
    weights: weighted ? Float64Array.from({ length: rows }, () => Math.floor(4 * random.uniform())) : null,
    masks: layers.map(({ dropout, outputs: n }) =>
      dropout === 0 ? null : Float32Array.from({ length: rows * n }, () => (random.uniform() < dropout ? 0 : 1 / (1 - dropout))),
    ),
    slopes: layers.map(({ activation: { kind, a, b }, outputs: n }) =>
      kind === Kind.RRELU ? Float32Array.from({ length: rows * n }, () => a + (b - a) * random.uniform()) : null,
    ),
  };
  return { tower, numbers: { dense, running }, batch };
}
