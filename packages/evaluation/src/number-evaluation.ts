import { poissonDeviance, poissonLoss, type WeightKind } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";
import { squaredBias } from "./bias.js";
import { histogram } from "./histogram.js";
import { LEVEL } from "./level.js";
import { meanInterval } from "./mean-interval.js";
import { squaredError } from "./number-loss.js";
import type { Scores } from "./score-file.js";
import { unitInterval } from "./unit-interval.js";

/** Measures of a head that predicts numbers: rmse and bias, of poisson its loss and deviance, of squared whether predictions leave [0, 1]. */
export function numberPart(head: v1.Head, { label, weight, predictions }: Scores, weightKind: WeightKind): v1.IEvaluation {
  const p = predictions[0]!;
  const unit = head === v1.Head.SQUARED ? unitInterval(label, p, weight) : null;
  const mean = (of: (label: number, prediction: number) => number): number =>
    meanInterval(label.keys(), weight, (i) => of(label[i]!, p[i]!), weightKind, LEVEL).mean;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of p) {
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  return {
    weight: weight.reduce((sum, w) => sum + w, 0),
    rmse: Math.sqrt(mean(squaredError)),
    ...(head === v1.Head.POISSON ? { poissonLoss: mean(poissonLoss), deviance: mean(poissonDeviance) } : {}),
    bias: squaredBias(label, p, weight, weightKind, LEVEL),
    ...(p.length === 0 ? {} : { histogram: histogram(label, p, weight, low, high) }),
    ...(unit === null ? {} : { unit }),
  };
}
