import { poissonDeviance, type WeightKind } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";
import { normalCdf } from "@crossbill/numerics";
import type { SliceAccumulator } from "@crossbill/slicing";
import { squaredBias } from "./bias.js";
import { meanInterval } from "./mean-interval.js";
import { squaredError } from "./number-loss.js";
import type { Scores } from "./score-file.js";
import { gather, type SliceRows } from "./slice-rows.js";

/** The slices of a logistic head, in the accumulator's order. */
export function logisticSlices(accumulator: SliceAccumulator, weightKind: WeightKind, level: number): v1.ISliceEvaluation[] {
  return accumulator.value({ weightKind, level }).map((metrics) => {
    const { calibratedStandardError, ...bias } = metrics.bias;
    return {
      slice: Object.entries(metrics.slice).map(([field, value]) => ({ field, value: value === null ? "" : String(value), missing: value === null })),
      rows: metrics.rows,
      weight: metrics.weight,
      logLoss: metrics.logLoss,
      auc: metrics.auc,
      bias,
      rmse: Number.NaN,
      calibrationError: Number.NaN,
      ...testOf(bias.difference, calibratedStandardError),
    };
  });
}

/** One slice of a squared or poisson head. */
export function numberSlice(head: v1.Head, scores: Scores, group: SliceRows, weightKind: WeightKind, level: number): v1.ISliceEvaluation {
  const label = gather(scores.label, group.rows);
  const weight = gather(scores.weight, group.rows);
  const p = gather(scores.predictions[0]!, group.rows);
  const bias = squaredBias(label, p, weight, weightKind, level);
  const mean = (of: (label: number, prediction: number) => number): number =>
    meanInterval(label.keys(), weight, (i) => of(label[i]!, p[i]!), weightKind, level).mean;
  return {
    slice: group.keys,
    rows: label.length,
    weight: weight.reduce((sum, w) => sum + w, 0),
    logLoss: Number.NaN,
    auc: Number.NaN,
    bias,
    rmse: Math.sqrt(mean(squaredError)),
    ...(head === v1.Head.POISSON ? { deviance: mean(poissonDeviance) } : {}),
    calibrationError: Number.NaN,
    ...testOf(bias.difference!, bias.standardError!),
  };
}

/** Normal test of no difference, two-sided. */
function testOf(difference: number, standardError: number): { z: number; pValue: number } {
  const z = difference / standardError;
  return { z, pValue: 2 * normalCdf(-Math.abs(z)) };
}
