import { rocAuc, rocAucOf } from "@crossbill/auc";
import { logLoss, pairedLogLossDifference, type WeightKind } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";
import { biasMessage } from "./bias.js";
import { LEVEL } from "./level.js";
import { meanInterval } from "./mean-interval.js";
import type { Scores } from "./score-file.js";
import type { MergedAccumulators } from "./score-packs.js";
import { gather, type SliceRows } from "./slice-rows.js";

/** A bias of which nothing is defined. */
export const NO_BIAS: v1.IBias = {
  meanPrediction: Number.NaN,
  meanLabel: Number.NaN,
  difference: Number.NaN,
  ratio: Number.NaN,
  low: Number.NaN,
  high: Number.NaN,
  standardError: Number.NaN,
};

/**
 * Measures of several classes: mean log-loss -log p of a row's own class with its interval, accuracy of the predicted class; AUC of two classes only. Bias
 * and calibration are of one probability and stay undefined.
 */
export function classPart(scores: Scores, classes: number, weightKind: WeightKind): v1.IEvaluation {
  const { label, weight } = scores;
  const own = scores.predictions[0]!;
  const all = ones(own);
  const { low, high } = pairedLogLossDifference(all, own, all, weight, { weightKind, level: LEVEL });
  return {
    weight: weight.reduce((sum, w) => sum + w, 0),
    logLoss: logLoss(all, own, weight),
    logLossLow: low,
    logLossHigh: high,
    accuracy: meanInterval(label.keys(), weight, (i) => scores.hits[0]![i]!, weightKind, LEVEL).mean,
    auc:
      classes === 2
        ? rocAuc(
            label,
            own.map((p, i) => (label[i] === 1 ? p : 1 - p)),
            weight,
          )
        : Number.NaN,
    bias: NO_BIAS,
  };
}

/** One slice of a head of several classes. @param vectors predictions are losses: those of label vectors */
export function classSlice(scores: Scores, group: SliceRows, vectors = false, weightKind: WeightKind = "importance"): v1.ISliceEvaluation {
  const weight = gather(scores.weight, group.rows);
  const own = gather(scores.predictions[0]!, group.rows);
  return {
    slice: group.keys,
    rows: own.length,
    weight: weight.reduce((sum, w) => sum + w, 0),
    logLoss: vectors ? meanInterval(own.keys(), weight, (i) => own[i]!, weightKind, LEVEL).mean : logLoss(ones(own), own, weight),
    auc: Number.NaN,
    bias: NO_BIAS,
    rmse: Number.NaN,
    calibrationError: Number.NaN,
    z: Number.NaN,
    pValue: Number.NaN,
  };
}

/** Labels of a row's own class: always 1. */
export function ones(like: Float64Array): Float64Array {
  return new Float64Array(like.length).fill(1);
}

/** Measures of label vectors: mean loss of rows with its interval, accuracy of whole rows (their predictions are losses, see scoreVectors); of multiLabel each class, too, and the mean of their AUCs. */
export function vectorPart(scores: Scores, classes: readonly string[], accumulators: MergedAccumulators | null, weightKind: WeightKind): v1.IEvaluation {
  const { label, weight } = scores;
  const mean = (of: Float64Array): ReturnType<typeof meanInterval> => meanInterval(label.keys(), weight, (i) => of[i]!, weightKind, LEVEL);
  const loss = mean(scores.predictions[0]!);
  const each = (accumulators?.classes ?? []).map(({ ranking, calibration }, k): v1.ClassEvaluation.$Properties => {
    const value = calibration.value({ weightKind, level: LEVEL });
    return {
      name: classes[k]!,
      positiveWeight: value.positiveWeight,
      logLoss: value.logLoss,
      auc: rocAucOf(ranking.ranking()),
      bias: v1.Bias.create(biasMessage(value.bias, value.bias)),
    };
  });
  const defined = each.map(({ auc }) => auc!).filter((auc) => !Number.isNaN(auc));
  return {
    weight: weight.reduce((sum, w) => sum + w, 0),
    logLoss: loss.mean,
    logLossLow: loss.low,
    logLossHigh: loss.high,
    accuracy: mean(scores.hits[0]!).mean,
    ...(each.length === 0 ? {} : { classes: each, macroAuc: defined.reduce((sum, auc) => sum + auc, 0) / defined.length }),
    bias: NO_BIAS,
  };
}
