/** Code of a row without a text. */
export const NO_CODE = 0xffff;
/** Bytes of a text of a dictionary. */
export const CODE_RECORD_BYTES = 16;

/** assembly/codes.ts: the texts of a batch of at most 8,192 rows as codes u16 into a list of them. A length 0xFFFFFFFF: missing. */
export interface CodeKernels {
  /** Records of n texts of a dictionary for codes_assign: out u8[{@link CODE_RECORD_BYTES} * n] from starts, lengths u32[n]. */
  codes_dictionary(out: number, starts: number, lengths: number, n: number): void;
  /**
   * Codes of n texts in a batch, out u16[n], from their places values u32[n] in a dictionary of `count` records: a text gets its code when it first comes, and then its place goes to
   * the batch's starts, lengths u32. The records remember the codes, for the batch of the number `serial` (from 1, below 2^19). before: how many texts the batch had. Returns how many it has
   * then; -1: a value is not below `count`. One element behind the last of starts and lengths may be written.
   */
  codes_assign(
    out: number,
    values: number,
    n: number,
    dictionary: number,
    count: number,
    serial: number,
    starts: number,
    lengths: number,
    before: number,
  ): number;
  /** out u16[n]: the next of codes u16 where levels u32[n] is 1, else {@link NO_CODE}. */
  codes_spread(out: number, levels: number, n: number, codes: number): void;
  /** out u16[n]: first, first + 1, ... for the rows where levels u32[n] (0: no such array) is 1, {@link NO_CODE} for the others. */
  codes_count(out: number, levels: number, n: number, first: number): void;
  /** Bytes of texts of the lengths u32[n], of which none is missing. */
  texts_size(lengths: number, n: number): number;
  /** Copies texts one behind the other; none is missing. Up to 15 bytes behind each are read and written, too. */
  texts_copy(out: number, starts: number, lengths: number, n: number): void;
  /** 1 where all texts, which lie in [starts[0], end) with rising starts, are valid UTF-8. */
  texts_valid(starts: number, lengths: number, n: number, end: number): number;
  /** starts u32[n] of texts that stand one behind the other from `at` on; those that are missing have no bytes. */
  texts_places(starts: number, lengths: number, n: number, at: number): void;
  /** out u32[2 * (count + 1)]: first in how many of the rows with keep u8[n] != 0 each of the codes u16[n] stands, which are below `count`; returns how many of the rows have {@link NO_CODE}. */
  codes_tally(out: number, count: number, codes: number, keep: number, n: number): number;
  /** out u32[n]: values u32[count] at the codes u16[n], `missing` for {@link NO_CODE}. One value behind the last must be there, and stays what it is. */
  codes_u32(out: number, codes: number, n: number, values: number, count: number, missing: number): void;
  /** out u64[n]: values u64[count] at the codes u16[n], 0 for {@link NO_CODE}. One value behind the last must be there, and stays what it is. */
  codes_u64(out: number, codes: number, n: number, values: number, count: number): void;
}
