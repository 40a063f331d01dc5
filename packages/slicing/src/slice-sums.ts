import { type DistinctScores, type ExactSum, log, log1p, ScoreWeights } from "@crossbill/numerics";
import { FactorSums } from "./factor-sums.js";

const CLIP = 2.220446049250313e-16;
const ROOM = 16;

/** Log-loss of a row, the probability clipped to [2^-52, 1 - 2^-52]. */
export function rowLoss(y: number, p: number): number {
  const clipped = Math.min(Math.max(p, CLIP), 1 - CLIP);
  return y === 1 ? -log(clipped) : -log1p(-clipped);
}

/** All that is kept of the rows of one slice; mergeable, any order and grouping gives the same bits. */
export class SliceSums {
  /** Rows given, those of weight 0 too. */
  rows = 0;
  /** Rows of label 1 and 0 with positive weight. */
  positives = 0;
  negatives = 0;
  /** Of rows of weight 1, of the others by their weight, of the others by its square. */
  readonly ones = new FactorSums();
  readonly weights = new FactorSums();
  readonly squares = new FactorSums();
  scores: ScoreWeights;

  constructor(capacity: number) {
    this.scores = new ScoreWeights(capacity, ROOM);
  }

  /** @param loss {@link rowLoss} of the row */
  add(y: number, p: number, w: number, loss: number): void {
    this.rows++;
    if (w === 0) return;
    if (y === 1) this.positives++;
    else this.negatives++;
    if (w === 1) this.ones.add(1, y, p, loss);
    else {
      this.weights.add(w, y, p, loss);
      this.squares.add(w * w, y, p, loss);
    }
    this.scores.add(p, y === 1, w);
  }

  merge(other: SliceSums): this {
    this.rows += other.rows;
    this.positives += other.positives;
    this.negatives += other.negatives;
    this.ones.merge(other.ones);
    this.weights.merge(other.weights);
    this.squares.merge(other.squares);
    this.scores.merge(other.scores);
    return this;
  }

  /** Of all rows, by weight. */
  byWeight(): FactorSums {
    return new FactorSums().merge(this.ones).merge(this.weights);
  }

  /** Of all rows, by the weight's square. */
  bySquare(): FactorSums {
    return new FactorSums().merge(this.ones).merge(this.squares);
  }

  distinct(): DistinctScores {
    return this.scores.distinct();
  }

  blocks(): [ones: ExactSum[], weights: ExactSum[], squares: ExactSum[]] {
    return [this.ones.all(), this.weights.all(), this.squares.all()];
  }
}
