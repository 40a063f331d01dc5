import { CrossbillError } from "@crossbill/messages";
import type { Ranking } from "./ranking.js";
import { rocAucOf } from "./roc.js";

/**
 * Where rows stand in a ranking: V, the share of the other class's weight that a row is ordered right against, ties counted half
 * (the placement values of DeLong, DeLong and Clarke-Pearson 1988). Their weighted mean over either class is the AUC.
 */
export class Placements {
  readonly ranking: Ranking;
  /** NaN with one class. */
  readonly auc: number;

  constructor(ranking: Ranking) {
    this.ranking = ranking;
    this.auc = rocAucOf(ranking);
  }

  /**
   * Index of the highest distinct score that is at most `score`: its own, or the one that a ranking which dropped low bits rounded it down to. O(log T).
   * @throws E_SCORE_UNRANKED when it lies below all of them
   */
  indexOf(score: number): number {
    const { thresholds } = this.ranking;
    let start = 0;
    for (let end = thresholds.length; start < end; ) {
      const middle = (start + end) >>> 1;
      if (thresholds[middle]! <= score) end = middle;
      else start = middle + 1;
    }
    if (start === thresholds.length)
      throw new CrossbillError(
        "E_SCORE_UNRANKED",
        `score ${score} lies below the ${start} distinct scores of the ranking; give the ranking of all rows, and rows that are among them`,
        { details: { score, distinctScores: start } },
      );
    return start;
  }

  /** V - AUC of a row. @param index of its score, see {@link indexOf} */
  deviation(label: number, index: number): number {
    const { positives, negatives, truePositives, falsePositives, positiveWeight, negativeWeight } = this.ranking;
    const share =
      label === 1 ? 1 - (falsePositives[index]! - negatives[index]! / 2) / negativeWeight : (truePositives[index]! - positives[index]! / 2) / positiveWeight;
    return share - this.auc;
  }
}
