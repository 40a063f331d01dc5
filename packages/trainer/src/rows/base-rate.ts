import { log } from "@crossbill/numerics";
import type { OnlineHead } from "../loop/stepper.js";
import type { BlockSource } from "./block-source.js";
import type { TrainPlan } from "./plan.js";
import { trainingRows } from "./training-rows.js";

/**
 * The intercepts of the best constant prediction, f64[outputs]: with p[k] the weighted mean label of output k over the training rows (of classes their share), logistic, oneVsRest and multiLabel
 * log p / (1 - p); poisson log p; squared p; softmax log p less its mean over the classes; NCE, which learns logarithms of probabilities, log p. A share of 0 or 1 counts as half a row from it. Without any weight: 0.
 */
export async function baseRateIntercepts(head: OnlineHead, outputs: number, plan: TrainPlan, source: BlockSource, stopped: () => void): Promise<Float64Array> {
  const { sums, weight } = await labelSums(outputs, plan, source, stopped);
  if (!(weight > 0 && weight < Infinity)) return new Float64Array(outputs);
  const half = 0.5 / plan.trainRows;
  const shares = sums.map((sum) => sum / weight);
  const least = (p: number): number => Math.max(half, p);
  const within = (p: number): number => Math.min(1 - half, least(p));
  switch (head) {
    case "squared":
      return shares;
    case "poisson":
    case "nce":
      return shares.map((p) => log(least(p)));
    case "softmax":
    case "softSoftmax":
    case "sampledSoftmax": {
      const logs = shares.map((p) => log(least(p)));
      const mean = logs.reduce((sum, one) => sum + one, 0) / outputs;
      return logs.map((one) => one - mean);
    }
    default:
      return shares.map((p) => log(within(p) / (1 - within(p))));
  }
}

/** By output the weighted sum of labels, in the order of packs and rows. */
async function labelSums(outputs: number, plan: TrainPlan, source: BlockSource, stopped: () => void): Promise<{ sums: Float64Array; weight: number }> {
  const sums = new Float64Array(outputs);
  let all = 0;
  for await (const { rows, label, labels, weight } of trainingRows(plan, source)) {
    stopped();
    for (let r = 0; r < rows; r++) {
      const w = weight[r]!;
      all += w;
      if (labels !== null) for (let k = 0; k < outputs; k++) sums[k] = sums[k]! + w * labels[outputs * r + k]!;
      else if (outputs === 1) sums[0] = sums[0]! + w * label[r]!;
      else if (label[r]! < outputs) sums[label[r]!] = sums[label[r]!]! + w;
    }
  }
  return { sums, weight: all };
}
