import type { v1 } from "@crossbill/messages";
import type { JsonClass, JsonMultiClass } from "../json.js";
import { bias, curve, type Maybe, NO_BIAS, num, nums } from "./base.js";

export function classOf(one: v1.ClassEvaluation): JsonClass {
  return { class: one.name, positiveWeight: num(one.positiveWeight), logLoss: num(one.logLoss), auc: num(one.auc), bias: bias(one.bias) ?? NO_BIAS };
}

/** Measures of a head of several classes, of which a row has one; null: not measured. */
export function multiClass(m: Maybe<v1.MultiClass>): JsonMultiClass | null {
  if (!m) return null;
  const size = m.classes.length;
  const square = m.confusion.length === size * size ? m.classes.map((_, i) => nums(m.confusion.slice(i * size, (i + 1) * size))) : [];
  const topLabel = m.topLabel as Maybe<v1.CalibrationCurve>;
  return {
    classes: [...m.classes],
    confusion: square,
    top: m.top.map(({ k, accuracy }) => ({ k, accuracy: num(accuracy) })),
    macroAuc: num(m.macroAuc),
    weightedAuc: num(m.weightedAuc),
    handTill: num(m.handTill),
    topLabel: topLabel ? curve(topLabel) : null,
    topLabelError: num(m.topLabelError),
    each: m.each.map(classOf),
  };
}
