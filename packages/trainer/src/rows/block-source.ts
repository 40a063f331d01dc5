import type { PackPairs } from "@crossbill/ingest";

/** Consecutive rows as plain arrays. The arrays may be views that the next read overwrites. */
export interface SourceRows {
  readonly rows: number;
  readonly label: Float64Array;
  /** f64[rows][K]; null: labels are numbers. */
  readonly labels: Float64Array | null;
  readonly weight: Float64Array;
  /** Places of the rows in their pack; left out: those asked for, all of them. */
  readonly places?: Uint32Array;
  /** Ids of a categorical column, in its own id space. */
  ids(column: string): Uint32Array;
  /** Cleaned raw values of a numeric column; NaN: missing. */
  numbers(column: string): Float64Array;
  /** Pairs of a column of several values. */
  pairs(column: string): PackPairs;
}

/** Where a member reads the rows of packs. Each thread opens its own. */
export interface BlockSource {
  /** Reads a pack to its end and compares length and hash. @throws E_CORRUPT, E_NOT_FOUND */
  verify(pack: number): Promise<void>;
  /** Goes to a pack; the one before is let go. */
  open(pack: number): Promise<void>;
  /** Rows [from, to) of the opened pack. */
  read(from: number, to: number): Promise<SourceRows>;
}
