import type { Num } from "./json.js";

/** One trial as `tune.json` has it. The object of parameters has no prototype. */
export interface TuneTrialJson {
  /** From 1. */
  trial: number;
  /** By path. */
  parameters: { [path: string]: unknown };
  /** Weighted mean of the head's own loss over the validation rows, and its standard error. */
  loss: Num;
  lossStandardError: Num;
  logLoss: Num;
  rmse: Num;
  auc: Num;
  averagePrecision: Num;
  brier: Num;
  accuracy: Num;
  /** Of multiLabel: mean of the classes' AUCs. */
  macroAuc: Num;
  /** Of poisson. */
  deviance: Num;
  /** Of logistic: mean prediction - mean label, and the calibration slope (1 is calibrated, above 1 predictions are drawn together). */
  bias: Num;
  calibrationSlope: Num;
  /** Of the exact solver: objective on the training rows. */
  objective: Num;
  /** Mean loss - the best trial's, paired by row. */
  difference: Num;
  differenceStandardError: Num;
  /** Non-zero weights, and all; null: it failed. */
  nonZero: Num;
  weights: Num;
  bytes: Num;
  epochs: number;
  /** Of halving: the last rung it came to, from 1; else 0. */
  rung: number;
  rows: number;
  modelSha256: string;
  error: { code: string; message: string } | null;
}

/** A trial that was chosen, and the part of the configuration to write for it. */
export interface TuneChoiceJson extends TuneTrialJson {
  configuration: { [section: string]: unknown };
}

/** `tune.json`: everything the page of a search shows, unrounded. */
export interface TuneJson {
  formatVersion: 1;
  title: string;
  search: string;
  metric: TuneMetricName;
  head: string;
  seed: number;
  rows: { train: number; validation: number };
  /** What was searched over, by path: lists or ranges as configured. */
  parameters: { path: string; values: unknown; log: boolean }[];
  /** Of halving. */
  rungs: { trials: number; epochs: number }[];
  trials: TuneTrialJson[];
  /** Numbers of the trials: of the last rung before those of earlier ones, then by the metric, those that failed last. */
  bestFirst: number[];
  best: TuneChoiceJson;
  /** The sparsest within one standard error of the best's mean loss; null: that is undefined. */
  oneStandardError: (TuneChoiceJson & { limit: Num }) | null;
}

export type TuneMetricName = "loss" | "logLoss" | "rmse" | "auc" | "averagePrecision" | "brier" | "accuracy" | "macroAuc" | "deviance";
