import { v1 } from "@crossbill/messages";
import { normalCdf, normalQuantile, RandomStream } from "@crossbill/numerics";
import type { InitializerPlan, LayerPlan, NetworkPlan } from "./network-plan.js";
import { PRODUCT_DEVIATION } from "./plan.js";

const Initial = v1.InitializerSpec.Kind;
/** Streams of the seed from here on are of layers: tower t, layer l has FIRST_STREAM + 1024 t + l; vectors of numeric columns the last of a tower's. */
const FIRST_STREAM = 2 ** 40;
const STREAMS = 1024;

/**
 * Values that training starts with, f32[P]: weights as their layer's initialiser says, gamma 1, beta 0, biases of hidden layers uniform in +-1 / sqrt(inputs)
 * (units that all turn at the origin say little of few inputs), slopes of PReLU `a`, vectors of numeric columns of a factorized network
 * normal with deviation 0.03 / sqrt(rank). A pure function of the plan and the seed; each layer has a random stream of its own.
 *
 * - He et al. 2015: normal, variance 2 / inputs (`relu` and its like)
 * - Glorot, Bengio 2010: uniform in +-sqrt(6 / (inputs + outputs)) (all others, and the layer without activation)
 */
export function initialDense(plan: NetworkPlan, seed: number): Float32Array {
  const dense = new Float32Array(plan.dense);
  for (const [t, { inputs, layers }] of plan.towers.entries()) {
    for (const [l, layer] of layers.entries()) fillLayer(dense, layer, l === layers.length - 1, new RandomStream(seed, FIRST_STREAM + STREAMS * t + l));
    if (plan.factorized === null) continue;
    const random = new RandomStream(seed, FIRST_STREAM + STREAMS * t + STREAMS - 1);
    const draw = drawOf({ kind: Initial.NORMAL, scale: PRODUCT_DEVIATION / Math.sqrt(plan.factorized.rank) }, 0, 0);
    for (const input of inputs) if (input.kind === "numeric") for (let i = 0; i < input.numbers * input.width; i++) dense[input.vectors + i] = draw(random);
  }
  return dense;
}

/** Running statistics before training: means 0, variances 1. */
export function initialRunning(plan: NetworkPlan): Float32Array {
  const running = new Float32Array(plan.running);
  for (const { layers } of plan.towers)
    for (const layer of layers) if (layer.running >= 0) running.fill(1, layer.running + layer.outputs, layer.running + 2 * layer.outputs);
  return running;
}

function fillLayer(dense: Float32Array, layer: LayerPlan, last: boolean, random: RandomStream): void {
  const { inputs, outputs, weights, bias, gamma, slopes, activation } = layer;
  const draw = drawOf(layer.initializer, inputs, outputs);
  for (let i = 0; i < inputs * outputs; i++) dense[weights + i] = draw(random);
  if (bias >= 0 && !last) {
    const turn = drawOf({ kind: Initial.UNIFORM, scale: 1 / Math.sqrt(inputs) }, inputs, outputs);
    for (let j = 0; j < outputs; j++) dense[bias + j] = turn(random);
  }
  if (gamma >= 0) dense.fill(1, gamma, gamma + outputs);
  if (slopes >= 0) dense.fill(activation.a, slopes, slopes + outputs);
}

function drawOf({ kind, scale }: InitializerPlan, inputs: number, outputs: number): (random: RandomStream) => number {
  switch (kind) {
    case Initial.ZEROS:
      return () => 0;
    case Initial.UNIFORM:
      return (random) => scale * (2 * random.uniform() - 1);
    case Initial.NORMAL:
      return (random) => scale * random.normal();
    case Initial.TRUNCATED_NORMAL: {
      const low = normalCdf(-2);
      return (random) => scale * normalQuantile(low + (1 - 2 * low) * random.uniform());
    }
    case Initial.HE: {
      const deviation = Math.sqrt(2 / inputs);
      return (random) => deviation * random.normal();
    }
    case Initial.GLOROT: {
      const bound = Math.sqrt(6 / (inputs + outputs));
      return (random) => bound * (2 * random.uniform() - 1);
    }
  }
}
