import { rocAucOf } from "@crossbill/auc";
import type { IntervalOptions } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";
import { biasMessage, NO_BIAS } from "./bias.js";
import type { ClassAccumulators } from "./class-accumulators.js";
import type { EvaluationSums } from "./evaluation-sums.js";
import type { Group } from "./group-means.js";

/**
 * Measures of several classes, and of label vectors: mean loss with its interval, accuracy of the predicted class (of label vectors: of whole rows); AUC of two classes, and of
 * multiLabel each class and the mean of their AUCs. Bias and calibration are of one probability and stay undefined.
 */
export function classPart({ means: { all }, ranking, classes, several }: EvaluationSums, names: readonly string[], interval: IntervalOptions): v1.IEvaluation {
  const { low, high } = all.interval("lossDifference", interval);
  return {
    weight: all.weight(),
    logLoss: all.mean("loss"),
    logLossLow: low,
    logLossHigh: high,
    accuracy: all.mean("hit"),
    auc: ranking === null ? Number.NaN : rocAucOf(ranking.ranking()),
    ...(classes === null ? {} : eachClass(classes, names, interval)),
    ...(several === null ? {} : { multiClass: several.value(interval) }),
    bias: NO_BIAS,
  };
}

function eachClass(accumulators: ClassAccumulators, names: readonly string[], interval: IntervalOptions): v1.IEvaluation {
  const classes = classMessages(accumulators, names, interval);
  const defined = classes.map(({ auc }) => auc!).filter((auc) => !Number.isNaN(auc));
  return { classes, macroAuc: defined.reduce((sum, auc) => sum + auc, 0) / defined.length };
}

/** Each class against the others. */
export function classMessages({ each }: ClassAccumulators, names: readonly string[], interval: IntervalOptions): v1.ClassEvaluation.$Properties[] {
  return each.map(({ ranking, calibration }, k) => {
    const { positiveWeight, logLoss, bias } = calibration.value(interval);
    return { name: names[k]!, positiveWeight, logLoss, auc: rocAucOf(ranking.ranking()), bias: v1.Bias.create(biasMessage(bias, bias)) };
  });
}

/** One slice of a head of several classes. */
export function classSlice(group: Group): v1.ISliceEvaluation {
  return {
    slice: [...group.keys],
    rows: group.rows,
    weight: group.weight(),
    logLoss: group.mean("loss"),
    auc: Number.NaN,
    bias: NO_BIAS,
    rmse: Number.NaN,
    calibrationError: Number.NaN,
    z: Number.NaN,
    pValue: Number.NaN,
  };
}
