import type { Pairs } from "@crossbill/kernels";
import type { ErrorCode, v1 } from "@crossbill/messages";
import type { Dictionary } from "./dictionary.js";
import type { ColumnItems } from "./items.js";
import type { PairRows, PlacedPairs } from "./pair-rows.js";
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
 * Categorical columns give one id a row, in [0, size), id 0 being "missing"; those of several values (`multi`) any number of (id, value) pairs.
 */
export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Raw fields it reads itself (those of a cross's entries are the entries'). */
  readonly fields: readonly string[];
  /** Fields whose numbers are multiplied, with repetition, to the column's number; absent: it is the one field's. */
  readonly factors?: readonly string[];
  /** Values outside bounds of its state are counted, and may be a reason to reject a row. */
  readonly bounded?: boolean;
  /** How it reads them: parsed as numbers, or as texts with their fingerprints. */
  readonly reads: "numbers" | "texts" | "items";
  /** How it cuts its field's text, where it reads items. */
  readonly items?: ColumnItems;
  /** Whether it gives pairs, and whether their values can be other than 1; absent: one id a row (or a number). */
  readonly multi?: { readonly valued: boolean };
  /** Entries of columns that it reads: only crosses do. */
  readonly inputs: readonly Column[];
  /** Those of them whose ids it reads; absent: all. */
  readonly idInputs?: readonly Column[];
  /** How many ids, from 1 on, unknown values have; absent where ids are not those of a vocabulary. */
  readonly outOfVocabulary?: number;
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
  /** The same of a column of several values. */
  readonly pairsEncoder?: (context: BatchContext) => PairsEncoder;
  readonly rowPairsEncoder?: (states: StateOf) => RowPairsOf;
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
  /** The values with their counts of a field, or of its items (all their occurrences); the fitter counts them, once for all columns over the same. */
  readonly dictionary: (source: string | ColumnItems) => Dictionary;
}

export interface ColumnFit {
  /** Takes the rows with keep[row] != 0; `keep` is the offset of u8[rows], weights f64[rows] from 0 up; null: every weight is 1. */
  update(batch: PreparedBatch, keep: number, weights: Float64Array | null): void;
  partial(): ColumnPartial;
}

export interface BatchContext {
  readonly runtime: Runtime;
  readonly states: StateOf;
  /** Where the ids (u32[BATCH_ROWS]) of an input lie once it is encoded. */
  readonly ids: (column: Column) => number;
  /** The same of an input of several values. */
  readonly pairs: (column: Column) => PlacedPairs;
}

/** Writes the batch's ids to out u32[rows]. */
export type BatchEncoder = (batch: PreparedBatch, out: number) => void;

/** The id of one row; a row that must be rejected throws. */
export type RowIdOf = (row: RowFields) => number;

/** Leaves the batch's pairs in `out`. */
export type PairsEncoder = (batch: PreparedBatch, out: PairRows) => void;

/** The pairs of one row, ids ascending, each once; a row that must be rejected throws. */
export type RowPairsOf = (row: RowFields) => Pairs;
