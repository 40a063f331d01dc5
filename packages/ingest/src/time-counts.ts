import { v1 } from "@crossbill/messages";
import { parseTime } from "./parse-time.js";
import type { ShardSource } from "./shard-source.js";

/** Buckets that are held at most. */
export const MOST_BUCKETS = 2 ** 16;

/**
 * Times counted in buckets of the least power of two of milliseconds with which at most {@link MOST_BUCKETS} are not empty: exact to the millisecond while there are
 * no more different times. The counts depend on the times alone, never on the order of adds and merges: a bucket of a shard is whole in every coarser one.
 */
export class TimeCounts {
  #shift = 0;
  #counts = new Map<number, number>();
  #least = Number.NaN;
  #most = Number.NaN;
  readonly #mostBuckets: number;

  /** @param mostBuckets for tests */
  constructor(mostBuckets: number = MOST_BUCKETS) {
    this.#mostBuckets = mostBuckets;
  }

  static of(message: v1.TimeCounts, mostBuckets?: number): TimeCounts {
    const counts = new TimeCounts(mostBuckets);
    counts.merge(message);
    return counts;
  }

  /** Milliseconds of a bucket. */
  get resolution(): number {
    return 2 ** this.#shift;
  }

  /** NaN without any time. */
  get least(): number {
    return this.#least;
  }

  get most(): number {
    return this.#most;
  }

  /** @param time whole milliseconds */
  add(time: number): void {
    this.#widen(time, time);
    this.#count(Math.floor(time / this.resolution), 1);
  }

  merge({ shift, keys, counts, least, most }: v1.TimeCounts): void {
    if (keys.length === 0) return;
    this.#widen(least, most);
    while (this.#shift < shift) this.#coarsen();
    const [starts, numbers] = [floats(keys), floats(counts)];
    // The own shift may rise meanwhile.
    for (const [i, key] of starts.entries()) this.#count(Math.floor((key * 2 ** shift) / this.resolution), numbers[i]!);
  }

  /** First millisecond and rows of each bucket, ascending. */
  buckets(): { from: number; rows: number }[] {
    return [...this.#counts].sort(([a], [b]) => a - b).map(([key, rows]) => ({ from: key * this.resolution, rows }));
  }

  toMessage(): v1.TimeCounts {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b);
    const bytes = (numbers: number[]): Uint8Array => new Uint8Array(Float64Array.from(numbers).buffer);
    return v1.TimeCounts.create({
      shift: this.#shift,
      keys: bytes(sorted.map(([key]) => key)),
      counts: bytes(sorted.map(([, count]) => count)),
      least: this.#least,
      most: this.#most,
    });
  }

  #count(key: number, rows: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + rows);
    while (this.#counts.size > this.#mostBuckets) this.#coarsen();
  }

  #coarsen(): void {
    this.#shift++;
    const finer = this.#counts;
    this.#counts = new Map();
    for (const [key, rows] of finer) {
      const half = Math.floor(key / 2);
      this.#counts.set(half, (this.#counts.get(half) ?? 0) + rows);
    }
  }

  #widen(least: number, most: number): void {
    this.#least = Number.isNaN(this.#least) ? least : Math.min(this.#least, least);
    this.#most = Number.isNaN(this.#most) ? most : Math.max(this.#most, most);
  }
}

/** The times of a source's rows that have one. @param beat called once a batch */
export async function countTimes(text: ShardSource, field: number, beat: () => void): Promise<v1.TimeCounts> {
  const counts = new TimeCounts();
  while (await text.next()) {
    const bad = new Set(text.problems().map(({ row }) => row));
    for (let row = 0; row < text.rows; row++) {
      const time = bad.has(row) ? Number.NaN : parseTime(text.text(field, row) ?? "");
      if (!Number.isNaN(time)) counts.add(time);
    }
    beat();
  }
  return counts.toMessage();
}

/** Numbers of a message's bytes, which need not be aligned. */
function floats(bytes: Uint8Array): Float64Array {
  return new Float64Array(Uint8Array.from(bytes).buffer);
}
