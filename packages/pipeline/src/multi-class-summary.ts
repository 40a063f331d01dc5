import { v1 } from "@crossbill/messages";
import { type BiasSummary, biasSummary } from "./test-summary.js";

/** Heads of several classes, of which a row has one; undefined numbers are NaN. */
export interface MultiClassSummary {
  classes: string[];
  /** Weights of rows by label, then by most probable class; empty where there are more than 50 classes. */
  confusion: number[][];
  /** Rows whose class is among the k most probable. */
  top: { k: number; accuracy: number }[];
  /** One against the rest: the mean over the classes, and by their weights. */
  macroAuc: number;
  weightedAuc: number;
  /** Hand and Till 2001; up to 10 classes. */
  handTill: number;
  /** Expected calibration error of the most probable class's probability. */
  topLabelError: number;
  /** One against the rest; empty where there are more than 50 classes. */
  each: { class: string; positiveWeight: number; logLoss: number; auc: number; bias: BiasSummary }[];
}

export function multiClassSummary({ evaluation }: v1.Measured): MultiClassSummary | null {
  if (evaluation?.multiClass == null) return null;
  const m = v1.MultiClass.create(evaluation.multiClass);
  const K = m.classes.length;
  return {
    classes: [...m.classes],
    confusion: m.confusion.length === 0 ? [] : m.classes.map((_, y) => m.confusion.slice(y * K, (y + 1) * K)),
    top: m.top.map((one) => {
      const { k, accuracy } = v1.TopAccuracy.create(one);
      return { k, accuracy };
    }),
    macroAuc: m.macroAuc,
    weightedAuc: m.weightedAuc,
    handTill: m.handTill,
    topLabelError: m.topLabelError,
    each: m.each.map((one) => {
      const { name, positiveWeight, logLoss, auc, bias } = v1.ClassEvaluation.create(one);
      return { class: name, positiveWeight, logLoss, auc, bias: biasSummary(bias) };
    }),
  };
}
