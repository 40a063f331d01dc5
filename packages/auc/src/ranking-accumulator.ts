import { CrossbillError, type v1 } from "@crossbill/messages";
import { ScoreWeights } from "@crossbill/numerics";
import { readFloat64, readInt8, writeFloat64, writeInt8 } from "./byte-columns.js";
import { checkRows } from "./inputs.js";
import { checkVersion, corrupt } from "./messages.js";
import { averagePrecisionOf } from "./precision-recall.js";
import { type Ranking, rankingOf } from "./ranking.js";
import { rocAucOf } from "./roc.js";

/** Distinct scores kept apart unless told otherwise: about 100 MB with integer weights. */
export const DEFAULT_CAPACITY = 2 ** 22;
const FORMAT_VERSION = 1;
const STATE = "ranking accumulator";
const FIRST_BUFFER = 4096;

export interface RankingValue {
  readonly rows: number;
  /** Weight of all rows, of label 1, of label 0. */
  readonly weight: number;
  readonly positiveWeight: number;
  readonly negativeWeight: number;
  readonly rocAuc: number;
  readonly averagePrecision: number;
  /** Distinct scores that are kept apart. */
  readonly distinctScores: number;
  /** Low bits dropped from the ordered 64-bit keys of the scores; 0: every number here is exact. */
  readonly roundedBits: number;
  /** The AUC of the unrounded scores is within this of `rocAuc`; 0 while `roundedBits` is 0. */
  readonly rocAucErrorBound: number;
}

/**
 * Rows reduced to their distinct scores, mergeable: `update`s and `merge`s in any order and grouping give the same bits, and the same message bytes.
 *
 * Exact up to `capacity` distinct scores. Beyond that the scores are rounded down to a grid: the smallest number of low bits of their ordered 64-bit keys is
 * dropped that leaves at most `capacity` distinct ones. That number depends on the set of scores alone: a part never needs more bits dropped than the whole.
 * Every point of the ROC curve stays a true point; tied scores count half, so the AUC is off by at most sum_t pos_t neg_t / (2 P N).
 */
export class RankingAccumulator {
  readonly capacity: number;
  private rows = 0;
  private scores: ScoreWeights;

  /** @throws E_CAPACITY_RANGE unless `capacity` is an integer in [1, 2^28] */
  constructor(options: { readonly capacity?: number } = {}) {
    const capacity = options.capacity ?? DEFAULT_CAPACITY;
    if (!(Number.isInteger(capacity) && capacity >= 1 && capacity <= 2 ** 28))
      throw new CrossbillError("E_CAPACITY_RANGE", `capacity is ${String(capacity)}, allowed is an integer from 1 to 2^28`, { exitCode: 2 });
    this.capacity = capacity;
    this.scores = new ScoreWeights(capacity, FIRST_BUFFER);
  }

  /**
   * Adds rows.
   * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; nothing is added then
   */
  update(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): void {
    checkRows(labels, scores, weights);
    const n = labels.length;
    for (let row = 0; row < n; row++) this.scores.add(scores[row]!, labels[row] === 1, weights === undefined ? 1 : weights[row]!);
    this.rows += n;
  }

  /**
   * Adds everything `other` holds; `other` keeps its value.
   * @throws E_ACCUMULATOR_MISMATCH when the capacities differ
   */
  merge(other: RankingAccumulator): void {
    if (other.capacity !== this.capacity)
      throw new CrossbillError(
        "E_ACCUMULATOR_MISMATCH",
        `ranking accumulators of capacity ${this.capacity} and ${other.capacity} cannot be merged; give both the same`,
        {
          exitCode: 2,
        },
      );
    this.scores.merge(other.scores);
    this.rows += other.rows;
  }

  /** The distinct scores with their weights: every function `...Of(ranking)` of this package takes it. */
  ranking(): Ranking {
    const { scores, positives, negatives } = this.scores.distinct();
    return rankingOf(scores.reverse(), positives.reverse(), negatives.reverse());
  }

  value(): RankingValue {
    const ranking = this.ranking();
    const { positives, negatives, positiveWeight, negativeWeight } = ranking;
    const { roundedBits } = this.scores;
    let tied = 0;
    if (roundedBits > 0) for (let k = 0; k < positives.length; k++) tied += positives[k]! * negatives[k]!;
    return {
      rows: this.rows,
      weight: positiveWeight + negativeWeight,
      positiveWeight,
      negativeWeight,
      rocAuc: rocAucOf(ranking),
      averagePrecision: averagePrecisionOf(ranking),
      distinctScores: positives.length,
      roundedBits,
      rocAucErrorBound: roundedBits === 0 ? 0 : tied / 2 / positiveWeight / negativeWeight,
    };
  }

  toMessage(): v1.RankingAccumulator.$Properties {
    const { scores, places, positives, negatives } = this.scores.columns();
    return {
      formatVersion: FORMAT_VERSION,
      rows: this.rows,
      capacity: this.capacity,
      roundedBits: this.scores.roundedBits,
      scores: writeFloat64(scores),
      digits: places.every((place) => place === 0) ? new Uint8Array(0) : writeInt8(places),
      positives: writeFloat64(positives),
      negatives: writeFloat64(negatives),
    };
  }

  /** @throws E_MESSAGE_CORRUPT when the message is none that {@link toMessage} makes; E_MESSAGE_VERSION when it is of a newer version */
  static fromMessage(message: v1.RankingAccumulator.$Properties): RankingAccumulator {
    checkVersion(STATE, message.formatVersion, FORMAT_VERSION);
    const scores = readFloat64(message.scores, STATE, "scores");
    const places = message.digits?.length ? readInt8(message.digits) : new Int8Array(scores.length);
    const positives = readFloat64(message.positives, STATE, "positives");
    const negatives = readFloat64(message.negatives, STATE, "negatives");
    const made = new RankingAccumulator({ capacity: message.capacity ?? 0 });
    made.rows = message.rows ?? 0;
    try {
      made.scores = ScoreWeights.of({ scores, places, positives, negatives }, message.roundedBits ?? 0, made.capacity, FIRST_BUFFER);
    } catch (cause) {
      throw corrupt(STATE, (cause as Error).message, cause);
    }
    return made;
  }
}
