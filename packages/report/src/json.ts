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

export interface JsonBin {
  low: Num;
  high: Num;
  rows: number;
  weight: Num;
  meanPrediction: Num;
  meanLabel: Num;
  labelLow: Num;
  labelHigh: Num;
}

export interface JsonHistogram {
  low: Num;
  high: Num;
  rows: number[];
  weight: Num[];
  positiveWeight: Num[];
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
  auc: Num;
  averagePrecision: Num;
  brier: Num;
  accuracy: Num;
  threshold: Num;
  rmse: Num;
  /** Of the poisson head; else left out. */
  poissonLoss?: Num;
  deviance?: Num;
  /** Of the multiLabel head; else left out. */
  macroAuc?: Num;
  classes?: { class: string; positiveWeight: Num; logLoss: Num; auc: Num; bias: JsonBias }[];
  bias: JsonBias;
  calibrationError: Num;
  calibrationErrorBins: string;
  /** Squared head over labels 0 and 1: rows predicted below and above, and the bias that capping would have. */
  outsideUnit: { below: number; above: number; cappedBias: Num } | null;
  calibration: { strategy: string; bins: JsonBin[] }[];
  roc: { falsePositiveRate: Num[]; truePositiveRate: Num[]; thresholds: Num[] };
  precisionRecall: { precision: Num[]; recall: Num[]; thresholds: Num[] };
  histogram: JsonHistogram | null;
}

export interface JsonDifference {
  rows: number;
  weight: Num;
  lossNew: Num;
  lossCurrent: Num;
  difference: Num;
  low: Num;
  high: Num;
  relativeIncrease: Num;
  z: Num;
  pValue: Num;
}

export interface JsonComparison {
  modelSha256: string;
  againstSha256: string;
  level: Num;
  overall: JsonDifference | null;
  biasNew: JsonBias | null;
  biasCurrent: JsonBias | null;
  /** By falling |z|. */
  slices: (JsonDifference & { slice: JsonSliceKey })[];
  minSliceRows: number;
  smallSlices: number;
}

export interface JsonTrain {
  optimizer: string;
  epochs: number;
  steps: number;
  bestStep: number;
  stoppedEarly: boolean;
  progressiveLoss: Num;
  validationLoss: Num;
  /** What decided the kept step, and its value there; "": not said, the validation loss. */
  metric: string;
  bestMetric: Num;
  /** Of the first pass, each block before it was learned. */
  progressive: { step: number; weight: Num; loss: Num; windowLoss: Num }[];
  /** `observedLoss`: of a fixed part of the training rows, `gradientNorm` of its blocks (of the exact solver: of all rows). */
  curve: { step: number; epoch: Num; progressiveLoss: Num; validationLoss: Num; metric: Num; nonZero: number; observedLoss: Num; gradientNorm: Num }[];
  /** Of the exact solver. */
  certificate: {
    objective: Num;
    gradientNorm: Num;
    relativeGradientNorm: Num;
    dualityGap: Num;
    sumPredictions: Num;
    sumLabels: Num;
    converged: boolean;
  } | null;
  /** What training found. */
  diagnostics: { code: string; level: "warn" | "info"; message: string; columns: string[]; value: Num }[];
  /** Of heads that are trained on some classes at a time, over the same training rows at the kept step. */
  sampledLoss: { rows: number; sampled: Num; full: Num; difference: Num; correction: string } | null;
  /** Training rows by class, and how many were used; null: all. */
  sampling: { correct: "weight" | "intercept"; classes: { class: string; rate: Num; rows: number; kept: number }[] } | null;
}

export interface JsonGate {
  accepted: boolean;
  reasons: string[];
  limits: { name: string; limit: Num; value: Num; low: Num; high: Num; passed: boolean }[];
}

/** `report.json`: everything the page shows, unrounded. */
export interface ReportJson {
  formatVersion: 1;
  title: string;
  gate: JsonGate | null;
  rows: { read: number; rejected: number; train: number; validation: number; test: number };
  rejects: { [code: string]: number };
  model: { version: string; sha256: string; parameters: number; nonZero: number; bytes: number };
  train: JsonTrain | null;
  test: JsonTest | null;
  /** By falling |z| of the bias, undefined ones last. */
  slices: JsonSlice[];
  /** Slices with rows; of them those whose interval of the bias (wider than a point) leaves out 0, and how many would by chance alone. */
  sliceSummary: { withRows: number; leaveOutZero: number; byChance: Num };
  comparison: JsonComparison | null;
  weights: { histogram: JsonHistogram | null; strongest: { feature: string; weight: Num }[]; intercept: Num } | null;
  lineage: { build: string; configSha256: string; ingestKey: string; seed: number };
  configuration: string;
}
