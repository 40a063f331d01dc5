import { areAscending, combine, distinctKeys, type Entries, emptyEntries, growEntries, mergeEntries, roundKeys, takeEntries } from "./score-entries.js";
import { scoreKeys, scoreOfKey } from "./score-keys.js";
import { eachDigit, weightOf } from "./weight-digits.js";

/** T distinct scores, ascending, with the weights of both labels at them; correctly rounded sums. */
export interface DistinctScores {
  readonly scores: Float64Array;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** The state of {@link ScoreWeights}: entry i adds positives[i] * 2^(26 places[i]) to the weight of label 1 at scores[i]. Scores ascend; equal ones differ in places, ascending. */
export interface ScoreColumns {
  readonly scores: Float64Array;
  readonly places: Int8Array;
  /** Integers below 2^53. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

const score1 = new Float64Array(1);
const hi1 = new Uint32Array(1);
const lo1 = new Uint32Array(1);

/**
 * Weighted rows of two labels reduced to their distinct scores, mergeable: additions and merges in any order and grouping give the same bits.
 *
 * Exact up to `capacity` distinct scores. Beyond that scores are rounded down to a grid: the smallest number of low bits of their ordered 64-bit keys is dropped that leaves at most
 * `capacity` distinct ones. That number depends on the set of scores alone: a part never needs more bits dropped than the whole.
 */
export class ScoreWeights {
  readonly capacity: number;
  readonly #room: number;
  #roundedBits = 0;
  /** Sorted by score, then place, without repetition, in [0, sorted); what has not been sorted in yet after that. */
  #entries: Entries;
  #sorted = 0;
  #size = 0;

  /**
   * @param capacity an integer from 1
   * @param room entries that there is room for from the beginning
   */
  constructor(capacity: number, room: number) {
    this.capacity = capacity;
    this.#room = room;
    this.#entries = emptyEntries(room);
  }

  /** Low bits dropped from the keys of the scores; 0: all is exact. */
  get roundedBits(): number {
    this.#compact();
    return this.#roundedBits;
  }

