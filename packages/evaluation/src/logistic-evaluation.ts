import { averagePrecisionOf, confusionOf, precisionRecallCurveOf, type Ranking, rocCurveOf } from "@crossbill/auc";
import { brierPartsOf, type CalibrationCurve, calibrationErrorOf, type IntervalOptions, maximumErrorOf } from "@crossbill/calibration";
import type { v1 } from "@crossbill/messages";
import { biasMessage } from "./bias.js";
import type { EvaluationSums } from "./evaluation-sums.js";
import { sliceMessage } from "./search-packs.js";
import { thinned } from "./thin.js";

/** Points of a ROC or precision-recall curve at most. */
const CURVE_POINTS = 1000;

/** Measures of probabilities that one pass over the rows gives. */
export function logisticPart(sums: EvaluationSums, ranking: Ranking, threshold: number, interval: IntervalOptions): v1.IEvaluation {
  const value = sums.calibration!.value(interval);
  const { rocAuc: auc, rocAucErrorBound, distinctScores, roundedBits } = sums.ranking!.value();
  const { low: logLossLow, high: logLossHigh } = sums.means.all.interval("lossDifference", interval);
  const { accuracy, truePositives, falsePositives, falseNegatives, trueNegatives } = confusionOf(ranking, threshold);
  return {
    weight: value.weight,
    positiveWeight: value.positiveWeight,
    logLoss: value.logLoss,
    logLossLow,
    logLossHigh,
    normalizedEntropy: value.normalizedEntropy,
    auc,
    distinctScores,
    roundedBits,
    aucErrorBound: rocAucErrorBound,
    averagePrecision: averagePrecisionOf(ranking),
    brier: value.brierScore,
    brierLow: value.brier.low,
    brierHigh: value.brier.high,
    spiegelhalter: { z: value.spiegelhalter.z, pValue: value.spiegelhalter.pValue },
    accuracy,
    confusion: { truePositives, falsePositives, falseNegatives, trueNegatives },
    bias: biasMessage(value.bias, value.bias),
    roc: rocMessage(ranking),
    precisionRecall: precisionRecallMessage(ranking),
    histogram: sums.histogram!.value(),
  };
}

/** What is made of the calibration curves; errors and parts are those of the one named "quantile". */
export function calibrationPart(curves: readonly CalibrationCurve[], brier: number): v1.IEvaluation {
  const quantile = curves.find(({ strategy }) => strategy === "quantile")!;
  return {
    calibrationError: calibrationErrorOf(quantile),
    calibrationErrorBins: "quantile",
    maxCalibrationError: maximumErrorOf(quantile),
    brierParts: brierPartsOf(quantile, brier),
    calibration: curves.map(curveMessage),
  };
}

export function curveMessage({ strategy, bins }: CalibrationCurve): v1.ICalibrationCurve {
  return {
    strategy,
    bins: bins.map(({ low, high, rows, weight, meanPrediction, meanLabel, labelLow, labelHigh, allLow, allHigh }) => ({
      low,
      high,
      rows,
      weight,
      meanPrediction,
      meanLabel,
      labelLow,
      labelHigh,
      allLow,
      allHigh,
    })),
  };
}

function rocMessage(ranking: Ranking): v1.IRocCurve {
  const curve = rocCurveOf(ranking);
  const kept = thinned(curve.falsePositiveRate, curve.truePositiveRate, CURVE_POINTS);
  const at = (values: Float64Array): number[] => kept.map((i) => values[i]!);
  return { falsePositiveRate: at(curve.falsePositiveRate), truePositiveRate: at(curve.truePositiveRate), thresholds: at(curve.thresholds) };
}

/** Its last point has no threshold of its own: Infinity. */
function precisionRecallMessage(ranking: Ranking): v1.IPrecisionRecallCurve {
  const curve = precisionRecallCurveOf(ranking);
  const kept = thinned(curve.recall, curve.precision, CURVE_POINTS);
  return {
    precision: kept.map((i) => curve.precision[i]!),
    recall: kept.map((i) => curve.recall[i]!),
    thresholds: kept.map((i) => curve.thresholds[i] ?? Number.POSITIVE_INFINITY),
  };
}

/** The slices, in the accumulator's order. */
export function logisticSlices(slices: NonNullable<EvaluationSums["slices"]>, interval: IntervalOptions): v1.ISliceEvaluation[] {
  return slices.value(interval).map(sliceMessage);
}
