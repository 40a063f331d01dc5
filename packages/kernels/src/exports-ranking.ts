/**
 * assembly/ranking.ts: rows by falling score. A score's key u64 orders as it does (-0 as 0). A record is a key (width 8), or a key and a weight f64 (width 16); sorts are stable.
 * The sort is by up to three digits of 11 bits below what all keys share, least first; then runs of records that are equal in these are sorted by the rest. Each step takes
 * a part of the records, so that none runs long.
 */
export interface RankingKernels {
  /**
   * Appends the records of n rows to those of their label, and says whether no score is NaN and every weight finite and >= 0 (1) or not (0). Rows of weight 0 are left out.
   * `state` u32[2]: records of label 1 and of label 0 so far. scores, weights f64[n] (weights 0: none, records of width 8), labels u8[n], 0 or 1. A record's room must be free after the last of each label.
   */
  ranking_split_f64(positives: number, negatives: number, state: number, scores: number, weights: number, labels: number, n: number): number;
  /** How many low bits hold every difference between n keys and the one at `first`. */
  sort_varying_u64(keys: number, width: number, n: number, first: number): number;
  /** Adds to counts u32[3 << bits] how often the three digits of `bits` bits from bit `shift` up take each value. */
  sort_count_u64(counts: number, keys: number, width: number, n: number, shift: number, bits: number): void;
  /** Turns the counts u32[1 << bits] of a digit into starts, in place; 0: all records share the digit. */
  sort_starts_u32(starts: number, bits: number): number;
  /** Copies n records to `out` where the starts of their digit from bit `shift` say, and moves these on. */
  sort_scatter_u64(out: number, starts: number, keys: number, width: number, n: number, shift: number, bits: number): void;
  /**
   * Sorts the runs of records equal above bit `shift` that begin in [from, end) of n records; returns where the last of them ends. spare: as long as the records; counts u32[3 << 11].
   */
  sort_runs_u64(keys: number, spare: number, counts: number, width: number, from: number, end: number, n: number, shift: number): number;
  /** Sorts n records in place, all at once. */
  sort_u64(keys: number, spare: number, counts: number, width: number, n: number): void;
  /**
   * The next up to `limit` distinct scores from the top of two sorted lists, and how many records of each list have them: thresholds f64[limit], positives and negatives u32[limit].
   * `state` u32[2]: records of the lists that are left. Returns how many there were.
   */
  ranking_merge_u64(
    thresholds: number,
    positives: number,
    negatives: number,
    limit: number,
    state: number,
    positiveRecords: number,
    negativeRecords: number,
    width: number,
  ): number;
}
