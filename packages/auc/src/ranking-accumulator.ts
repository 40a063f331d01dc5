import { CrossbillError, type v1 } from "@crossbill/messages";
import { readFloat64, readInt8, writeFloat64, writeInt8 } from "./byte-columns.js";
import { checkRows } from "./inputs.js";
import { checkVersion, corrupt } from "./messages.js";
import { averagePrecisionOf } from "./precision-recall.js";
import { type Ranking, rankingOf } from "./ranking.js";
import { rocAucOf } from "./roc.js";
import { combine, distinctKeys, type Entries, emptyEntries, growEntries, roundKeys, takeEntries } from "./score-entries.js";
import { scoreKeys, scoreOfKey } from "./score-keys.js";
import { eachDigit, weightOf } from "./weight-digits.js";

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
  private roundedBits = 0;
  /** Sorted by score, then place, without repetition, in [0, sorted); rows that have not been sorted in yet after that. */
  private entries: Entries = emptyEntries(FIRST_BUFFER);
  private sorted = 0;
  private size = 0;

  /** @throws E_CAPACITY_RANGE unless `capacity` is an integer in [1, 2^28] */
  constructor(options: { readonly capacity?: number } = {}) {
    const capacity = options.capacity ?? DEFAULT_CAPACITY;
    if (!(Number.isInteger(capacity) && capacity >= 1 && capacity <= 2 ** 28))
      throw new CrossbillError("E_CAPACITY_RANGE", `capacity is ${String(capacity)}, allowed is an integer from 1 to 2^28`, { exitCode: 2 });
    this.capacity = capacity;
  }

  /**
   * Adds rows.
   * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; nothing is added then
   */
  update(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): void {
    checkRows(labels, scores, weights);
    const n = labels.length;
    const hi = new Uint32Array(n);
    const lo = new Uint32Array(n);
    scoreKeys(hi, lo, 0, scores);
    for (let row = 0; row < n; row++) {
      const w = weights === undefined ? 1 : weights[row]!;
      if (w > 0) eachDigit(w, (place, digit) => this.append(hi[row]!, lo[row]!, place, labels[row] === 1 ? digit : 0, labels[row] === 1 ? 0 : digit));
    }
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
    other.compact();
    this.compact();
    const from = takeEntries(other.entries, other.size);
    this.roundedBits = Math.max(this.roundedBits, other.roundedBits);
    this.rows += other.rows;
    for (let k = 0; k < from.places.length; k++) this.append(from.hi[k]!, from.lo[k]!, from.places[k]!, from.positives[k]!, from.negatives[k]!);
    this.compact();
  }

  /** The distinct scores with their weights: every function `...Of(ranking)` of this package takes it. */
  ranking(): Ranking {
    this.compact();
    const { hi, lo, places, positives, negatives } = this.entries;
    const distinct = distinctKeys(this.entries, this.size, 0);
    const ranking = { thresholds: new Float64Array(distinct), positives: new Float64Array(distinct), negatives: new Float64Array(distinct) };
    for (let end = this.size, t = 0; end > 0; t++) {
      let start = end - 1;
      while (start > 0 && hi[start - 1] === hi[end - 1] && lo[start - 1] === lo[end - 1]) start--;
      ranking.thresholds[t] = scoreOfKey(hi[start]!, lo[start]!);
      ranking.positives[t] = weightOf(places, positives, start, end);
      ranking.negatives[t] = weightOf(places, negatives, start, end);
      end = start;
    }
    return rankingOf(ranking.thresholds, ranking.positives, ranking.negatives);
  }

  value(): RankingValue {
    const ranking = this.ranking();
    const { positives, negatives, positiveWeight, negativeWeight } = ranking;
    let tied = 0;
    if (this.roundedBits > 0) for (let k = 0; k < positives.length; k++) tied += positives[k]! * negatives[k]!;
    return {
      rows: this.rows,
      weight: positiveWeight + negativeWeight,
      positiveWeight,
      negativeWeight,
      rocAuc: rocAucOf(ranking),
      averagePrecision: averagePrecisionOf(ranking),
      distinctScores: positives.length,
      roundedBits: this.roundedBits,
      rocAucErrorBound: this.roundedBits === 0 ? 0 : tied / 2 / positiveWeight / negativeWeight,
    };
  }

  toMessage(): v1.RankingAccumulator.$Properties {
    this.compact();
    const { hi, lo, places, positives, negatives } = takeEntries(this.entries, this.size);
    const scores = new Float64Array(places.length);
    for (let k = 0; k < scores.length; k++) scores[k] = scoreOfKey(hi[k]!, lo[k]!);
    return {
      formatVersion: FORMAT_VERSION,
      rows: this.rows,
      capacity: this.capacity,
      roundedBits: this.roundedBits,
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
    const n = scores.length;
    if (places.length !== n || positives.length !== n || negatives.length !== n) throw corrupt(STATE, "its columns differ in length");
    if (scores.some(Number.isNaN)) throw corrupt(STATE, "a score is NaN");
    const isCount = (x: number): boolean => Number.isSafeInteger(x) && x >= 0;
    if (!positives.every(isCount) || !negatives.every(isCount)) throw corrupt(STATE, "a count is no integer in [0, 2^53)");
    const made = new RankingAccumulator({ capacity: message.capacity ?? 0 });
    made.rows = message.rows ?? 0;
    made.roundedBits = message.roundedBits ?? 0;
    if (made.roundedBits > 64) throw corrupt(STATE, `${made.roundedBits} of 64 bits are rounded`);
    const entries: Entries = { hi: new Uint32Array(n), lo: new Uint32Array(n), places, positives, negatives };
    scoreKeys(entries.hi, entries.lo, 0, scores);
    roundKeys(entries, n, made.roundedBits);
    made.entries = entries;
    made.size = n;
    made.compact();
    if (made.size !== n) throw corrupt(STATE, "scores are repeated");
    return made;
  }

  private append(hi: number, lo: number, place: number, positive: number, negative: number): void {
    if (this.size === this.entries.places.length) {
      // Sorting in when the buffer is full, and doubling when that freed less than half of it, keeps the cost of a row O(log N).
      this.compact();
      if (this.size * 2 >= this.entries.places.length) this.entries = growEntries(this.entries, Math.max(FIRST_BUFFER, this.entries.places.length * 2));
    }
    const at = this.size++;
    this.entries.hi[at] = hi;
    this.entries.lo[at] = lo;
    this.entries.places[at] = place;
    this.entries.positives[at] = positive;
    this.entries.negatives[at] = negative;
  }

  /** Sorts everything in, and drops as many low bits as the capacity asks for. */
  private compact(): void {
    if (this.sorted === this.size) return;
    roundKeys(this.entries, this.size, this.roundedBits);
    this.size = combine(this.entries, this.size);
    if (distinctKeys(this.entries, this.size, 0) > this.capacity) {
      let tooFew = this.roundedBits;
      let enough = 64;
      while (enough - tooFew > 1) {
        const middle = (tooFew + enough) >>> 1;
        if (distinctKeys(this.entries, this.size, middle) > this.capacity) tooFew = middle;
        else enough = middle;
      }
      this.roundedBits = enough;
      roundKeys(this.entries, this.size, this.roundedBits);
      this.size = combine(this.entries, this.size);
    }
    this.sorted = this.size;
  }
}
