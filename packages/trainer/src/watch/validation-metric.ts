import { CrossbillError, HEAD_NAMES, v1 } from "@crossbill/messages";

/** What decides which step is kept, and when training stops: `loss` is the head's own mean loss. */
export const METRICS = ["loss", "logLoss", "auc", "averagePrecision", "brier", "accuracy", "macroAuc", "rmse", "deviance"] as const;
export type MetricName = (typeof METRICS)[number];

/** Those that are the better the larger. */
export const RISING_METRICS: ReadonlySet<MetricName> = new Set(["auc", "averagePrecision", "accuracy", "macroAuc"]);

/**
 * What is kept of a validation row to compute a metric: nothing where the mean loss is enough; the logit; of several classes 1 where the predicted class (of label vectors what is predicted of all classes) is the
 * row's own, else 0; the probability of its own class; or all logits, with the label's numbers.
 */
export type RowScore = "none" | "logit" | "hit" | "own" | "logits";

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

const OF_CLASSES = ["loss", "logLoss", "accuracy"] as const;
const OF_HEADS: Partial<Record<v1.Head, readonly MetricName[]>> = {
  [v1.Head.LOGISTIC]: ["loss", "logLoss", "auc", "averagePrecision", "brier", "accuracy"],
  [v1.Head.SQUARED]: ["loss", "rmse"],
  [v1.Head.POISSON]: ["loss", "deviance", "rmse"],
  [v1.Head.SOFTMAX]: OF_CLASSES,
  [v1.Head.ONE_VS_REST]: OF_CLASSES,
  [v1.Head.SAMPLED_SOFTMAX]: OF_CLASSES,
  [v1.Head.NCE]: OF_CLASSES,
  [v1.Head.MULTI_LABEL]: ["loss", "logLoss", "macroAuc", "accuracy"],
};

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
  return { head, name: found, isLoss, rises: RISING_METRICS.has(found), score: isLoss ? "none" : scoreOf(found, head) };
}

function scoreOf(name: MetricName, head: v1.Head): RowScore {
  if (head === v1.Head.SQUARED) return "none";
  if (head === v1.Head.LOGISTIC || head === v1.Head.POISSON) return "logit";
  if (name === "macroAuc") return "logits";
  return name === "accuracy" ? "hit" : "own";
}

/** Numbers that are kept of a validation row: labels, weight, scores. @param outputs K */
export function scoreWidth(score: RowScore, outputs: number): number {
  if (score === "none") return 0;
  return score === "logits" ? 2 * outputs + 1 : 3;
}
