/** assembly/items.ts, lists.ts: texts of several values, rows of (id, value) pairs. */
export interface ItemKernels {
  /**
   * Cuts the texts of rows [from, rows) into items (see {@link ITEMS}); offsets u32[rows + 1], its first element set by the caller; status u8[rows] = 1: malformed.
   * Returns rows, or the row before which room must be made.
   */
  items_split(
    header: number,
    offsets: number,
    status: number,
    starts: number,
    lengths: number,
    from: number,
    rows: number,
    kind: number,
    separator: number,
    separatorLength: number,
    weighted: boolean | number,
    least: number,
    most: number,
  ): number;
  /** out u8[items]: keep u8[rows] of each item's row. */
  items_keep(out: number, keep: number, offsets: number, rows: number): void;
  /** x f64[n] = 1 where status u8[n] (of texts_parse_f64) says missing. */
  items_weights(x: number, status: number, n: number): void;
  /**
   * Each row's pairs in order of ids, those of equal id as one with the sum of their values (once: 1); a missing row is the pair (0, 1). Room for
   * offsets[rows] + rows pairs is needed. Returns how many there are.
   */
  lists_combine(
    outOffsets: number,
    outIds: number,
    outValues: number,
    offsets: number,
    ids: number,
    values: number,
    lengths: number,
    rows: number,
    once: boolean | number,
    scratchIds: number,
    scratchValues: number,
  ): number;
  /** Crosses what was crossed so far (offsets, state u64, present u8, values f64) with one more input; of a row at most the first `most` pairs are made. */
  lists_cross(
    outOffsets: number,
    outState: number,
    outPresent: number,
    outValues: number,
    offsets: number,
    state: number,
    present: number,
    values: number,
    inOffsets: number,
    inIds: number,
    inFingerprints: number,
    inValues: number,
    rows: number,
    radix: number,
    most: number,
  ): void;
  /** out u32[n]: 0 where not present, else the state (buckets 0), else 1 + state mod buckets. */
  lists_cross_ids(out: number, state: number, present: number, n: number, buckets: number): void;
}

/** Kinds of texts of several values. */
export const ITEM_KINDS = { words: 0, list: 1, separated: 2 } as const;

/** Bytes of the header of items, and its fields as indices of a u32 array. */
export const ITEMS = {
  headerBytes: 36,
  starts: 0, // offsets of u32[room] each: the items' texts and those of their weights (length 0xFFFFFFFF: none)
  lengths: 1,
  weightStarts: 2,
  weightLengths: 3,
  count: 4, // items so far
  room: 5,
  bytes: 6, // offset of the bytes of texts that do not stand in the source as they are
  bytesUsed: 7,
  bytesRoom: 8,
} as const;
