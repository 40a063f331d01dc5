/** Distinct features [from, to) of a block's column: their ids, the first feature of the column, V, the table and its words a row. */
type Rows = [from: number, to: number, ids: number, first: number, V: number];
type Table = [table: number, words: number];
/** Steps that touched the rows, time and kind of the penalties (clock 0: none). */
type Lazy = [last: number, clock: number, now: number, metric: number, epsilon: number, logBeta: number, l1: number, l2: number, decay: number];
/** Features, their gradients and gathered weights, the table, the step, the largest norm (0: any). */
type Update = [...Rows, gradients: number, scale: number, w: number, ...Table, last: number, step: number];

/** assembly/tables.ts, table-init.ts */
export interface TableKernels {
  table_gather(out: number, ...at: [...Rows, ...Table, ...Lazy]): void;
  table_flush(out: number, outLast: number, from: number, to: number, V: number, ...at: [...Table, ...Lazy]): void;
  table_non_zero(from: number, to: number, V: number, table: number, words: number, last: number, within: number): number;
  table_fill(from: number, to: number, table: number, words: number, at: number, n: number, value: number): void;
  table_ftrl_gather(out: number, ...at: [...Rows, ...Table, most: number, alpha: number, beta: number, l1: number, l2: number]): void;
  table_init(
    from: number,
    to: number,
    d: number,
    V: number,
    table: number,
    words: number,
    kind: number,
    scale: number,
    index: number,
    seed0: number,
    seed1: number,
    scratch: number,
  ): void;
}

/** assembly/table-steps.ts */
export interface TableStepKernels {
  table_adagrad(...at: [...Update, most: number, rate: number]): void;
  table_sgd(...at: [...Update, most: number, rate: number]): void;
  table_momentum(...at: [...Update, most: number, rate: number, mu: number, nesterov: boolean | number]): void;
  table_rmsprop(...at: [...Update, most: number, rate: number, rho: number, epsilon: number]): void;
  table_adam(...at: [...Update, most: number, rate: number, beta1: number, beta2: number, logBeta1: number, logBeta2: number, epsilon: number]): void;
  table_ftrl(...at: [...Update, alpha: number]): void;
}

/** assembly/table-panels.ts */
export interface TablePanelKernels {
  /** `column`: place among the columns of one id a row, or -1 for one of several values. */
  table_pool(
    panel: number,
    d: number,
    V: number,
    r0: number,
    rows: number,
    combiner: number,
    scales: number,
    vectors: number,
    start: number,
    end: number,
    local: number,
    wide: boolean | number,
    width: number,
    column: number,
    rowOffsets: number,
    values: number,
  ): void;
  columns_to_panel(out: number, x: number, stride: number, units: number, rows: number): void;
  panel_to_rows(out: number, stride: number, panel: number, d: number, V: number, r0: number, rows: number, scales: number): void;
  table_gradients(
    out: number,
    from: number,
    to: number,
    V: number,
    offsets: number,
    rowsOf: number,
    valuesOf: number,
    wide: boolean | number,
    dx: number,
    stride: number,
  ): void;
}

/** assembly/table-shared.ts */
export interface TableSharedKernels {
  table_share(places: number, rowFrom: number, rowTo: number, n: number, ids: number, first: number, V: number, gradients: number): void;
  table_unshare(places: number, rowFrom: number, rowTo: number, n: number, ids: number, first: number): void;
}

/** Panels of vectors: f32[units][64], the residuals of their rows f64, output k's `spacing` numbers from those of k - 1. */
type Pairs = [panel: number, columns: number, outputs: number, rank: number, rows: number];

/** assembly/factorized.ts */
export interface FactorizedKernels {
  factorized_forward(logits: number, spacing: number, ...at: Pairs): void;
  factorized_backward(out: number, residual: number, spacing: number, ...at: Pairs): void;
  field_aware_forward(logits: number, spacing: number, ...at: Pairs): void;
  field_aware_backward(out: number, residual: number, spacing: number, ...at: Pairs): void;
  dot_forward(logits: number, user: number, item: number, d: number, rows: number): void;
  dot_backward(outUser: number, outItem: number, residual: number, user: number, item: number, d: number, rows: number): void;
}

export type EmbeddingKernels = TableKernels & TableStepKernels & TablePanelKernels & TableSharedKernels & FactorizedKernels;
