import type {
  JsonBias,
  JsonCalibrationSummary,
  JsonCause,
  JsonDecision,
  JsonFairness,
  JsonFoundSlices,
  JsonHistogram,
  JsonMultiClass,
  JsonSlice,
  JsonSliceKey,
  JsonTest,
  Num,
} from "./json-evaluation.js";

export type * from "./json-evaluation.js";

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
  /** New - current: positive is better. */
  auc: { new: Num; current: Num; difference: Num; low: Num; high: Num; pValue: Num } | null;
  /** Squared error of the probability. */
  brier: JsonDifference | null;
  /** Rows whose predictions differ most, by falling difference: of log-odds (logistic head) or values. */
  changed: { key: string; label: Num; weight: Num; predictionNew: Num; predictionCurrent: Num; difference: Num }[];
  /** In words; "": none. */
  verdict: string;
}

/** A layer of a network at an evaluation: see v1.LayerWatch. */
export interface JsonLayer {
  name: string;
  units: number;
  dead: number;
  zeros: Num;
  saturated: Num;
  gradient: Num;
  weights: Num;
  updateRatio: Num;
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
  curve: {
    step: number;
    epoch: Num;
    progressiveLoss: Num;
    validationLoss: Num;
    metric: Num;
    nonZero: number;
    observedLoss: Num;
    gradientNorm: Num;
    layers?: JsonLayer[];
  }[];
  /** Of the exact solver. */
  certificate: {
    objective: Num;
    gradientNorm: Num;
    relativeGradientNorm: Num;
    dualityGap: Num;
    sumPredictions: Num;
    sumLabels: Num;
    /** Predictions - labels. */
    sumDifference: Num;
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

export interface JsonCheck {
  check: string;
  field: string;
  level: "fail" | "warn";
  value: Num;
  limit: Num;
  message: string;
}

/** `report.json`: everything the page shows, unrounded. */
export interface ReportJson {
  formatVersion: 1;
  title: string;
  gate: JsonGate | null;
  rows: { read: number; rejected: number; train: number; validation: number; test: number };
  rejects: { [code: string]: number };
  /** What the data checks found, drift among it. */
  checks: JsonCheck[];
  model: { version: string; sha256: string; parameters: number; nonZero: number; bytes: number };
  train: JsonTrain | null;
  test: JsonTest | null;
  /** What may be behind a bias, likeliest first. */
  causes: JsonCause[];
  calibrationSummary: JsonCalibrationSummary | null;
  /** At the threshold of the evaluation; null: there is no ROC curve. */
  decision: JsonDecision | null;
  /** By falling |z| of the bias, undefined ones last. */
  slices: JsonSlice[];
  /** Slices with rows; of them those whose interval of the bias (wider than a point) leaves out 0, and how many would by chance alone. */
  sliceSummary: { withRows: number; leaveOutZero: number; byChance: Num };
  /** null: no search was made. */
  foundSlices: { bias: JsonFoundSlices | null; logLoss: JsonFoundSlices | null };
  fairness: JsonFairness[];
  multiClass: JsonMultiClass | null;
  comparison: JsonComparison | null;
  weights: { histogram: JsonHistogram | null; strongest: { feature: string; weight: Num }[]; intercept: Num } | null;
  lineage: { build: string; configSha256: string; ingestKey: string; seed: number };
  configuration: string;
}
