import type { IntervalOptions } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";
import { normalCdf } from "@crossbill/numerics";
import { type BiasNames, groupBias } from "./bias.js";
import type { EvaluationSums } from "./evaluation-sums.js";
import type { Group } from "./group-means.js";

const BIAS: BiasNames = { prediction: "prediction", label: "label", difference: "difference" };

/** Measures of a head that predicts numbers: rmse and bias, of poisson its loss and deviance, of squared whether predictions leave [0, 1]. */
export function numberPart(head: v1.Head, { means: { all }, unit }: EvaluationSums, interval: IntervalOptions): v1.IEvaluation {
  const outside = unit?.value() ?? null;
  return {
    weight: all.weight(),
    rmse: Math.sqrt(all.mean("squared")),
    ...(head === v1.Head.POISSON ? { poissonLoss: all.mean("poissonLoss"), deviance: all.mean("deviance") } : {}),
    bias: groupBias(all, BIAS, interval),
    ...(outside === null ? {} : { unit: outside }),
  };
}

/** One slice of a squared or poisson head. */
export function numberSlice(head: v1.Head, group: Group, interval: IntervalOptions): v1.ISliceEvaluation {
  const bias = groupBias(group, BIAS, interval);
  const z = bias.difference! / bias.standardError!;
  return {
    slice: [...group.keys],
    rows: group.rows,
    weight: group.weight(),
    logLoss: Number.NaN,
    auc: Number.NaN,
    bias,
    rmse: Math.sqrt(group.mean("squared")),
    ...(head === v1.Head.POISSON ? { deviance: group.mean("deviance") } : {}),
    calibrationError: Number.NaN,
    z,
    pValue: 2 * normalCdf(-Math.abs(z)),
  };
}
