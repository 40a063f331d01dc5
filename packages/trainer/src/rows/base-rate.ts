import { log } from "@crossbill/numerics";
import type { OnlineHead } from "../loop/stepper.js";
import type { BlockSource } from "./block-source.js";
import type { TrainPlan } from "./plan.js";
import { labelTotals, trainingRows } from "./training-rows.js";

/**
 * The intercepts of the best constant prediction, f64[outputs]: with p[k] the weighted mean label of output k over the training rows (of classes their share), logistic, oneVsRest and multiLabel
 * log p / (1 - p); poisson log p; squared p; softmax log p less its mean over the classes; NCE, which learns logarithms of probabilities, log p. A share of 0 or 1 counts as half a row from it. Without any weight: 0.
 */
export async function baseRateIntercepts(head: OnlineHead, outputs: number, plan: TrainPlan, source: BlockSource, stopped: () => void): Promise<Float64Array> {
  const { sums, weight } = await labelTotals(outputs, trainingRows(plan, source, stopped));
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
