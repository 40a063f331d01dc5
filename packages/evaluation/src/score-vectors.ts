import { v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { exp, log, log1p, softplus } from "@crossbill/numerics";

/** What is kept of a model's predictions for rows of label vectors. */
export interface VectorScores {
  /** Loss of each row: multiLabel the sum of the classes' log-losses, softmax -(sum of y log p). */
  readonly loss: Float64Array;
  /** 1 where the prediction is the label: multiLabel for all classes at once (p from 0.5 on where y is), softmax where the largest p and the largest y are of one class. */
  readonly hit: Float64Array;
}

/** Columns of the data's classes in a model's: -1 where the model does not know it. */
export function columnsOf(model: Pick<Model, "classes">, classes: readonly string[]): Int32Array {
  return Int32Array.from(classes, (name) => model.classes.indexOf(name));
}

/**
 * Scores of rows by their logits, as the model's scorer gives them.
 * @param labels f64[rows][K], K = classes.length
 */
export function scoreVectors(model: Pick<Model, "classes" | "head">, classes: readonly string[], labels: Float64Array, logits: Float64Array): VectorScores {
  const [K, of] = [classes.length, model.classes.length];
  const columns = columnsOf(model, classes);
  const rows = labels.length / K;
  const [loss, hit] = [new Float64Array(rows), new Float64Array(rows)];
  for (let r = 0; r < rows; r++) {
    const z = logits.subarray(r * of, (r + 1) * of);
    const y = labels.subarray(r * K, (r + 1) * K);
    loss[r] = model.head === v1.Head.MULTI_LABEL ? sigmoidLoss(z, y, columns) : softmaxLoss(z, y, columns);
    hit[r] = (model.head === v1.Head.MULTI_LABEL ? sameSet(z, y, columns) : sameBest(z, y, columns)) ? 1 : 0;
  }
  return { loss, hit };
}

/** A class that the model does not know has a probability of 2^-52. */
const UNKNOWN = log(2 ** -52);

function sigmoidLoss(z: Float64Array, y: Float64Array, columns: Int32Array): number {
  let loss = 0;
  for (const [k, column] of columns.entries()) loss += column < 0 ? -y[k]! * UNKNOWN : softplus(z[column]!) - y[k]! * z[column]!;
  return loss;
}

function softmaxLoss(z: Float64Array, y: Float64Array, columns: Int32Array): number {
  const most = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let rest = -1;
  for (const one of z) rest += exp(one - most);
  const all = most + log1p(rest);
  let loss = 0;
  for (const [k, column] of columns.entries()) if (y[k]! > 0) loss += y[k]! * (column < 0 ? -UNKNOWN : all - z[column]!);
  return loss;
}

function sameSet(z: Float64Array, y: Float64Array, columns: Int32Array): boolean {
  return columns.every((column, k) => (column >= 0 && z[column]! >= 0) === y[k]! >= 0.5);
}

function sameBest(z: Float64Array, y: Float64Array, columns: Int32Array): boolean {
  const best = (values: Float64Array): number => values.reduce((at, value, k) => (value > values[at]! ? k : at), 0);
  return columns[best(y)] === best(z);
}
