/** One row of the log with what a model cannot see: the truth. */
export interface ClickRow {
  /** Index of the day, from 0, and of the row in its day. */
  readonly day: number;
  readonly row: number;
  /** The fields of CLICK_HEADER, as written; a missing value is "". */
  readonly fields: readonly string[];
  readonly clicked: boolean;
  /** The true probability of a click: sigmoid(main + numeric + deviceHour + categoryCountry + shift). */
  readonly probability: number;
  /** The parts of the true log-odds. */
  readonly terms: ClickTerms;
}

export interface ClickTerms {
  /** Intercept, position, hour, user and all categories. */
  readonly main: number;
  /** Effects of the numeric columns, most of them not linear. */
  readonly numeric: number;
  /** Cross of device and part of the day. */
  readonly deviceHour: number;
  /** Cross of category and country. */
  readonly categoryCountry: number;
  /** What no column tells. */
  readonly shift: number;
}

/** A row as drawn: indices and numbers, reused from row to row. */
export interface DrawnRow {
  user: number;
  hour: number;
  /** NaN: missing. */
  readonly numbers: Float64Array;
  /** Index of the value of every categorical column; those of missing fields count in the truth, too, but are not written. */
  readonly categories: Int32Array;
  readonly categoryMissing: Uint8Array;
  /** Whether the row lies in the planted slice. */
  shifted: boolean;
}
