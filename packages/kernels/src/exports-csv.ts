/**
 * Delimited text.
 *
 * Grammar: lines end at LF, CR LF, or CR. Empty lines and lines that begin with the comment text are no rows. A field that begins with the
 * quote is quoted: it ends at the next quote, a doubled quote (or, with an escape byte, escape and quote, escape and escape) stands for itself,
 * delimiters and line ends in it are text. Elsewhere a quote is an ordinary byte. With `trim`, spaces and tabs around fields (outside quotes) that
 * do not begin a delimiter are dropped.
 */
export interface CsvKernels {
  /** Runs the states of {@link CSV_STATES} over [pos, end). out u32[4]: position, state, rows that begin, position of the first (0xFFFFFFFF: none). Reads 16 bytes before pos, 32 past limit. */
  csv_scan(out: number, pos: number, end: number, limit: number, dialect: number, state: number, stop: number): void;
  /** Line ends in [pos, end): LF, and CR without LF behind it. */
  csv_lines(pos: number, end: number, limit: number): number;
  /** Cuts rows into fields; returns their number R <= maxRows. See assembly/csv.ts for the arrays. */
  csv_rows(
    out: number,
    pos: number,
    end: number,
    dialect: number,
    slots: number,
    fields: number,
    starts: number,
    lengths: number,
    stride: number,
    rowStarts: number,
    rowLengths: number,
    rowFlags: number,
    rowFields: number,
    maxRows: number,
  ): number;
  /** Length of every text that equals one of `count` texts becomes 0xFFFFFFFF. */
  csv_mark_missing(starts: number, lengths: number, rows: number, texts: number, textLengths: number, count: number): void;
  /** out i32[R]: index of the equal text, or -1. */
  csv_match(out: number, starts: number, lengths: number, rows: number, texts: number, textLengths: number, count: number): void;
  /** out f64[R] in [0, 1): upper 53 bits of the finalized 64-bit FNV-1a of the text. */
  csv_uniform(out: number, starts: number, lengths: number, rows: number): void;
  /** Sets `flag` for rows (starts rising) that are not UTF-8; returns how many. */
  csv_check_utf8(flags: number, starts: number, lengths: number, rows: number, flag: number): number;
}

/** States between two bytes. DELIMITER + k: k + 1 more bytes of a delimiter of several bytes follow. */
export const CSV_STATES = {
  /** a row may begin */
  ROW: 0,
  /** in an unquoted field, or behind a closing quote */
  UNQUOTED: 1,
  /** a field begins (only told apart from UNQUOTED where there is a quote) */
  FIELD: 2,
  QUOTED: 3,
  /** in quotes, and the next byte stands for itself */
  ESCAPED: 4,
  COMMENT: 5,
  DELIMITER: 6,
} as const;

/** Bits of a row's flags. */
export const CSV_FLAGS = {
  FIELD_COUNT: 1,
  /** text behind a closing quote, or no closing quote */
  QUOTE: 2,
  /** a text was shortened in place: the row's bytes are no longer the file's */
  UNESCAPED: 4,
  /** no closing quote up to the end */
  OPEN: 8,
  UTF8: 16,
} as const;

/** The dialect as bytes: quote and escape are one byte or null, delimiter 1 to 32 bytes, comment at most 32. */
export interface CsvBytes {
  delimiter: Uint8Array;
  quote: number | null;
  escape: number | null;
  comment: Uint8Array;
  trim: boolean;
}

/** Bytes of the block that the kernels read as `dialect`. */
export const CSV_DIALECT_BYTES = 96;

/** u32: delimiter's length, quote (256: none), escape (256: none), comment's length, trim; at 32 the delimiter, at 64 the comment. */
export function csvDialectBlock(dialect: CsvBytes): Uint8Array {
  const block = new Uint8Array(CSV_DIALECT_BYTES);
  const words = new Uint32Array(block.buffer, 0, 5);
  words.set([dialect.delimiter.length, dialect.quote ?? 256, dialect.escape ?? 256, dialect.comment.length, dialect.trim ? 1 : 0]);
  block.set(dialect.delimiter, 32);
  block.set(dialect.comment, 64);
  return block;
}