  /** Adds a row. @param score not NaN @param weight finite, >= 0; 0 leaves no trace */
  add(score: number, positive: boolean, weight: number): void {
    if (weight === 0) return;
    score1[0] = score;
    scoreKeys(hi1, lo1, 0, score1);
    const [hi, lo] = [hi1[0]!, lo1[0]!];
    eachDigit(weight, (place, digit) => this.#append(hi, lo, place, positive ? digit : 0, positive ? 0 : digit));
  }

  /** Adds everything `other` holds, which keeps its value. Both must have one capacity. */
  merge(other: ScoreWeights): void {
    other.#compact();
    this.#compact();
    this.#roundTo(other.#roundedBits);
    if (other.#roundedBits === this.#roundedBits) {
      this.#join(other.#entries, other.#size);
      return;
    }
    const rounded = takeEntries(other.#entries, 0, other.#size);
    roundKeys(rounded, other.#size, this.#roundedBits);
    this.#join(rounded, combine(rounded, other.#size));
  }

  distinct(): DistinctScores {
    this.#compact();
    const { hi, lo, places, positives, negatives } = this.#entries;
    const size = distinctKeys(this.#entries, this.#size, 0);
    const out = { scores: new Float64Array(size), positives: new Float64Array(size), negatives: new Float64Array(size) };
    for (let start = 0, t = 0; start < this.#size; t++) {
      let end = start + 1;
      while (end < this.#size && hi[end] === hi[start] && lo[end] === lo[start]) end++;
      out.scores[t] = scoreOfKey(hi[start]!, lo[start]!);
      out.positives[t] = weightOf(places, positives, start, end);
      out.negatives[t] = weightOf(places, negatives, start, end);
      start = end;
    }
    return out;
  }

  /** Equal states have equal columns. */
  columns(): ScoreColumns {
    this.#compact();
    const { hi, lo, places, positives, negatives } = takeEntries(this.#entries, 0, this.#size);
    return { scores: Float64Array.from(hi, (h, k) => scoreOfKey(h, lo[k]!)), places, positives, negatives };
  }

  /** The inverse of {@link columns}. @throws RangeError when these are none of its */
  static of({ scores, places, positives, negatives }: ScoreColumns, roundedBits: number, capacity: number, room: number): ScoreWeights {
    const n = scores.length;
    if (places.length !== n || positives.length !== n || negatives.length !== n) throw new RangeError("its columns differ in length");
    if (scores.some(Number.isNaN)) throw new RangeError("a score is NaN");
    const isCount = (x: number): boolean => Number.isSafeInteger(x) && x >= 0;
    if (!positives.every(isCount) || !negatives.every(isCount)) throw new RangeError("a count is no integer in [0, 2^53)");
    if (!(roundedBits >= 0 && roundedBits <= 64)) throw new RangeError(`${roundedBits} of 64 bits are rounded`);
    const made = new ScoreWeights(capacity, room);
    made.#roundedBits = roundedBits;
    made.#entries = { hi: new Uint32Array(n), lo: new Uint32Array(n), places: places.slice(), positives: positives.slice(), negatives: negatives.slice() };
    scoreKeys(made.#entries.hi, made.#entries.lo, 0, scores);
    roundKeys(made.#entries, n, roundedBits); // a key that was rounded down to below that of -Infinity reads as -Infinity
    made.#size = made.#sorted = n;
    if (!areAscending(made.#entries, n)) throw new RangeError("its scores are not ascending");
    if (distinctKeys(made.#entries, n, 0) > capacity) throw new RangeError("it has more distinct scores than its capacity");
    return made;
  }

  #append(hi: number, lo: number, place: number, positive: number, negative: number): void {
    if (this.#size === this.#entries.places.length) {
      // Sorting in when the buffer is full, and doubling when that freed less than half of it, keeps the cost of a row O(log N).
      this.#compact();
      if (this.#size * 2 >= this.#entries.places.length) this.#entries = growEntries(this.#entries, Math.max(this.#room, this.#entries.places.length * 2));
    }
    const at = this.#size++;
    this.#entries.hi[at] = hi;
    this.#entries.lo[at] = lo;
    this.#entries.places[at] = place;
    this.#entries.positives[at] = positive;
    this.#entries.negatives[at] = negative;
  }

  /** Sorts everything in, and drops as many low bits as the capacity asks for. */
  #compact(): void {
    if (this.#sorted === this.#size) return;
    const added = takeEntries(this.#entries, this.#sorted, this.#size);
    const n = added.places.length;
    roundKeys(added, n, this.#roundedBits);
    this.#size = this.#sorted;
    this.#join(added, combine(added, n));
  }

  /** Merges sorted entries, rounded as these are, into the sorted ones, and drops as many low bits as the capacity asks for. */
  #join(added: Entries, size: number): void {
    const merged = mergeEntries(this.#entries, this.#size, added, size);
    this.#entries = merged.entries;
    this.#size = this.#sorted = merged.size;
    if (distinctKeys(this.#entries, this.#size, 0) <= this.capacity) return;
    let tooFew = this.#roundedBits;
    let enough = 64;
    while (enough - tooFew > 1) {
      const middle = (tooFew + enough) >>> 1;
      if (distinctKeys(this.#entries, this.#size, middle) > this.capacity) tooFew = middle;
      else enough = middle;
    }
    this.#roundTo(enough);
  }

  /** Drops at least so many low bits of the sorted entries. */
  #roundTo(bits: number): void {
    if (bits <= this.#roundedBits) return;
    this.#roundedBits = bits;
    roundKeys(this.#entries, this.#size, bits);
    this.#size = this.#sorted = combine(this.#entries, this.#size);
  }
}
