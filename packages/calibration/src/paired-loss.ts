import type { v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { checkVersion, readSum } from "./exact-bytes.js";
import { checkLabels, checkProbabilities, type IntervalOptions } from "./inputs.js";
import { MeanSums } from "./mean-sums.js";
import { type DifferenceInterval, differenceOf } from "./prediction-bias.js";
import { rowLogLoss } from "./row-loss.js";

const FORMAT_VERSION = 1;

/** difference = lossA - lossB: positive where A is worse. */
export interface PairedLossDifference extends DifferenceInterval {
  /** Mean log-loss of A, of B. */
  readonly lossA: number;
  readonly lossB: number;
}

/**
 * Difference in log-loss of two models on the same rows: the mean of loss_A,i - loss_B,i, with a normal interval from the spread of these differences
 * (far narrower than that of two separate losses, since most rows are hard for both). Formulas: {@link MeanSums}.
 * @param labels 0 or 1, length N
 * @param probabilitiesA of label 1 by model A, in [0, 1], length N
 * @param probabilitiesB of label 1 by model B, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @returns NaN without weight; standard error and interval NaN with fewer than two rows
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function pairedLogLossDifference(
  labels: ArrayLike<number>,
  probabilitiesA: ArrayLike<number>,
  probabilitiesB: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: IntervalOptions = {},
): PairedLossDifference {
  const accumulator = new PairedLossAccumulator();
  accumulator.update(labels, probabilitiesA, probabilitiesB, weights);
  return accumulator.value(options);
}

/** {@link pairedLogLossDifference}, mergeable: any order and grouping of updates and merges gives the same bits and the same message bytes. */
export class PairedLossAccumulator {
  private differences = new MeanSums();
  private lossA = new ExactSum();
  private lossB = new ExactSum();

  /** @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE; nothing is added then */
  update(labels: ArrayLike<number>, probabilitiesA: ArrayLike<number>, probabilitiesB: ArrayLike<number>, weights?: ArrayLike<number>): void {
    checkLabels(labels, weights);
    checkProbabilities(probabilitiesA, labels.length, "probabilitiesA");
    checkProbabilities(probabilitiesB, labels.length, "probabilitiesB");
    for (let i = 0; i < labels.length; i++) {
      const w = weights === undefined ? 1 : weights[i]!;
      if (w === 0) continue;
      const a = rowLogLoss(labels[i]!, probabilitiesA[i]!);
      const b = rowLogLoss(labels[i]!, probabilitiesB[i]!);
      this.differences.add(w, a, b);
      this.lossA.addProduct(w, a);
      this.lossB.addProduct(w, b);
    }
  }

  merge(other: PairedLossAccumulator): void {
    this.differences.merge(other.differences);
    this.lossA.merge(other.lossA);
    this.lossB.merge(other.lossB);
  }

  /** @throws E_LEVEL_RANGE, E_WEIGHT_KIND */
  value(options: IntervalOptions = {}): PairedLossDifference {
    const difference = differenceOf(this.differences, this.differences.interval(options));
    return { ...difference, lossA: this.lossA.value() / difference.weight, lossB: this.lossB.value() / difference.weight };
  }

  toMessage(): v1.PairedLossAccumulator.$Properties {
    return { formatVersion: FORMAT_VERSION, difference: this.differences.toMessage(), lossA: this.lossA.toBytes(), lossB: this.lossB.toBytes() };
  }

  /** @throws E_MESSAGE_CORRUPT, E_MESSAGE_VERSION */
  static fromMessage(message: v1.PairedLossAccumulator.$Properties): PairedLossAccumulator {
    checkVersion(message.formatVersion, FORMAT_VERSION, "paired loss accumulator");
    const made = new PairedLossAccumulator();
    made.differences = MeanSums.fromMessage(message.difference);
    made.lossA = readSum(message.lossA, "loss A");
    made.lossB = readSum(message.lossB, "loss B");
    return made;
  }
}
