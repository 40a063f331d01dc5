import { HEAD_NAMES, isOfNumbers, v1 } from "@crossbill/messages";
import type { JsonCause, JsonTest, Num } from "../json.js";
import { bias, curve, ends, histogram, type Maybe, NO_BIAS, num, nums } from "./base.js";
import { gain } from "./decision.js";
import { classOf } from "./multi-class.js";

/** The numbers of one part. Without rows all of them are undefined. */
export function test(e: v1.Evaluation): JsonTest {
  const part = e.part === v1.Part.TEST ? "test" : e.part === v1.Part.VALIDATION ? "validation" : "train";
  const of = (x: number): Num => (e.rows === 0 ? null : num(x));
  const probabilities = !isOfNumbers(e.head);
  const roc = e.roc as Maybe<v1.RocCurve>;
  const recall = e.precisionRecall as Maybe<v1.PrecisionRecallCurve>;
  const parts = e.brierParts as Maybe<v1.BrierParts>;
  const c = e.confusion as Maybe<v1.Confusion>;
  const spiegelhalter = e.spiegelhalter as Maybe<v1.TestOfZero>;
  // 0 was never set: an evaluation of an earlier version.
  const set = (x: number): Num => (x === 0 ? null : of(x));
  const unit = e.unit as Maybe<v1.UnitInterval>;
  const probability = (x: number): Num => (probabilities ? of(x) : null);
  const logLoss = ends(e.logLossLow, e.logLossHigh);
  const auc = ends(e.aucLow, e.aucHigh);
  const brier = ends(e.brierLow, e.brierHigh);
  const measured: Omit<JsonTest, "gain"> = {
    head: HEAD_NAMES[e.head],
    part,
    weightKind: e.weightKind === v1.WeightKind.FREQUENCY ? "frequency" : "importance",
    level: num(e.level),
    rows: e.rows,
    weight: num(e.weight),
    positiveWeight: probability(e.positiveWeight),
    logLoss: probability(e.logLoss),
    logLossLow: probabilities ? logLoss.low : null,
    logLossHigh: probabilities ? logLoss.high : null,
    normalizedEntropy: set(e.normalizedEntropy),
    auc: probability(e.auc),
    aucLow: auc.low,
    aucHigh: auc.high,
    averagePrecision: probability(e.averagePrecision),
    brier: probability(e.brier),
    brierLow: brier.low,
    brierHigh: brier.high,
    brierParts: parts
      ? { reliability: num(parts.reliability), resolution: num(parts.resolution), uncertainty: num(parts.uncertainty), within: num(parts.within) }
      : null,
    accuracy: probability(e.accuracy),
    threshold: probability(e.threshold),
    thresholdRule: e.thresholdRule,
    confusion: c
      ? {
          truePositives: num(c.truePositives),
          falsePositives: num(c.falsePositives),
          falseNegatives: num(c.falseNegatives),
          trueNegatives: num(c.trueNegatives),
        }
      : null,
    rmse: probabilities ? null : of(e.rmse),
    ...(e.head === v1.Head.MULTI_LABEL
      ? {
          macroAuc: of(e.macroAuc),
          classes: (e.classes as v1.ClassEvaluation[]).map(classOf),
        }
      : {}),
    ...(e.head === v1.Head.POISSON ? { poissonLoss: of(e.poissonLoss), deviance: of(e.deviance) } : {}),
    bias: (e.rows === 0 ? null : bias(e.bias)) ?? NO_BIAS,
    calibrationError: of(e.calibrationError),
    maxCalibrationError: set(e.maxCalibrationError),
    spiegelhalter: spiegelhalter ? { z: num(spiegelhalter.z), pValue: num(spiegelhalter.pValue) } : null,
    calibrationErrorBins: e.calibrationErrorBins,
    outsideUnit: unit ? { below: unit.below, above: unit.above, cappedBias: num(unit.cappedBias) } : null,
    calibration: e.calibration.map(curve),
    roc: {
      falsePositiveRate: nums(roc?.falsePositiveRate ?? []),
      truePositiveRate: nums(roc?.truePositiveRate ?? []),
      thresholds: nums(roc?.thresholds ?? []),
    },
    precisionRecall: { precision: nums(recall?.precision ?? []), recall: nums(recall?.recall ?? []), thresholds: nums(recall?.thresholds ?? []) },
    ranking: e.distinctScores > 0 ? { distinctScores: e.distinctScores, roundedBits: e.roundedBits, aucErrorBound: num(e.aucErrorBound) } : null,
    histogram: histogram(e.histogram),
  };
  return { ...measured, gain: gain(measured) };
}

/** What the evaluation takes to be behind a bias, likeliest first. */
export function causes(e: v1.Evaluation): JsonCause[] {
  return e.causes.map(({ code, message, fields, value }) => ({ code, message, fields: [...fields], value: num(value) }));
}
