/**
 * One JSON object (RFC 8259, strict) a line. A text of a field is: a string's, without its escapes; a number's, array's or object's as it stands; "true" or "false".
 * null and absent fields are missing. What else has a row: a name that is one of the fields twice, half of a surrogate pair, or more than
 * {@link JSON_MAX_DEPTH} arrays and objects one inside the other are errors.
 */
export interface JsonKernels {
  /** Fills the table of a block of names (see {@link JSON_NAMES}). */
  json_names(block: number): void;
  /** Reads rows; returns their number R <= maxRows. See assembly/json.ts for the arrays; `out` is u32[8]. UTF-8 is not checked here (csv_check_utf8). */
  json_rows(
    out: number,
    pos: number,
    end: number,
    names: number,
    slots: number,
    columns: number,
    starts: number,
    lengths: number,
    stride: number,
    rowStarts: number,
    rowLengths: number,
    rowFlags: number,
    rowErrors: number,
    rowErrorAt: number,
    maxRows: number,
  ): number;
}

/** The block of names, as indices of u32[6]; `table` has a power of two of slots, at least twice as many as fields. */
export const JSON_NAMES = {
  blockBytes: 24,
  fields: 0,
  mask: 1, // slots of the table - 1
  table: 2, // offset of u32[mask + 1]
  starts: 3, // offset of u32[fields]
  lengths: 4, // offset of u32[fields]
  seen: 5, // offset of u32[fields], lent
} as const;

/** Bits of a row's flags; the same as those of CSV. */
export const JSON_FLAGS = {
  /** a text was shortened in place: the row's bytes are no longer the file's */
  UNESCAPED: 4,
  UTF8: 16,
} as const;

export const JSON_MAX_DEPTH = 100;

/** Why a row is none; 0: it is one. */
export const JSON_ERRORS = {
  OBJECT: 1,
  KEY: 2,
  COLON: 3,
  VALUE: 4,
  NUMBER: 5,
  STRING_OPEN: 6,
  CONTROL: 7,
  ESCAPE: 8,
  SURROGATE: 9,
  SEPARATOR: 10,
  DEPTH: 11,
  TRAILING: 12,
  DUPLICATE: 13,
} as const;

/** The errors for people, by kind. */
export const JSON_ERROR_TEXTS: readonly string[] = [
  "",
  "no object: it does not begin with {",
  "no name in quotes",
  "no colon behind a name",
  "no value",
  "no number, though it begins like one",
  "a string is not closed",
  "a control character in a string",
  "an unknown escape in a string",
  "half of a surrogate pair in a string",
  "no comma, and no end of the array or object",
  `more than ${JSON_MAX_DEPTH} arrays and objects one inside the other`,
  "text behind the object",
  "a name that this row had before",
];
