import { CrossbillError } from "@crossbill/messages";
import { scoreKeys } from "@crossbill/numerics";
import type { Ranking } from "./ranking.js";
import { rocAucOf } from "./roc.js";

/** Cells of the index: 4 MB at most. */
const MAX_CELL_BITS = 20;

/**
 * Where rows stand in a ranking: V, the share of the other class's weight that a row is ordered right against, ties counted half
 * (the placement values of DeLong, DeLong and Clarke-Pearson 1988). Their weighted mean over either class is the AUC.
 */
export class Placements {
  readonly ranking: Ranking;
  /** NaN with one class. */
  readonly auc: number;

  /** Cells of equal width on the high words of the score keys: cell c holds the distinct scores [ends[c + 1], ends[c]); ends falls from T to 0. */
  private readonly ends: Uint32Array;
  private readonly least: number;
  private readonly shift: number;

  constructor(ranking: Ranking) {
    this.ranking = ranking;
    this.auc = rocAucOf(ranking);
    const { hi } = keysOf(ranking.thresholds);
    const size = hi.length;
    this.least = size === 0 ? 0 : hi[size - 1]!;
    const span = size === 0 ? 0 : hi[0]! - this.least;
    this.shift = Math.max(0, bits(span) - Math.min(MAX_CELL_BITS, bits(size)));
    this.ends = new Uint32Array((span >>> this.shift) + 2);
    for (let k = 0; k < size; k++) this.ends[(hi[k]! - this.least) >>> this.shift]!++;
    for (let c = this.ends.length - 2; c >= 0; c--) this.ends[c]! += this.ends[c + 1]!;
  }

  /**
   * Of each score the index of the highest distinct score that is at most it: its own, or the one that a ranking which dropped low bits rounded it down to. O(log T) at worst.
   * @param scores not NaN, length N
   * @param weights rows of weight 0 have the index 0
   * @throws E_SCORE_UNRANKED when a score lies below all of them
   */
  indicesOf(scores: ArrayLike<number>, weights?: ArrayLike<number>): Uint32Array {
    const { thresholds } = this.ranking;
    const { ends, least, shift } = this;
    const { hi } = keysOf(scores);
    const top = ends.length - 2;
    const indices = new Uint32Array(hi.length);
    for (let i = 0; i < hi.length; i++) {
      if (weights !== undefined && weights[i] === 0) continue;
      const [key, score] = [hi[i]!, scores[i]!];
      const cell = key < least ? -1 : Math.min(top, (key - least) >>> shift);
      if (cell < 0) throw unranked(score, thresholds.length);
      // Those above the cell are above the score; the first below it, if there is one, is below the score.
      let start = ends[cell + 1]!;
      for (let end = ends[cell]!; start < end; ) {
        const middle = (start + end) >>> 1;
        if (thresholds[middle]! <= score) end = middle;
        else start = middle + 1;
      }
      if (start === thresholds.length) throw unranked(score, start);
      indices[i] = start;
    }
    return indices;
  }

  /** V - AUC of a row. @param index of its score, see {@link indicesOf} */
  deviation(label: number, index: number): number {
    const { positives, negatives, truePositives, falsePositives, positiveWeight, negativeWeight } = this.ranking;
    const share =
      label === 1 ? 1 - (falsePositives[index]! - negatives[index]! / 2) / negativeWeight : (truePositives[index]! - positives[index]! / 2) / positiveWeight;
    return share - this.auc;
  }
}

function keysOf(scores: ArrayLike<number>): { readonly hi: Uint32Array } {
  const [hi, lo] = [new Uint32Array(scores.length), new Uint32Array(scores.length)];
  scoreKeys(hi, lo, 0, scores);
  return { hi };
}

/** Of an integer in [0, 2^32). */
function bits(x: number): number {
  return 32 - Math.clz32(x);
}

function unranked(score: number, distinct: number): CrossbillError {
  return new CrossbillError(
    "E_SCORE_UNRANKED",
    `score ${score} lies below the ${distinct} distinct scores of the ranking; give the ranking of all rows, and rows that are among them`,
    { details: { score, distinctScores: distinct } },
  );
}
