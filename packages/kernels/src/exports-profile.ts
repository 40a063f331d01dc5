/**
 * assembly/profile.ts. Tables of at most {@link PROFILE}.entries entries whose content is a function of the set of rows counted, in any order:
 * - numbers: cells of equal leading bits of the ordered bits of a number (bits ^ (sign ? all ones : the sign bit), which rise with the number); one bit less
 *   (`level` bits less in all) whenever there are too many cells.
 * - texts: the texts whose fingerprint is at most 2^(64 - level) - 1, `level` being the least that leaves no more than fit (adaptive sampling: Flajolet 1990); and
 *   the rows of every fingerprint modulo 1024.
 */
export interface ProfileKernels {
  /** Counts x f64[n] (NaN: missing) of the rows with keep u8[n] != 0; scratch u8[numberSlotBytes] is lent. */
  profile_numbers(table: number, scratch: number, x: number, keep: number, n: number): void;
  /** Counts texts of the rows with keep u8[n] != 0: fingerprints u64[n], starts u32[n], lengths u32[n]; scratch u8[textSlotBytes] is lent. */
  profile_texts(table: number, scratch: number, fingerprints: number, starts: number, lengths: number, keep: number, n: number): void;
}

/**
 * Layout. Header: u32 entries, u32 level, u32 rows, u32 missing, u32 integers, f64 minimum (at byte 24), f64 maximum (32). The table of numbers goes on with slots of
 * 16 bytes: u64 key, u32 count; that of texts with u32[1024] buckets and slots of 64 bytes: u64 fingerprint, u32 count, u32 length, the first 48 bytes. A slot of count 0
 * is free. A new table is all zeros but for minimum and maximum, Infinity and -Infinity.
 */
export const PROFILE = {
  entries: 1024,
  slots: 2048,
  headerBytes: 64,
  numberSlotBytes: 2048 * 16,
  buckets: 1024,
  bucketBytes: 4096,
  textSlotBytes: 2048 * 64,
  textBytes: 48,
} as const;
