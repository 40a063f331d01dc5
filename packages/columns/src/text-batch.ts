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
  /** Texts of a field of which the source knows where they are the same; null (or no such method): it does not. */
  distinct?(field: number): DistinctTexts | null;
}

/** Texts of a field in a batch, each once as far as the source knows: byte offsets. */
export interface DistinctTexts {
  /** Of a u16[rows]: each row's text, below `count`; 0xFFFF: missing. */
  readonly codes: number;
  /** At most as many as rows. */
  readonly count: number;
  /** Of a u32[count]. */
  readonly starts: number;
  /** Of a u32[count]; 0xFFFFFFFF: missing. */
  readonly lengths: number;
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
