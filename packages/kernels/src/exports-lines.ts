/** Formats of one row a line. Lines end at LF; spaces, tabs and CR around a line's text are blank; lines of blanks are no rows. */
export interface LineKernels {
  /**
   * Runs the states of {@link LINE_STATES} over [pos, end). `comment`: lines whose text begins with this byte are no rows (256: none). `stop` != 0: ends where a row may begin.
   * out u32[4]: position, state, rows that begin, position of the first (0xFFFFFFFF: none). Reads 16 bytes past end.
   */
  lines_scan(out: number, pos: number, end: number, comment: number, state: number, stop: number): void;
  /** LFs in [pos, end). */
  lines_count(pos: number, end: number): number;
}

/** States between two bytes. */
export const LINE_STATES = {
  /** nothing but blanks in this line yet: a row may begin */
  ROW: 0,
  INSIDE: 1,
  COMMENT: 2,
} as const;

/** No comments. */
export const NO_COMMENT = 256;
