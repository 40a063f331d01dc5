import {
  BATCH_NORM_MOMENTUM,
  type DenseEngine,
  type DenseEngineName,
  type LayerPlan,
  type TowerBatch,
  type TowerNumbers,
  type TowerPass,
  type TowerPlan,
} from "@crossbill/models";
import { activate, layerSums, type Product, plainProduct, type Statistics, transposedFirst, weightedStatistics } from "./layer.js";
import { runningStatistics, towerTensors } from "./parameters.js";
import type { Tensor, TensorFlow } from "./tensorflow.js";

/** Names that TensorFlow.js has for its backends. */
export type Backend = "tensorflow" | "wasm";

/** A tower as operations of TensorFlow.js, differentiated by it. Sums have its order: bits are those of the backend, its version and the machine. */
export class TfjsEngine implements DenseEngine {
  readonly name: DenseEngineName;
  readonly description: string;
  readonly #tf: TensorFlow;
  readonly #backend: Backend;
  readonly #product: Product;

  constructor(tf: TensorFlow, backend: Backend, description: string) {
    this.name = backend === "wasm" ? "tfjs" : "tfjs-node";
    this.description = description;
    this.#tf = tf;
    this.#backend = backend;
    this.#product = backend === "wasm" ? transposedFirst(tf) : plainProduct(tf);
  }

  predict(tower: TowerPlan, numbers: TowerNumbers, inputs: Float32Array, rows: number): Float32Array {
    return this.#run((tf) => {
      const { layers } = towerTensors(tf, tower, numbers.dense);
      let x = tf.tensor(inputs, [rows, tower.width]);
      for (const [l, plan] of tower.layers.entries()) {
        const z = layerSums(tf, layers[l]!, x, this.#product, () => runningStatistics(tf, plan, numbers.running));
        x = activate(tf, plan.activation, z, layers[l]!.slopes);
      }
      return x.dataSync().slice();
    });
  }

  train(tower: TowerPlan, numbers: TowerNumbers, batch: TowerBatch, derivative: (outputs: Float32Array) => Float32Array): TowerPass {
    return this.#run((tf) => {
      const { rows } = batch;
      const running = numbers.running.slice();
      const shares = sharesOf(batch);
      const sharesTensor = shares === null ? null : tf.tensor(shares, [rows, 1]);
      const { layers, all } = towerTensors(tf, tower, numbers.dense);
      const inputs = tf.tensor(batch.inputs, [rows, tower.width]);
      const statistics = (plan: LayerPlan, z: Tensor): Statistics => {
        if (sharesTensor === null) return runningStatistics(tf, plan, numbers.running);
        const own = weightedStatistics(tf, z, sharesTensor);
        moveRunning(running, plan, own, batch.momentum ?? BATCH_NORM_MOMENTUM);
        return own;
      };
      const forward = (): Tensor => {
        let x = inputs;
        for (const [l, plan] of tower.layers.entries()) {
          const ofUnits = (values: Float32Array | null | undefined): Tensor | null => (values == null ? null : tf.tensor(values, [rows, plan.outputs]));
          const z = layerSums(tf, layers[l]!, x, this.#product, (sums) => statistics(plan, sums));
          const a = activate(tf, plan.activation, z, ofUnits(batch.slopes[l]) ?? layers[l]!.slopes);
          const mask = ofUnits(batch.masks[l]);
          x = mask === null ? a : tf.mul(a, mask);
        }
        return x;
      };

      let outputs = new Float32Array();
      // The derivatives of sum(outputs * derivative), the second factor held fixed, are those of whatever `derivative` is the derivative of.
      const { grads } = tf.valueAndGrads(() => {
        const x = forward();
        outputs = x.dataSync().slice();
        return tf.sum(tf.mul(x, tf.tensor(derivative(outputs), [rows, tower.outputs])));
      })([inputs, ...all.map(({ tensor }) => tensor)]);
      const dense = new Float32Array(numbers.dense.length);
      for (const [i, { at }] of all.entries()) dense.set(grads[i + 1]!.dataSync(), at);
      return { outputs, dense, inputs: grads[0]!.dataSync().slice(), running };
    });
  }

  /** On the engine's own backend, freeing its tensors: several engines share one TensorFlow.js. */
  #run<T>(f: (tf: TensorFlow) => T): T {
    if (this.#tf.getBackend() !== this.#backend) void this.#tf.setBackend(this.#backend); // at once, as it was initialised before
    return this.#tf.tidy(() => f(this.#tf));
  }
}

/** Weights of rows by their sum; null: they are all 0. */
function sharesOf({ rows, weights }: TowerBatch): Float32Array | null {
  if (weights === null) return new Float32Array(rows).fill(1 / rows);
  const total = weights.reduce((sum, w) => sum + w, 0);
  return total > 0 ? Float32Array.from(weights, (w) => w / total) : null;
}

function moveRunning(running: Float32Array, { running: at, outputs }: LayerPlan, { mean, variance }: Statistics, momentum: number): void {
  const [means, variances] = [mean.dataSync(), variance.dataSync()];
  for (let j = 0; j < outputs; j++) {
    running[at + j] = momentum * running[at + j]! + (1 - momentum) * means[j]!;
    running[at + outputs + j] = momentum * running[at + outputs + j]! + (1 - momentum) * variances[j]!;
  }
}
