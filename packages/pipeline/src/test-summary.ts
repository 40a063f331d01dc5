import { isOfNumbers, v1 } from "@crossbill/messages";

export interface BiasSummary {
  meanPrediction: number;
  meanLabel: number;
  difference: number;
  ratio: number;
  low: number;
  high: number;
}

export interface TestSummary {
  rows: number;
  logLoss: number;
  logLossLow: number;
  logLossHigh: number;
  normalizedEntropy: number;
  auc: number;
  aucLow: number;
  aucHigh: number;
  averagePrecision: number;
  brier: number;
  brierLow: number;
  brierHigh: number;
  brierParts: { reliability: number; resolution: number; uncertainty: number; within: number } | null;
  accuracy: number;
  threshold: number;
  /** How the threshold was chosen; "": it is given. */
  thresholdRule: string;
  confusion: { truePositives: number; falsePositives: number; falseNegatives: number; trueNegatives: number } | null;
  rmse: number;
  /** Of the poisson head alone. */
  poissonLoss?: number;
  deviance?: number;
  /** Of the multiLabel head alone: mean AUC of the classes, and each of them. */
  macroAuc?: number;
  classes?: { class: string; logLoss: number; auc: number; bias: BiasSummary }[];
  bias: BiasSummary;
  calibrationError: number;
  maxCalibrationError: number;
  spiegelhalter: { z: number; pValue: number } | null;
  /** What may be behind a bias, likeliest first; empty: there is none beyond chance. Of the logistic head. */
  causes: { code: string; message: string; fields: string[]; value: number }[];
  /** Whether AUC and curves are exact (no bits rounded). */
  ranking: { distinctScores: number; roundedBits: number; aucErrorBound: number } | null;
  /** Squared head over labels that are all 0 or 1: rows predicted below 0 and above 1, and the bias that capping them there would have. */
  outsideUnit?: { below: number; above: number; cappedBias: number };
  against?: { version: string; logLossDifference: number; low: number; high: number };
}

export interface SliceSummary {
  slice: Record<string, string | null>;
  rows: number;
  logLoss: number;
  auc: number;
  /** Of heads of numbers; else left out. */
  rmse?: number;
  /** Of the poisson head; else left out. */
  deviance?: number;
  bias: BiasSummary;
}

/** The numbers of the measured part; undefined ones are NaN, and those that the head has not. */
export function testSummary(measured: v1.Measured): TestSummary {
  const e = v1.Evaluation.create(measured.evaluation ?? {});
  const d = measured.comparison?.overall;
  const logistic = e.head === v1.Head.LOGISTIC && e.rows > 0;
  const parts = e.brierParts == null ? null : v1.BrierParts.create(e.brierParts);
  const cells = e.confusion == null ? null : v1.Confusion.create(e.confusion);
  const calibrated = e.spiegelhalter == null ? null : v1.TestOfZero.create(e.spiegelhalter);
  const unit = e.unit == null ? null : v1.UnitInterval.create(e.unit);
  return {
    rows: e.rows,
    logLoss: e.logLoss,
    logLossLow: e.logLossLow,
    logLossHigh: e.logLossHigh,
    normalizedEntropy: e.normalizedEntropy,
    auc: e.auc,
    aucLow: e.aucLow,
    aucHigh: e.aucHigh,
    averagePrecision: e.averagePrecision,
    brier: e.brier,
    brierLow: e.brierLow,
    brierHigh: e.brierHigh,
    brierParts: parts && { reliability: parts.reliability, resolution: parts.resolution, uncertainty: parts.uncertainty, within: parts.within },
    accuracy: e.accuracy,
    threshold: logistic ? e.threshold : Number.NaN,
    thresholdRule: e.thresholdRule,
    confusion: cells && {
      truePositives: cells.truePositives,
      falsePositives: cells.falsePositives,
      falseNegatives: cells.falseNegatives,
      trueNegatives: cells.trueNegatives,
    },
    rmse: e.rmse,
    ...(e.head === v1.Head.MULTI_LABEL
      ? {
          macroAuc: e.macroAuc,
          classes: (e.classes as v1.ClassEvaluation[]).map(({ name, logLoss, auc, bias }) => ({ class: name, logLoss, auc, bias: biasSummary(bias) })),
        }
      : {}),
    ...(e.head === v1.Head.POISSON ? { poissonLoss: e.poissonLoss, deviance: e.deviance } : {}),
    bias: biasSummary(e.bias),
    calibrationError: e.calibrationError,
    maxCalibrationError: e.maxCalibrationError,
    spiegelhalter: calibrated && { z: calibrated.z, pValue: calibrated.pValue },
    causes: (e.causes ?? []).map((cause) => {
      const { code, message, fields, value } = v1.BiasCause.create(cause);
      return { code, message, fields: [...fields], value };
    }),
    ranking: logistic ? { distinctScores: e.distinctScores, roundedBits: e.roundedBits, aucErrorBound: e.aucErrorBound } : null,
    ...(unit == null ? {} : { outsideUnit: { below: unit.below, above: unit.above, cappedBias: unit.cappedBias } }),
    ...(d
      ? {
          against: {
            version: measured.againstVersion ?? "",
            logLossDifference: d.difference ?? Number.NaN,
            low: d.low ?? Number.NaN,
            high: d.high ?? Number.NaN,
          },
        }
      : {}),
  };
}

export function sliceSummaries(measured: v1.Measured): SliceSummary[] {
  const head = measured.evaluation?.head ?? v1.Head.LOGISTIC;
  return (measured.evaluation?.slices ?? []).map((slice) => ({
    ...measuredSlice(slice),
    ...(isOfNumbers(head) ? { rmse: slice.rmse ?? Number.NaN } : {}),
    ...(head === v1.Head.POISSON ? { deviance: slice.deviance ?? Number.NaN } : {}),
  }));
}

export function measuredSlice(s: v1.SliceEvaluation.$Properties): SliceSummary {
  return { slice: sliceSummary(s.slice ?? []), rows: s.rows ?? 0, logLoss: s.logLoss ?? Number.NaN, auc: s.auc ?? Number.NaN, bias: biasSummary(s.bias) };
}

/** Names are data. */
export function sliceSummary(keys: readonly v1.ISliceKey[]): Record<string, string | null> {
  const slice: Record<string, string | null> = Object.create(null) as Record<string, string | null>;
  for (const key of keys) slice[key.field ?? ""] = key.missing === true ? null : (key.value ?? "");
  return slice;
}

export function biasSummary(bias: v1.Bias.$Properties | null | undefined): BiasSummary {
  const of = (x: number | null | undefined): number => x ?? Number.NaN;
  return {
    meanPrediction: of(bias?.meanPrediction),
    meanLabel: of(bias?.meanLabel),
    difference: of(bias?.difference),
    ratio: of(bias?.ratio),
    low: of(bias?.low),
    high: of(bias?.high),
  };
}
