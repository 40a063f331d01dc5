import type { LayerPlan, TowerPlan } from "@crossbill/models";
import type { LayerTensors, Statistics } from "./layer.js";
import type { Tensor, TensorFlow } from "./tensorflow.js";

/** A tower's parameters as tensors: by layer, and all of them with their places in `dense`. */
export interface TowerTensors {
  readonly layers: readonly LayerTensors[];
  readonly all: readonly { readonly at: number; readonly tensor: Tensor }[];
}

export function towerTensors(tf: TensorFlow, tower: TowerPlan, dense: Float32Array): TowerTensors {
  const all: { at: number; tensor: Tensor }[] = [];
  const take = (at: number, shape: readonly number[]): Tensor => {
    const tensor = tf.tensor(dense.slice(at, at + shape.reduce((a, b) => a * b, 1)), shape);
    all.push({ at, tensor });
    return tensor;
  };
  const layers = tower.layers.map(({ inputs, outputs, weights, ...plan }) => ({
    weights: take(weights, [outputs, inputs]),
    ...Object.fromEntries((["bias", "gamma", "beta", "slopes"] as const).filter((name) => plan[name] >= 0).map((name) => [name, take(plan[name], [outputs])])),
  }));
  return { layers, all };
}

export function runningStatistics(tf: TensorFlow, { running: at, outputs }: LayerPlan, running: Float32Array): Statistics {
  return { mean: tf.tensor(running.slice(at, at + outputs), [outputs]), variance: tf.tensor(running.slice(at + outputs, at + 2 * outputs), [outputs]) };
}
