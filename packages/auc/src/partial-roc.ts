import { CrossbillError } from "@crossbill/messages";
import { type Ranking, rankRows } from "./ranking.js";
import { TwoSum } from "./two-sum.js";

export interface PartialRocAuc {
  /** Area under the ROC curve up to the rate f, in [0, f]. */
  readonly area: number;
  /** (1 + (area - f^2 / 2) / (f - f^2 / 2)) / 2: 1/2 for chance, 1 for a perfect ranking (McClish 1989). */
  readonly standardized: number;
}

export interface PartialRocAucOptions {
  /** f, in (0, 1]. */
  readonly maxFalsePositiveRate: number;
}

/**
 * Area under the ROC curve up to a false positive rate, interpolated linearly at its end, raw and standardised.
 * @returns NaN when a class has no weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; E_OPTION_RANGE for a rate outside (0, 1]
 */
export function partialRocAuc(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  options: PartialRocAucOptions,
): PartialRocAuc {
  return partialRocAucOf(rankRows(labels, scores, weights), options);
}

/** {@link partialRocAuc} of a ranking. */
export function partialRocAucOf(ranking: Ranking, options: PartialRocAucOptions): PartialRocAuc {
  const rate = options.maxFalsePositiveRate;
  if (!(rate > 0 && rate <= 1))
    throw new CrossbillError("E_OPTION_RANGE", `maxFalsePositiveRate is ${String(rate)}, allowed is a number above 0 and up to 1`, { exitCode: 2 });
  const { positives, negatives, truePositives, falsePositives, positiveWeight, negativeWeight } = ranking;
  if (!(positiveWeight > 0 && negativeWeight > 0)) return { area: NaN, standardized: NaN };
  const end = rate * negativeWeight;
  const sum = new TwoSum();
  for (let k = 0; k < positives.length; k++) {
    const below = k === 0 ? 0 : truePositives[k - 1]!;
    const width = Math.min(negatives[k]!, end - (k === 0 ? 0 : falsePositives[k - 1]!));
    if (width <= 0) continue;
    sum.add(width * (below + (positives[k]! * (width / negatives[k]!)) / 2));
  }
  const area = Math.min(rate, sum.value() / positiveWeight / negativeWeight);
  const chance = (rate * rate) / 2;
  return { area, standardized: (1 + (area - chance) / (rate - chance)) / 2 };
}
