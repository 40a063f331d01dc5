/** A slice of the test rows. */
export interface SliceBias {
  /** Value by field; null: missing. */
  readonly slice: Readonly<Record<string, string | null>>;
  readonly rows: number;
  readonly meanLabel: number;
  /** Mean prediction - mean label. */
  readonly difference: number;
  /** Two-sided, of no bias. */
  readonly pValue: number;
}

/** A difference of a column between training and test rows, or between these data and earlier ones. */
export interface ColumnShift {
  readonly column: string;
  /** For people: what was seen, without a full stop. */
  readonly message: string;
  /** What was found and what is expected at most, in one unit. */
  readonly value: number;
  readonly limit: number;
}

/** Share of positives among draws. */
export interface LabelRate {
  readonly rate: number;
  /** Rows, or (frequency weights) their weight. */
  readonly draws: number;
}

/** What is known of a model and its test rows. Whatever is left out is not looked at. */
export interface BiasEvidence {
  /** Of all test rows. */
  readonly bias: { readonly meanPrediction: number; readonly meanLabel: number; readonly difference: number; readonly standardError: number };
  /** Calibration slope, see {@link calibrationSlope}. */
  readonly slope?: { readonly value: number; readonly standardError: number };
  readonly auc?: number;
  /** Slices that were chosen before these rows were looked at; p-values of each by itself. */
  readonly slices?: readonly SliceBias[];
  /** Slices that a search found, and confirmed on other rows; p-values corrected for the search. */
  readonly found?: readonly SliceBias[];
  readonly shifts?: readonly ColumnShift[];
  readonly rates?: { readonly training: LabelRate; readonly test: LabelRate };
  /** Share of positives of the population that predictions are made for, known from elsewhere. */
  readonly knownRate?: number;
  /** Penalties of the training. */
  readonly penalties?: { readonly l1: number; readonly l2: number };
  /** Calibration slopes of models trained with rising penalties. */
  readonly path?: readonly { readonly penalty: number; readonly slope: number }[];
  /** AUC of each column's part of the logit by itself. */
  readonly columns?: readonly { readonly column: string; readonly auc: number }[];
}

export type BiasCauseCode = "MISSING_FEATURE" | "BROKEN_PIPELINE" | "BIASED_SAMPLE" | "OVER_REGULARIZED" | "LEAKED_LABEL";

export interface BiasCause {
  readonly code: BiasCauseCode;
  /** What was seen, and what to look at. */
  readonly message: string;
  /** Columns or fields it is about; empty: no single ones. */
  readonly fields: readonly string[];
  /** In the unit of the code, see {@link biasCauses}. */
  readonly value: number;
}
