import type { TextBatch } from "@crossbill/columns";
import type { ErrorCode } from "@crossbill/messages";

/** A source's bytes that a shard reads, one behind the other. */
export interface ShardInput {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
}

/** A row that is no row of the format. */
export interface RowProblem {
  readonly row: number;
  readonly code: ErrorCode;
}

/** Where a row stands in its file. */
export interface RowPlace {
  /** Of its first byte. */
  readonly offset: number;
  /** From 1; in a format without lines the number of the row, from 1. */
  readonly line: number;
}

/**
 * The rows of one shard, whatever the format, batch by batch: texts in kernel memory. A list of a source that has lists is the text of a JSON array (or of an
 * object from item to weight). All that it gives is of the batch of the last `next()`.
 */
export interface ShardSource extends TextBatch {
  /** Of the source, for errors. */
  readonly path: string;
  /** Reads the next rows; false at the end. */
  next(): Promise<boolean> | boolean;
  /** The rows of the batch that cannot be read, by rising row. @throws where the rest of the file would be lost with one (E_QUOTE_OPEN) */
  problems(): readonly RowProblem[];
  /** Why a row has one of the codes of `problems`, for people. */
  reason(row: number, code: ErrorCode): string;
  /** Text of a field that was asked for; null: missing. */
  text(field: number, row: number): string | null;
  place(row: number): RowPlace;
  /** The row as the file has it, at most `limit` bytes; what is not UTF-8 becomes U+FFFD. */
  raw(row: number, limit: number): string;
}
