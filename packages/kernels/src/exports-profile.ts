/**
 * assembly/profile.ts. Tables of at most {@link PROFILE}.entries entries whose content is a function of the set of rows counted, in any order:
 * - numbers: cells of equal leading bits of the ordered bits of a number (bits ^ (sign ? all ones : the sign bit), which rise with the number); one bit less
 *   (`level` bits less in all) whenever there are too many cells.
 * - texts: the texts whose fingerprint is at most 2^(64 - level) - 1, `level` being the least that leaves no more than fit (adaptive sampling: Flajolet 1990); and,
 *   once level is above 0, the rows of every fingerprint modulo 1024.
 */
export interface ProfileKernels {
  /**
   * Counts x f64[n] (NaN: missing) of the rows with keep u8[n] != 0; scratch u8[scratchBytes] is lent. Whole numbers in [0, 1024) are only in the table's counts
   * until {@link profile_whole}.
   */
  profile_numbers(table: number, scratch: number, x: number, keep: number, n: number): void;
  /** Moves whole numbers from the counts to their cells, integers, minimum and maximum: to be called before a table of numbers is read. */
  profile_whole(table: number, scratch: number): void;
  /** Counts texts of the rows with keep u8[n] != 0: fingerprints u64[n], starts u32[n], lengths u32[n]; scratch u8[scratchBytes] is lent. */
  profile_texts(table: number, scratch: number, fingerprints: number, starts: number, lengths: number, keep: number, n: number): void;
  /** As profile_texts, text i so many times as times u32[n] says, and `without` rows that have none. */
  profile_texts_times(table: number, scratch: number, fingerprints: number, starts: number, lengths: number, times: number, n: number, without: number): void;
  /** The cells in use by rising key: keys u64[entries], counts u32[entries], places u32[entries] (of a table of texts: which text). scratch u8[scratchBytes] is lent. */
  profile_sorted(table: number, scratch: number, keys: number, counts: number, places: number): void;
}

/**
 * Layout. Header: u32 entries, u32 level, u32 rows, u32 missing, u32 integers, f64 minimum (at byte 24), f64 maximum (32). Then u32[1024] counts, of whole numbers or
 * of fingerprints modulo 1024; 2048 cells of 16 bytes: u64 key, u32 count (0: free), u32 place of the text; of texts, 1025 places of 64 bytes: u32 length, and from
 * byte 16 on the first 48 bytes. A new table is all zeros but for minimum and maximum, Infinity and -Infinity.
 */
export const PROFILE = {
  entries: 1024,
  headerBytes: 64,
  buckets: 1024,
  countBytes: 4096,
  numberTableBytes: 64 + 4096 + 2048 * 16,
  textsAt: 64 + 4096 + 2048 * 16,
  textTableBytes: 64 + 4096 + 2048 * 16 + 1025 * 64,
  scratchBytes: 2048 * 16 + 1025 * 64,
  textBytes: 48,
} as const;
