import { crossbill } from "../gen/crossbill.js";

import v1 = crossbill.v1;

/** Whether a head predicts a number that is no probability. */
export function isOfNumbers(head: v1.Head): boolean {
  return head === v1.Head.SQUARED || head === v1.Head.POISSON;
}

/** Whether a head predicts one of several classes. */
export function isOfClasses(head: v1.Head): boolean {
  return head !== v1.Head.LOGISTIC && !isOfNumbers(head);
}

/** Whether a row's label is a number for each class. */
export function hasLabelVectors(label: v1.LabelSpec.$Properties | null | undefined): boolean {
  return label != null && ((label.fields?.length ?? 0) > 0 || (label.split ?? "") !== "");
}

/** The heads as configurations and reports name them. */
export const HEAD_NAMES = {
  [v1.Head.LOGISTIC]: "logistic",
  [v1.Head.SQUARED]: "squared",
  [v1.Head.SOFTMAX]: "softmax",
  [v1.Head.ONE_VS_REST]: "oneVsRest",
  [v1.Head.ONE_VS_ONE]: "oneVsOne",
  [v1.Head.SAMPLED_SOFTMAX]: "sampledSoftmax",
  [v1.Head.NCE]: "nce",
  [v1.Head.POISSON]: "poisson",
  [v1.Head.MULTI_LABEL]: "multiLabel",
} as const satisfies Record<v1.Head, string>;

export type HeadName = (typeof HEAD_NAMES)[v1.Head];
