import type { LayerPlan, NetworkPlan, NetworkWeights } from "./network-plan.js";

/** A layer's weights in 8 bits: weight j, i is scales[j] * values[j][i]. */
export interface Int8Layer {
  /** i8[outputs][inputs], from -127 to 127. */
  readonly values: Int8Array;
  /** f32[outputs] */
  readonly scales: Float32Array;
}

/**
 * Each unit's weights w become n = w / s, rounded to the nearest whole number, s = max |w| / 127 in float32: no weight is off by more than about s / 2. Of a unit whose weights are all 0, s is 0.
 * @param weights f32[outputs][inputs]
 */
export function int8Layer(weights: Float32Array, { inputs, outputs }: Pick<LayerPlan, "inputs" | "outputs">): Int8Layer {
  const values = new Int8Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  for (let j = 0; j < outputs; j++) {
    const own = weights.subarray(j * inputs, (j + 1) * inputs);
    let most = 0;
    for (const w of own) most = Math.max(most, Math.abs(w));
    const scale = Math.fround(most / 127);
    scales[j] = scale;
    if (scale > 0) for (const [i, w] of own.entries()) values[j * inputs + i] = Math.max(-127, Math.min(127, Math.round(w / scale)));
  }
  return { values, scales };
}

/** The network with the weights of all layers rounded to 8 bits; biases, vectors and the rest stay. Batch norm scales a unit's weights together, so that rounding before or after it is the same. */
export function int8Network(plan: NetworkPlan, weights: NetworkWeights): NetworkWeights {
  const dense = weights.dense.slice();
  for (const { layers } of plan.towers)
    for (const layer of layers) {
      const own = dense.subarray(layer.weights, layer.weights + layer.inputs * layer.outputs);
      const { values, scales } = int8Layer(own, layer);
      for (const [i, n] of values.entries()) own[i] = n * scales[Math.floor(i / layer.inputs)]!;
    }
  return { ...weights, dense };
}
