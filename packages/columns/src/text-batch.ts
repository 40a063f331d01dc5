import type { Arena, KernelExports } from "@crossbill/kernels";

/** Rows of a batch at most. */
export const BATCH_ROWS = 8192;

/**
 * One batch of rows as text, columnar, inside a kernel memory. Texts are UTF-8, unquoted and unescaped; what a source quotes or escapes is gone.
 */
export interface TextBatch {
  /** N, in [0, {@link BATCH_ROWS}]. */
  readonly rows: number;
  /** All fields of the data, in file order. */
  readonly fields: readonly string[];
  /** Byte offset of a u32[rows]: the absolute byte offset of each row's text of that field. */
  starts(field: number): number;
  /** Byte offset of a u32[rows]: byte lengths; 0xFFFFFFFF: missing. An empty text that is a value has length 0. */
  lengths(field: number): number;
  /** Numbers of a field that the source has as numbers; null (or no such method): as texts only. */
  numbers?(field: number): FieldNumbers | null;
}

/** Numbers of a field in a batch. */
export interface FieldNumbers {
  /** Byte offset of a f64[rows]; NaN: missing. */
  readonly at: number;
  /** Rows whose number is NaN or infinite, ascending; what stands there means nothing. */
  readonly bad: readonly number[];
}

/** The memory batches lie in, and the kernels over it. */
export interface Runtime {
  readonly arena: Arena;
  readonly kernels: KernelExports;
}
