import { ExactSum, exp, sigmoid } from "@crossbill/numerics";
import type { ValidationMetric } from "./validation-metric.js";

/** Validation rows as they are scored. */
export interface ScoredRows {
  /** f64[V]; f64[K][V] where all logits are kept. */
  readonly labels: Float64Array;
  /** f64[V] */
  readonly weights: Float64Array;
  /** What {@link RowScore} says: f64[V], f64[K][V]. */
  readonly scores: Float64Array;
}

/**
 * The metric's value; NaN where it is undefined (AUC of one class). Of probabilities p = sigmoid(logit) and labels y: `auc` and `averagePrecision` of the logits, `brier` the weighted mean of
 * (p - y)^2, `accuracy` the weighted share of rows with (p >= 0.5) = y; of several classes the share whose predicted class is their own, of label vectors the share of rows that are right in all. `logLoss` is the
 * weighted mean of -log p of a row's class; `macroAuc` the mean over classes of their AUCs, those that are undefined left out. `rmse` is the root of the mean squared error, `deviance` the mean Poisson deviance, of
 * predictions exp(logit). The order of the rows leaves no trace in the bits, the loss apart.
 * @param loss mean validation loss
 * @throws what the functions of `@crossbill/auc` and `@crossbill/calibration` throw
 */
export async function metricValue({ name, isLoss, score }: ValidationMetric, loss: number, { labels, weights, scores }: ScoredRows): Promise<number> {
  if (isLoss) return loss;
  if (score === "none") return Math.sqrt(loss);
  if (weights.length === 0) return NaN;
  // Loaded only where they are asked for: a thread that trains by the loss starts without them.
  const auc = async (): Promise<typeof import("@crossbill/auc")> => import("@crossbill/auc");
  const calibration = async (): Promise<typeof import("@crossbill/calibration")> => import("@crossbill/calibration");
  switch (name) {
    case "accuracy":
      return weightedMean(weights, score === "hit" ? scores : scores.map((z, r) => ((z >= 0 ? 1 : 0) === labels[r] ? 1 : 0)));
    case "auc":
      return (await auc()).rocAuc(labels, scores, weights);
    case "averagePrecision":
      return (await auc()).averagePrecision(labels, scores, weights);
    case "macroAuc":
      return macroAuc((await auc()).rocAuc, labels, weights, scores);
    case "brier":
      return (await calibration()).brierScore(labels, scores.map(sigmoid), weights);
    case "deviance": {
      const { poissonDeviance } = await calibration();
      return weightedMean(
        weights,
        scores.map((z, r) => poissonDeviance(labels[r]!, exp(z))),
      );
    }
    case "rmse":
      return Math.sqrt(
        weightedMean(
          weights,
          scores.map((z, r) => (exp(z) - labels[r]!) ** 2),
        ),
      );
    default:
      return (await calibration()).logLoss(new Float64Array(scores.length).fill(1), scores, weights);
  }
}

type RocAuc = typeof import("@crossbill/auc").rocAuc;

/** A label between 0 and 1 counts as a row of either side, by its share. @param labels f64[K][V] @param scores f64[K][V] */
function macroAuc(rocAuc: RocAuc, labels: Float64Array, weights: Float64Array, scores: Float64Array): number {
  const V = weights.length;
  const defined: number[] = [];
  for (let from = 0; from < labels.length; from += V) {
    const [y, z] = [labels.subarray(from, from + V), scores.subarray(from, from + V)];
    const sides = y.every((one) => one === 0 || one === 1) ? { y, z, w: weights } : split(y, z, weights);
    const auc = rocAuc(sides.y, sides.z, sides.w);
    if (!Number.isNaN(auc)) defined.push(auc);
  }
  return defined.reduce((sum, auc) => sum + auc, 0) / defined.length;
}

/** Every row as one of label 1, and as one of label 0. */
function split(y: Float64Array, z: Float64Array, w: Float64Array): { y: Float64Array; z: Float64Array; w: Float64Array } {
  const V = y.length;
  const twice = (of: (row: number, side: number) => number): Float64Array => Float64Array.from({ length: 2 * V }, (_, i) => of(i % V, i < V ? 1 : 0));
  return { y: twice((_, side) => side), z: twice((r) => z[r]!), w: twice((r, side) => w[r]! * (side === 1 ? y[r]! : 1 - y[r]!)) };
}

function weightedMean(weights: Float64Array, x: Float64Array): number {
  const sum = new ExactSum();
  const weight = new ExactSum();
  for (const [r, w] of weights.entries()) {
    sum.addProduct(w, x[r]!);
    weight.add(w);
  }
  return sum.value() / weight.value();
}
