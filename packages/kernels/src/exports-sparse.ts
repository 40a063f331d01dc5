/**
 * Rows of sparse features. What a row's features become is the text of a JSON object, `{"name":weight,...}`, a name as often as the row has it.
 *
 * libsvm: `[label] [qid:n] index:value ... [# comment]`, fields label, qid, features; lines that begin with # are no rows.
 * Vowpal Wabbit: `[label [weight]] ['tag] |namespace[:scale] name[:value] ... |namespace ...`, fields label, weight, tag, features. A feature is named
 * `namespace^name`, in the namespace without a name `name`; its weight is its value (1 where it has none) times the scale. Without a weight it is 1. The last
 * word before the first bar is the tag if it touches the bar or begins with an apostrophe. A third number (the base) is an error: there is nothing that it could mean here.
 *
 * Numbers are decimal; they are given without zeros in front and at the end of the fraction ("+1.50" is "1.5", "-0" is "0"; a label with an exponent is what JavaScript writes for it), so that equal labels are equal texts.
 */
export interface SparseKernels {
  /**
   * Reads the rows of [pos, end) into a batch (see {@link SPARSE_BATCH}); returns their number R <= maxRows, less where the heap was full: 0 where it cannot hold the first
   * row, which with `last` != 0 is then that row's error. out u32[1]: the position after the last row. 32 bytes past `end` must be readable, the byte there writable.
   */
  libsvm_rows(out: number, pos: number, end: number, batch: number, maxRows: number, last: number): number;
  vw_rows(out: number, pos: number, end: number, batch: number, maxRows: number, last: number): number;
}

/** The block of a batch, as indices of u32[20]. Texts: starts, lengths u32[columns][stride]; length 0xFFFFFFFF: missing. */
export const SPARSE_BATCH = {
  blockBytes: 80,
  columns: 0,
  starts: 1, // offset
  lengths: 2, // offset
  stride: 3,
  rowStarts: 4, // offset of u32[maxRows]
  rowLengths: 5, // offset of u32[maxRows], without blanks around the row
  rowFlags: 6, // offset of u8[maxRows]
  rowErrors: 7, // offset of u8[maxRows], SPARSE_ERRORS
  rowErrorAt: 8, // offset of u32[maxRows]: bytes of the row before the error
  heap: 9, // offset of the room for texts that the row does not have as they are given
  heapEnd: 10,
  slots: 16, // four of them: the column that takes a field, 0xFFFFFFFF: none
} as const;

/** The features of a row may have so many bytes as text. */
export const SPARSE_ROW_BYTES = 2 ** 28;

/** Bits of a row's flags. */
export const SPARSE_FLAGS = {
  /** the kernel leaves the row to the slow twin: a label with an exponent, a namespace with a scale */
  LEFT: 1,
  UTF8: 16,
} as const;

/** Why a row is none; 0: it is one. */
export const SPARSE_ERRORS = {
  LABEL: 1,
  QID: 2,
  INDEX: 3,
  VALUE: 4,
  BAR: 5,
  WEIGHT: 6,
  BASE: 7,
  NAMESPACE: 8,
  SCALE: 9,
  NAME: 10,
  ROOM: 11,
} as const;

/** The errors for people, by kind. */
export const SPARSE_ERROR_TEXTS: readonly string[] = [
  "",
  "the label is no number",
  "no whole number behind qid:",
  "no feature: index:value, the index a whole number",
  "the value of a feature is no number",
  "no | in the row",
  "the weight is no number",
  "a third number before the | (a base) has no meaning here",
  "no name[:scale] of a namespace, the scale a number",
  "the scale and a value make no finite number",
  "a feature without a name",
  "its features are too long as text",
];
