import { chooseThresholdOf, type Ranking, type ThresholdCriterion } from "@crossbill/auc";
import { CrossbillError, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { EvaluationSums } from "./evaluation-sums.js";
import { Passes, type ScoreOptions } from "./passes.js";

/** Above every probability: nothing is predicted positive. */
const NOTHING = 1 + 2 ** -52;

/**
 * The best threshold on the rows of some packs, in one pass.
 * @returns in [0, 1], or just above 1 where it is best that nothing is predicted positive; NaN where the criterion is undefined (one class, no rows)
 * @throws as {@link evaluate}; E_THRESHOLD_CRITERION
 */
export async function findThreshold(options: ScoreOptions & { readonly model: Model; readonly criterion: ThresholdCriterion }): Promise<number> {
  const { model, manifest, criterion, packs } = options;
  if (model.head !== v1.Head.LOGISTIC) return Number.NaN;
  const spec = { head: model.head, vectors: false, classes: manifest.classes, sets: [] };
  const passes = new Passes(options);
  try {
    const { sums } = await passes.score([model], { packs, manifest }, EvaluationSums.folding(spec));
    return sums === null ? Number.NaN : bestThreshold(sums.ranking!.ranking(), criterion);
  } finally {
    await passes.remove();
  }
}

/** @throws E_THRESHOLD_CRITERION */
export function bestThreshold(ranking: Ranking, criterion: ThresholdCriterion): number {
  return Math.min(NOTHING, chooseThresholdOf(ranking, criterion).threshold);
}

/** @throws E_THRESHOLD_RANGE (exit code 2) */
export function checkThreshold(threshold: number): void {
  if (!(threshold >= 0 && threshold <= NOTHING))
    throw new CrossbillError("E_THRESHOLD_RANGE", `threshold is ${threshold}, allowed is a number in [0, 1]`, { exitCode: 2 });
}
