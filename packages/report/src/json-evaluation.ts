import type { HeadName } from "@crossbill/messages";

/** A number as JSON has it: `null` is undefined (NaN or infinite). */
export type Num = number | null;

export interface JsonBias {
  meanPrediction: Num;
  meanLabel: Num;
  difference: Num;
  ratio: Num;
  /** Interval of the difference. */
  low: Num;
  high: Num;
}

/** One value per field of the slice; `null`: the rows without a value. The object has no prototype. */
export type JsonSliceKey = { [field: string]: string | null };

export interface JsonSlice {
  slice: JsonSliceKey;
  rows: number;
  weight: Num;
  logLoss: Num;
  auc: Num;
  rmse: Num;
  /** Of the poisson head; else left out. */
  deviance?: Num;
  bias: JsonBias;
  calibrationError: Num;
  z: Num;
  pValue: Num;
}

/** Slices that a search found: candidates of one half of the rows, confirmed on the other, whose numbers these are. */
export interface JsonFoundSlices {
  metric: "bias" | "logLoss";
  depth: number;
  minRows: number;
  falseDiscoveryRate: Num;
  fields: string[];
  tested: number;
  candidates: number;
  rowsSearched: number;
  rowsConfirmed: number;
  /** By falling |z|. */
  found: (JsonSlice & { effect: Num; low: Num; high: Num; adjustedPValue: Num; searchRows: number; searchEffect: Num })[];
}

export interface JsonBin {
  low: Num;
  high: Num;
  rows: number;
  weight: Num;
  meanPrediction: Num;
  meanLabel: Num;
  labelLow: Num;
  labelHigh: Num;
  /** Interval that holds for all bins of the curve at once. */
  allLow: Num;
  allHigh: Num;
}

export interface JsonCurve {
  strategy: string;
  bins: JsonBin[];
}

/** Of one bucketing: bins whose mean prediction lies outside the interval of their mean label (`simultaneous`: the one that holds for all bins at once). */
export interface JsonCalibrationSummary {
  strategy: string;
  simultaneous: boolean;
  bins: number;
  outside: number;
  tooHigh: number;
  tooLow: number;
  /** Bins outside their own intervals in a calibrated model; null: none would be. */
  byChance: Num;
}

export interface JsonHistogram {
  low: Num;
  high: Num;
  rows: number[];
  weight: Num[];
  positiveWeight: Num[];
}

export interface JsonClass {
  class: string;
  positiveWeight: Num;
  logLoss: Num;
  auc: Num;
  bias: JsonBias;
}

/** Weights of the four outcomes. */
export interface JsonConfusion {
  truePositives: Num;
  falsePositives: Num;
  falseNegatives: Num;
  trueNegatives: Num;
}

/** The rows with the highest predictions: `share` of all rows (by weight) hold `recall` of the positives, `lift` times what chance would. */
export interface JsonGain {
  share: number;
  recall: Num;
  lift: Num;
}

/** What deciding "positive" at `threshold` or above does. */
export interface JsonDecision {
  threshold: Num;
  truePositives: Num;
  falsePositives: Num;
  falseNegatives: Num;
  trueNegatives: Num;
  precision: Num;
  recall: Num;
  f1: Num;
  accuracy: Num;
  /** Of rows called positive, by weight. */
  positiveShare: Num;
  costFalsePositive: number;
  costFalseNegative: number;
  cost: Num;
  /** Of all points of the ROC curve the cheapest; of equals the highest threshold. Threshold null: nothing is called positive. */
  leastCost: { threshold: Num; cost: Num };
}

export interface JsonRate {
  value: Num;
  low: Num;
  high: Num;
}

export interface JsonFairness {
  field: string;
  groups: {
    slice: JsonSliceKey;
    rows: number;
    weight: Num;
    baseRate: Num;
    positiveRate: JsonRate;
    truePositiveRate: JsonRate;
    falsePositiveRate: JsonRate;
    precision: JsonRate;
  }[];
  differences: { name: string; value: Num; low: Num; high: Num; most: JsonSliceKey | null; least: JsonSliceKey | null }[];
}

export interface JsonMultiClass {
  classes: string[];
  /** Weights, [label][predicted]; empty: too many classes. */
  confusion: Num[][];
  top: { k: number; accuracy: Num }[];
  macroAuc: Num;
  weightedAuc: Num;
  handTill: Num;
  topLabel: JsonCurve | null;
  topLabelError: Num;
  each: JsonClass[];
}

/** What may be behind a bias. */
export interface JsonCause {
  code: string;
  message: string;
  fields: string[];
  value: Num;
}

export interface JsonTest {
  head: HeadName;
  part: "train" | "validation" | "test";
  weightKind: "importance" | "frequency";
  level: Num;
  rows: number;
  weight: Num;
  positiveWeight: Num;
  logLoss: Num;
  logLossLow: Num;
  logLossHigh: Num;
  normalizedEntropy: Num;
  auc: Num;
  aucLow: Num;
  aucHigh: Num;
  averagePrecision: Num;
  brier: Num;
  brierLow: Num;
  brierHigh: Num;
  /** Brier score = reliability - resolution + uncertainty + within. */
  brierParts: { reliability: Num; resolution: Num; uncertainty: Num; within: Num } | null;
  accuracy: Num;
  threshold: Num;
  /** How the threshold was chosen; "": given. */
  thresholdRule: string;
  confusion: JsonConfusion | null;
  rmse: Num;
  /** Of the poisson head; else left out. */
  poissonLoss?: Num;
  deviance?: Num;
  /** Of the multiLabel head; else left out. */
  macroAuc?: Num;
  classes?: JsonClass[];
  bias: JsonBias;
  calibrationError: Num;
  maxCalibrationError: Num;
  calibrationErrorBins: string;
  /** Test of calibration (Spiegelhalter 1986). */
  spiegelhalter: { z: Num; pValue: Num } | null;
  /** Squared head over labels 0 and 1: rows predicted below and above, and the bias that capping would have. */
  outsideUnit: { below: number; above: number; cappedBias: Num } | null;
  calibration: JsonCurve[];
  roc: { falsePositiveRate: Num[]; truePositiveRate: Num[]; thresholds: Num[] };
  precisionRecall: { precision: Num[]; recall: Num[]; thresholds: Num[] };
  gain: JsonGain[];
  /** Distinct scores of the ranking, low bits it dropped, and a bound on what that did to `auc`; null: not said. */
  ranking: { distinctScores: number; roundedBits: number; aucErrorBound: Num } | null;
  histogram: JsonHistogram | null;
}
