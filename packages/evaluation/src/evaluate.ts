import { averagePrecisionOf, confusionOf, precisionRecallCurveOf, type Ranking, rocAucOf, rocCurveOf } from "@crossbill/auc";
import { type BinStrategy, calibrationCurve, calibrationErrorOf, pairedLogLossDifference, type WeightKind } from "@crossbill/calibration";
import { CrossbillError, hasLabelVectors, isOfClasses, isOfNumbers, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { biasMessage } from "./bias.js";
import { classPart, classSlice, NO_BIAS, vectorPart } from "./class-evaluation.js";
import { histogram } from "./histogram.js";
import { LEVEL, weightKindName } from "./level.js";
import { numberPart } from "./number-evaluation.js";
import { type MeasuredRows, rowLosses } from "./row-losses.js";
import type { Scores } from "./score-file.js";
import { type MergedAccumulators, type ScoreOptions, scorePacks } from "./score-packs.js";
import { logisticSlices, numberSlice } from "./slice-evaluation.js";
import { groupSlices, readSlices, type SliceRows } from "./slice-rows.js";
import { thinned } from "./thin.js";

/** Points of a ROC or precision-recall curve at most. */
const CURVE_POINTS = 1000;
const STRATEGIES: readonly BinStrategy[] = ["uniform", "quantile", "logit"];

export interface EvaluateOptions extends ScoreOptions {
  readonly model: Model;
  /** Of the calibration curves; default 20. */
  readonly bins?: number;
  /** Predicted positive: probability >= threshold; default 0.5. */
  readonly threshold?: number;
  /** Default importance. */
  readonly weightKind?: v1.WeightKind;
}

/**
 * Scores the packs of one part and measures. Every number is weighted; undefined ones (no rows, one class) are NaN. The calibration error is
 * that of the quantile curve.
 * @throws as scorePacks; E_BIN_COUNT, E_THRESHOLD_RANGE (exit code 2)
 */
export async function evaluate(options: EvaluateOptions): Promise<v1.Evaluation> {
  return (await scoreAndMeasure(options)).evaluation;
}

/** {@link evaluate}, and the rows it measured: what two models are compared by that are never there at once. */
export async function evaluateRows(options: EvaluateOptions): Promise<{ readonly evaluation: v1.Evaluation; readonly rows: MeasuredRows }> {
  const { evaluation, scores } = await scoreAndMeasure(options);
  return {
    evaluation,
    rows: {
      label: scores.label,
      weight: scores.weight,
      loss: rowLosses(options.model.head, scores, hasLabelVectors((options.manifest.data as v1.DataSpec | null)?.label)),
    },
  };
}

async function scoreAndMeasure(options: EvaluateOptions): Promise<{ readonly evaluation: v1.Evaluation; readonly scores: Scores }> {
  const { model, packs } = options;
  const threshold = options.threshold ?? 0.5;
  if (!(threshold >= 0 && threshold <= 1))
    throw new CrossbillError("E_THRESHOLD_RANGE", `threshold is ${threshold}, allowed is a number in [0, 1]`, { exitCode: 2 });
  const weightKind = options.weightKind ?? v1.WeightKind.IMPORTANCE;
  const kind = weightKindName(weightKind);
  const { scores, accumulators } = await scorePacks([model], options);
  const sets = options.slices ?? [];
  const evaluation: v1.IEvaluation = {
    ...undefinedEvaluation(),
    modelSha256: model.sha256,
    head: model.head,
    part: packs[0]?.part ?? v1.Part.TEST,
    weightKind,
    threshold,
    rows: scores.label.length,
  };
  const slicesOf = async (measure: (group: SliceRows) => v1.ISliceEvaluation): Promise<v1.ISliceEvaluation[]> =>
    groupSlices(await readSlices(options.root, packs, [...new Set(sets.flat())]), sets, scores.label.length).map(measure);
  if (isOfNumbers(model.head))
    Object.assign(evaluation, numberPart(model.head, scores, kind), { slices: await slicesOf((group) => numberSlice(model.head, scores, group, kind, LEVEL)) });
  else if (isOfClasses(model.head)) {
    const vectors = hasLabelVectors((options.manifest.data as v1.DataSpec | null)?.label);
    // The threshold is of one probability.
    Object.assign(evaluation, { threshold: Number.NaN, slices: await slicesOf((group) => classSlice(scores, group, vectors, kind)) });
    const { classes } = options.manifest;
    if (scores.label.length > 0) Object.assign(evaluation, vectors ? vectorPart(scores, classes, accumulators, kind) : classPart(scores, classes.length, kind));
  } else if (accumulators !== null) {
    Object.assign(evaluation, logisticPart(scores, accumulators, options.bins ?? 20, threshold, kind));
    if (accumulators.slices !== null) evaluation.slices = logisticSlices(accumulators.slices, kind, LEVEL);
  }
  return { evaluation: v1.Evaluation.create(evaluation as v1.Evaluation), scores };
}

function undefinedEvaluation(): v1.IEvaluation {
  const names = [
    "logLoss",
    "auc",
    "averagePrecision",
    "brier",
    "accuracy",
    "rmse",
    "calibrationError",
    "logLossLow",
    "logLossHigh",
    "poissonLoss",
    "deviance",
    "macroAuc",
  ] as const;
  return { formatVersion: 1, level: LEVEL, bias: NO_BIAS, ...Object.fromEntries(names.map((name) => [name, Number.NaN])) };
}

function logisticPart(scores: Scores, accumulators: MergedAccumulators, bins: number, threshold: number, weightKind: WeightKind): v1.IEvaluation {
  const { label, weight } = scores;
  const p = scores.predictions[0]!;
  const interval = { weightKind, level: LEVEL };
  const ranking = accumulators.ranking.ranking();
  const value = accumulators.calibration.value(interval);
  const curves = STRATEGIES.map((strategy) => calibrationCurve(label, p, { bins, strategy, weights: weight, ...interval }));
  return {
    weight: value.weight,
    positiveWeight: value.positiveWeight,
    logLoss: value.logLoss,
    ...lossInterval(scores, interval),
    auc: rocAucOf(ranking),
    averagePrecision: averagePrecisionOf(ranking),
    brier: value.brierScore,
    accuracy: confusionOf(ranking, threshold).accuracy,
    bias: biasMessage(value.bias, value.bias),
    calibrationError: calibrationErrorOf(curves[1]!),
    calibrationErrorBins: "quantile",
    calibration: curves.map(({ strategy, bins: of }) => ({
      strategy,
      bins: of.map(({ low, high, rows, weight: w, meanPrediction, meanLabel, labelLow, labelHigh }) => ({
        low,
        high,
        rows,
        weight: w,
        meanPrediction,
        meanLabel,
        labelLow,
        labelHigh,
      })),
    })),
    roc: rocMessage(ranking),
    precisionRecall: precisionRecallMessage(ranking),
    histogram: histogram(label, p, weight, 0, 1),
  };
}

/** The interval of the mean log-loss: that of its difference to a perfect prediction's loss, which is 0 (2^-52 by the clipping). */
function lossInterval({ label, weight, predictions }: Scores, interval: { weightKind: WeightKind; level: number }): v1.IEvaluation {
  const { low, high } = pairedLogLossDifference(label, predictions[0]!, label, weight, interval);
  return { logLossLow: low, logLossHigh: high };
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
