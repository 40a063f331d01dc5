/** assembly/hash.ts, number.ts, dictionary.ts. Texts are byte ranges: starts u32[n], lengths u32[n]; length 0xFFFFFFFF: missing. */
export interface TextKernels {
  /** out u64[n]: Fingerprint64 of each text; 0 where missing. */
  texts_fingerprint_u64(out: number, starts: number, lengths: number, n: number): void;
  /** out u32[n]: 0 where missing, else 1 + f mod buckets; f is the fingerprint, where salt != 0 FingerprintCat64(fingerprint, salt). */
  hashed_ids_u32(out: number, fingerprints: number, lengths: number, n: number, buckets: number, salt: number): void;
  /** state u64[n] = 0xDECAFCAFFE + salt, present u8[n] = 0. */
  cross_begin_u64(state: number, present: number, n: number, salt: number): void;
  /** state = FingerprintCat64(state, fingerprint), fingerprints u64[n]; present = 1 where the fingerprint is not 0, that of a missing text. */
  cross_texts_u64(state: number, present: number, fingerprints: number, n: number): void;
  /** state = FingerprintCat64(state, id), ids u32[n]; present = 1 where id != 0. */
  cross_ids_u64(state: number, present: number, ids: number, n: number): void;
  /** out u32[n]: 0 where present is 0, else 1 + state mod buckets. */
  cross_end_u32(out: number, state: number, present: number, n: number, buckets: number): void;
  /** out f64[n], status u8[n] (see {@link NUMBER_STATUS}); returns how many rows are `notANumber` or `long`. */
  texts_parse_f64(out: number, status: number, starts: number, lengths: number, n: number): number;
  /** Counts the texts i in [from, n) with keep u8[i] != 0; returns n, or the row before which room must be made (see {@link DICTIONARY}). */
  dictionary_count(table: number, fingerprints: number, starts: number, lengths: number, keep: number, from: number, n: number): number;
  /** As dictionary_count, text i so many times as times u32[n] says. */
  dictionary_count_times(table: number, fingerprints: number, starts: number, lengths: number, times: number, from: number, n: number): number;
  /** Fills an empty dictionary whose bytes are in place with n distinct texts of these lengths (u32[n]); counts 0. */
  dictionary_load(table: number, lengths: number, n: number): void;
  /** Moves the slots `old` (oldSize of them) to the table's own, zeroing those first. */
  dictionary_rehash(table: number, old: number, oldSize: number): void;
  /** out u32[n]: the entry, 0xFFFFFFFE unknown, 0xFFFFFFFF missing. */
  dictionary_find_u32(out: number, table: number, fingerprints: number, starts: number, lengths: number, n: number): void;
  /**
   * A lookup of n distinct texts, text i being bytes [offsets[i], offsets[i + 1]), offsets u32[n + 1]. slots u32[mask + 1] are zeros before: a power of two, more than n of them;
   * 2^bits > n. A quarter of a dictionary's memory, but only to find.
   */
  lookup_fill(slots: number, mask: number, bits: number, offsets: number, bytes: number, n: number): void;
  /** out u32[n]: the index, 0xFFFFFFFE unknown, 0xFFFFFFFF missing. The other arguments are those of lookup_fill. */
  lookup_find_u32(
    out: number,
    slots: number,
    mask: number,
    bits: number,
    offsets: number,
    bytes: number,
    fingerprints: number,
    starts: number,
    lengths: number,
    n: number,
  ): void;
  /**
   * Vocabulary ids in place of the entries in out u32[n]: 0 missing; known: ids[entry], or first + entry where ids is 0;
   * unknown: droppedId where the fingerprint >> shift is among dropped u64[droppedCount] (ascending), else 1 + fingerprint mod buckets.
   */
  vocabulary_ids_u32(
    out: number,
    fingerprints: number,
    n: number,
    ids: number,
    first: number,
    buckets: number,
    dropped: number,
    droppedCount: number,
    shift: number,
    droppedId: number,
  ): void;
  /** order u32[n]: the dictionary's n entries in byte order; scratch u32[n], keys u64[n] and digits u32[256] are lent. */
  dictionary_order_u32(order: number, scratch: number, keys: number, digits: number, table: number): void;
  /** The entries in `order`: bytes u8[bytes used], lengths u32[n], counts f64[n]. */
  dictionary_gather(bytes: number, lengths: number, counts: number, table: number, order: number): void;
}

/** Length of a missing text. */
export const MISSING_TEXT = 0xffffffff;

/** What `texts_parse_f64` says of a text. `long`: a number all right, but the caller must convert it (out is NaN). */
export const NUMBER_STATUS = { value: 0, missing: 1, notANumber: 2, long: 3 } as const;

/** Bytes of a dictionary's header, of one slot, of one entry, and the header's fields as indices of a u32 array. */
export const DICTIONARY = {
  headerBytes: 32,
  slotBytes: 16,
  entryBytes: 16,
  slots: 0, // offset of mask + 1 slots; free ones are 0
  mask: 1, // a power of two - 1; at most half of the slots are used
  entries: 2, // offset of the entries: u32 offset into the bytes, u32 length, f64 count
  count: 3, // entries in use
  entryRoom: 4, // entries that fit
  bytes: 5, // offset of the bytes
  bytesUsed: 6,
  bytesRoom: 7,
} as const;
