import type { ErrorCode, v1 } from "@crossbill/messages";
import type { Dictionary } from "./dictionary.js";
import type { PreparedBatch } from "./prepared-batch.js";
import type { RowFields } from "./row-fields.js";
import type { Runtime } from "./text-batch.js";

export type ColumnKind = "numeric" | "bucketized" | "vocabulary" | "identity" | "hashed" | "crossed";
/** Specifications and states as plain objects or messages. */
export type ColumnSpec = v1.ColumnSpec.$Properties;
export type ColumnState = v1.ColumnState.$Properties;
export type ColumnPartial = v1.ColumnPartial.$Properties;

/** What was fitted of a column, by name; undefined for kinds that fit nothing. */
export type StateOf = (name: string) => ColumnState | undefined;

/**
 * A kind of column, bound to one specification: the contract every file of `kinds/` keeps. All functions are pure but for the kernel memory.
 * Categorical columns give exactly one id a row, in [0, size); id 0 is "missing".
 */
export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Raw fields it reads itself (those of a cross's entries are the entries'). */
  readonly fields: readonly string[];
  /** How it reads them: parsed as numbers, or as texts with their fingerprints. */
  readonly reads: "numbers" | "texts";
  /** Entries of columns that it reads: only crosses do. */
  readonly inputs: readonly Column[];
  /** A bound on the ids that the specification alone gives (ids are below it for ever); Infinity where there is none. */
  readonly radix: number;
  /** Why a row with this number (NaN: missing) is rejected; absent where only an unparsable number is a reason. */
  readonly rejects?: (x: number) => ErrorCode | null;
  /** Absent where nothing is fitted. */
  readonly fitting?: Fitting;
  /** Features of the column: ids are in [0, size). */
  size(states: StateOf): number;
  /** For people: not parsed by anything, not unique among hostile values. */
  featureName(id: number, states: StateOf): string;
  /** Encodes batches of one runtime; absent for numeric columns, whose numbers are passed on. */
  readonly batchEncoder?: (context: BatchContext) => BatchEncoder;
  /** The twin for one row. */
  readonly rowEncoder?: (states: StateOf) => RowIdOf;
}

/** How a column is fitted: partials of shards, merged (see `mergePartials`), finished once, appended to every night. */
export interface Fitting {
  start(context: FitContext): ColumnFit;
  finish(partial: ColumnPartial): v1.ColumnState;
  /** The next night: `state` and what came new. */
  append(state: ColumnState, partial: ColumnPartial): v1.ColumnState;
}

export interface FitContext {
  /** Memory may be taken when the fit starts. */
  readonly runtime: Runtime;
  /** The field's values with their counts; the fitter counts them, once for all columns over the field. */
  readonly dictionary: (field: string) => Dictionary;
}

export interface ColumnFit {
  /** Takes the rows with keep[row] != 0; `keep` is the offset of u8[rows]. */
  update(batch: PreparedBatch, keep: number): void;
  partial(): ColumnPartial;
}

export interface BatchContext {
  readonly runtime: Runtime;
  readonly states: StateOf;
  /** Where the ids (u32[BATCH_ROWS]) of an input lie once it is encoded. */
  readonly ids: (column: Column) => number;
}

/** Writes the batch's ids to out u32[rows]. */
export type BatchEncoder = (batch: PreparedBatch, out: number) => void;

/** The id of one row; a row that must be rejected throws. */
export type RowIdOf = (row: RowFields) => number;
