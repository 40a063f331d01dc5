import { Arena, createKernelMemory, instantiateKernels, type KernelExports, PAGE_BYTES, PANEL_ROWS } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { BATCH_NORM_EPSILON, type LayerPlan, type NetworkWeights, type TowerPlan } from "./network-plan.js";

const { PRELU } = v1.ActivationSpec.Kind;

/** A layer as prediction uses it: what batch norm does with running statistics is in its weights and bias. */
export interface MergedLayer {
  /** f32[outputs][inputs] */
  readonly weights: Float32Array;
  /** f32[outputs] */
  readonly bias: Float32Array;
}

/**
 * gamma (w x - mean) / sqrt(variance + epsilon) + beta = (gamma / sqrt(variance + epsilon) w) x + (beta - mean gamma / sqrt(variance + epsilon)), rounded to float32 once.
 */
export function mergedLayer(layer: LayerPlan, { dense, running }: NetworkWeights): MergedLayer {
  const { inputs, outputs } = layer;
  const weights = dense.slice(layer.weights, layer.weights + inputs * outputs);
  const bias = layer.bias < 0 ? new Float32Array(outputs) : dense.slice(layer.bias, layer.bias + outputs);
  if (!layer.batchNorm) return { weights, bias };
  for (let j = 0; j < outputs; j++) {
    const scale = dense[layer.gamma + j]! / Math.sqrt(running[layer.running + outputs + j]! + BATCH_NORM_EPSILON);
    for (let i = j * inputs; i < (j + 1) * inputs; i++) weights[i] = weights[i]! * scale;
    bias[j] = dense[layer.beta + j]! - running[layer.running + j]! * scale;
  }
  return { weights, bias };
}

interface Stage {
  readonly layer: LayerPlan;
  /** Offsets of weights, bias, slopes (0: none) and of the layer's panel. */
  readonly weights: number;
  readonly bias: number;
  readonly slopes: number;
  readonly panel: number;
  /** Of the panel, f32[outputs][PANEL_ROWS]. */
  readonly after: Float32Array;
}

/** A tower in a kernel memory of its own, with panels for 64 rows. */
export class ServedTower {
  /** f32[D][PANEL_ROWS], to be filled before `forward`. */
  readonly input: Float32Array;
  readonly #kernels: KernelExports;
  readonly #input: number;
  readonly #stages: readonly Stage[];

  constructor(plan: TowerPlan, weights: NetworkWeights) {
    const merged = plan.layers.map((layer) => mergedLayer(layer, weights));
    const floats = plan.layers.reduce((sum, { inputs, outputs }) => sum + outputs * (inputs + 2 + PANEL_ROWS), plan.width * PANEL_ROWS);
    const arena = new Arena(createKernelMemory(PAGE_BYTES + 4 * floats + 64 * (1 + 4 * plan.layers.length)));
    const put = (values: Float32Array): number => {
      const at = arena.take(4 * values.length);
      arena.f32(at, values.length).set(values);
      return at;
    };
    const panel = (units: number): number => put(new Float32Array(units * PANEL_ROWS));
    this.#kernels = instantiateKernels(arena.memory);
    this.#input = panel(plan.width);
    this.input = arena.f32(this.#input, plan.width * PANEL_ROWS);
    this.#stages = plan.layers.map((layer, l) => {
      const at = panel(layer.outputs);
      return {
        layer,
        weights: put(merged[l]!.weights),
        bias: put(merged[l]!.bias),
        slopes: layer.activation.kind === PRELU ? put(weights.dense.subarray(layer.slopes, layer.slopes + layer.outputs)) : 0,
        panel: at,
        after: arena.f32(at, layer.outputs * PANEL_ROWS),
      };
    });
  }

  /** Runs the layers over the first `rows` rows of `input`; returns f32[outputs][PANEL_ROWS] of the last one (without layers the input), valid until the next call. */
  forward(rows: number): Float32Array {
    const four = Math.ceil(rows / 4) * 4;
    let x = this.#input;
    for (const { layer, weights, bias, slopes, panel } of this.#stages) {
      const { kind, a, b } = layer.activation;
      this.#kernels.dense_forward(panel, x, weights, bias, layer.inputs, layer.outputs, four);
      this.#kernels.activate(panel, panel, layer.outputs, four, kind, a, b, slopes);
      x = panel;
    }
    return this.#stages.at(-1)?.after ?? this.input;
  }

  /** What layer l (from 0) gave in the last `forward`, f32[outputs][PANEL_ROWS]. */
  after(l: number): Float32Array {
    return this.#stages[l]!.after;
  }
}
