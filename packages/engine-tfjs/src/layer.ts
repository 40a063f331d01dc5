import { v1 } from "@crossbill/messages";
import { type ActivationPlan, BATCH_NORM_EPSILON, meanSlope } from "@crossbill/models";
import type { Tensor, TensorFlow } from "./tensorflow.js";

const { Kind } = v1.ActivationSpec;

/** f32[J][I] weights; the others f32[J], where the layer has them. */
export interface LayerTensors {
  readonly weights: Tensor;
  readonly bias?: Tensor;
  readonly gamma?: Tensor;
  readonly beta?: Tensor;
  readonly slopes?: Tensor;
}

/** f32[J] each. */
export interface Statistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** x w^T */
export type Product = (x: Tensor, w: Tensor) => Tensor;

/** The layer before its activation: x f32[B][I] to z f32[B][J]. @param statistics what batch norm takes for z */
export function layerSums(tf: TensorFlow, layer: LayerTensors, x: Tensor, product: Product, statistics: (z: Tensor) => Statistics): Tensor {
  const z = product(x, layer.weights);
  if (layer.gamma === undefined || layer.beta === undefined) return layer.bias === undefined ? z : tf.add(z, layer.bias);
  const { mean, variance } = statistics(z);
  return tf.add(tf.mul(tf.div(tf.sub(z, mean), tf.sqrt(tf.add(variance, BATCH_NORM_EPSILON))), layer.gamma), layer.beta);
}

/** f(z), elementwise. @param slope below 0, of those that have one; by default what holds in prediction */
export function activate(tf: TensorFlow, plan: ActivationPlan, z: Tensor, slope: Tensor | number = meanSlope(plan)): Tensor {
  switch (plan.kind) {
    case Kind.RELU:
      return tf.relu(z);
    case Kind.LINEAR:
      return z;
    case Kind.SIGMOID:
      return tf.sigmoid(z);
    case Kind.TANH:
      return tf.tanh(z);
    case Kind.SOFTPLUS:
      return tf.softplus(z);
    case Kind.LEAKY_RELU:
    case Kind.PRELU:
    case Kind.RRELU:
      return tf.sub(tf.relu(z), tf.mul(tf.relu(tf.neg(z)), slope));
    case Kind.RELU_N:
      return tf.minimum(tf.relu(z), plan.a);
    case Kind.ELU:
      return tf.add(tf.relu(z), tf.mul(tf.expm1(tf.minimum(z, 0)), plan.a));
    case Kind.GELU: {
      const cube = tf.mul(tf.mul(z, z), z);
      const y = tf.mul(tf.add(z, tf.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI));
      return tf.mul(tf.mul(z, 0.5), tf.add(tf.tanh(y), 1));
    }
    case Kind.SILU:
      return tf.mul(z, tf.sigmoid(z));
  }
}

/** Weighted mean and variance of z f32[B][J]. @param shares f32[B][1], weights of rows by their sum */
export function weightedStatistics(tf: TensorFlow, z: Tensor, shares: Tensor): Statistics {
  const mean = tf.sum(tf.mul(z, shares), 0);
  return { mean, variance: tf.sum(tf.mul(tf.square(tf.sub(z, mean)), shares), 0) };
}

/** TensorFlow's product and its derivatives. */
export function plainProduct(tf: TensorFlow): Product {
  return (x, w) => tf.matMul(x, w, false, true);
}

/** The same where products of transposed matrices are slow: TensorFlow.js does not lay them out anew on its WebAssembly backend. */
export function transposedFirst(tf: TensorFlow): Product {
  return tf.customGrad((x, w, save) => {
    save([x, w]);
    return {
      value: tf.matMul(x, tf.transpose(w)),
      gradFunc: (dy, [savedX, savedW]) => [tf.matMul(dy, savedW!), tf.matMul(tf.transpose(dy), savedX!)],
    };
  });
}
