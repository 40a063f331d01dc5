import { CrossbillError, HEAD_NAMES, v1 } from "@crossbill/messages";
import { ExactSum, sigmoid } from "@crossbill/numerics";

/** What decides which step is kept, and when training stops: `loss` is the head's own mean loss. */
export const METRICS = ["loss", "logLoss", "auc", "averagePrecision", "brier", "accuracy", "rmse"] as const;
export type MetricName = (typeof METRICS)[number];

/**
 * What is kept of a validation row to compute a metric: nothing where the mean loss is enough; the logit; of several classes 1 where the predicted class is the row's
 * own, else 0; or the probability of its own class.
 */
export type RowScore = "none" | "logit" | "hit" | "own";

/** A metric of the validation rows. */
export interface ValidationMetric {
  readonly head: v1.Head;
  readonly name: MetricName;
  /** It is the mean loss itself, whatever its name. */
  readonly isLoss: boolean;
  /** The larger the better. */
  readonly rises: boolean;
  readonly score: RowScore;
}

const OF_LOGISTIC = ["loss", "logLoss", "auc", "averagePrecision", "brier", "accuracy"] as const;
const OF_CLASSES = ["loss", "logLoss", "accuracy"] as const;
const OF_HEADS: Partial<Record<v1.Head, readonly MetricName[]>> = {
  [v1.Head.LOGISTIC]: OF_LOGISTIC,
  [v1.Head.SQUARED]: ["loss", "rmse"],
  [v1.Head.SOFTMAX]: OF_CLASSES,
  [v1.Head.ONE_VS_REST]: OF_CLASSES,
  [v1.Head.SAMPLED_SOFTMAX]: OF_CLASSES,
  [v1.Head.NCE]: OF_CLASSES,
};
const RISING: readonly MetricName[] = ["auc", "averagePrecision", "accuracy"];

/** The metrics that are defined for a head. */
export function metricsOf(head: v1.Head): readonly MetricName[] {
  return OF_HEADS[head] ?? ["loss"];
}

/** The metric `name` ("": the loss) for a head. @throws E_TRAIN_SPEC (exit code 2) naming those that are defined for it */
export function validationMetric(name: string, head: v1.Head): ValidationMetric {
  const known = metricsOf(head);
  const found = name === "" ? "loss" : known.find((one) => one === name);
  if (found === undefined)
    throw new CrossbillError("E_TRAIN_SPEC", `the metric ${name} is not defined for the head ${HEAD_NAMES[head]}; allowed are ${known.join(", ")}`, {
      exitCode: 2,
    });
  const isLoss = found === "loss" || (found === "logLoss" && head !== v1.Head.ONE_VS_REST);
  return { head, name: found, isLoss, rises: RISING.includes(found), score: isLoss ? "none" : scoreOf(found, head) };
}

function scoreOf(name: MetricName, head: v1.Head): RowScore {
  if (name === "rmse") return "none";
  if (head === v1.Head.LOGISTIC) return "logit";
  return name === "accuracy" ? "hit" : "own";
}

/** Validation rows as they are scored: f64[V] each. */
export interface ScoredRows {
  readonly labels: Float64Array;
  readonly weights: Float64Array;
  /** What {@link RowScore} says. */
  readonly scores: Float64Array;
}

/**
 * The metric's value; NaN where it is undefined (AUC of one class). Of probabilities p = sigmoid(logit) and labels y: `auc` and `averagePrecision` of the logits, `brier` the weighted mean of
 * (p - y)^2, `accuracy` the weighted share of rows with (p >= 0.5) = y; of several classes the share whose predicted class is their own. `logLoss` is the weighted mean of -log p of a
 * row's class; `rmse` the root of the mean squared loss. The order of the rows leaves no trace in the bits, the loss apart.
 * @param loss mean validation loss
 * @throws what the functions of `@crossbill/auc` and `@crossbill/calibration` throw
 */
export async function metricValue({ name, isLoss, score }: ValidationMetric, loss: number, { labels, weights, scores }: ScoredRows): Promise<number> {
  if (isLoss) return loss;
  if (name === "rmse") return Math.sqrt(loss);
  if (labels.length === 0) return NaN;
  if (name === "accuracy") return weightedMean(weights, score === "hit" ? scores : scores.map((z, r) => ((z >= 0 ? 1 : 0) === labels[r] ? 1 : 0)));
  // Loaded only where they are asked for: a thread that trains by the loss starts without them.
  if (name === "auc") return (await import("@crossbill/auc")).rocAuc(labels, scores, weights);
  if (name === "averagePrecision") return (await import("@crossbill/auc")).averagePrecision(labels, scores, weights);
  const { brierScore, logLoss } = await import("@crossbill/calibration");
  return name === "brier" ? brierScore(labels, scores.map(sigmoid), weights) : logLoss(new Float64Array(scores.length).fill(1), scores, weights);
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
