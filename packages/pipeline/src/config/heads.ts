import { type HeadName, v1 } from "@crossbill/messages";

/** The heads by the names that configurations give them. */
export const HEADS: Readonly<Record<HeadName, v1.Head>> = {
  logistic: v1.Head.LOGISTIC,
  squared: v1.Head.SQUARED,
  poisson: v1.Head.POISSON,
  softmax: v1.Head.SOFTMAX,
  oneVsRest: v1.Head.ONE_VS_REST,
  oneVsOne: v1.Head.ONE_VS_ONE,
  sampledSoftmax: v1.Head.SAMPLED_SOFTMAX,
  nce: v1.Head.NCE,
  multiLabel: v1.Head.MULTI_LABEL,
};
