/** assembly/block.ts */
export interface BlockKernels {
  block_assign(
    out: number,
    counts: number,
    uniq: number,
    ids: number,
    n: number,
    offset: number,
    size: number,
    first: number,
    table: number,
    bits: number,
    base: number,
    direct: boolean | number,
  ): number;
  block_pack(out: number, local: number, rows: number, width: number, wide: boolean | number): void;
  block_offsets(offsets: number, counts: number, distinct: number): void;
  block_transpose(out: number, next: number, local: number, rows: number, width: number, wide: boolean | number): void;
  block_transpose_csr(out: number, outValues: number, next: number, local: number, offsets: number, values: number, rows: number, wide: boolean | number): void;
}

/** assembly/linear.ts */
export interface LinearKernels {
  one_hot_dot_f32(out: number, from: number, to: number, width: number, local: number, wide: boolean | number, w: number): void;
  csr_dot_f32(out: number, from: number, to: number, offsets: number, local: number, values: number, wide: boolean | number, w: number): void;
  dense_add_f32(out: number, from: number, to: number, dense: number, x: number, stride: number, w: number): void;
  logistic_residuals(residual: number, losses: number, weightSums: number, labels: number, weights: number, from: number, to: number): void;
  squared_residuals(residual: number, losses: number, weightSums: number, labels: number, weights: number, from: number, to: number): void;
  poisson_residuals(residual: number, losses: number, weightSums: number, labels: number, weights: number, from: number, to: number): void;
  /** Of K classes; residual f64[K][stride]. */
  softmax_residuals(
    residual: number,
    classes: number,
    stride: number,
    losses: number,
    weightSums: number,
    labels: number,
    weights: number,
    from: number,
    to: number,
  ): void;
  /** Of the active classes u32[n], ascending; sampled u8[n], corrections f64[n]. */
  sampled_residuals(
    residual: number,
    stride: number,
    active: number,
    sampled: number,
    corrections: number,
    n: number,
    nce: boolean | number,
    losses: number,
    weightSums: number,
    labels: number,
    weights: number,
    from: number,
    to: number,
  ): void;
  one_vs_rest_residuals(
    residual: number,
    classes: number,
    stride: number,
    losses: number,
    weightSums: number,
    labels: number,
    weights: number,
    from: number,
    to: number,
  ): void;
  /** labels f64[B][K] here and there. */
  soft_softmax_residuals(
    residual: number,
    classes: number,
    stride: number,
    losses: number,
    weightSums: number,
    labels: number,
    weights: number,
    from: number,
    to: number,
  ): void;
  multi_label_residuals(
    residual: number,
    classes: number,
    stride: number,
    losses: number,
    weightSums: number,
    labels: number,
    weights: number,
    from: number,
    to: number,
  ): void;
  dense_gradients_f32(out: number, from: number, to: number, rows: number, x: number, stride: number, residual: number): void;
}

/** assembly/exact.ts, exact-terms.ts, exact-conjugate.ts, exact-hessian.ts */
export interface ExactKernels {
  rows_dot_f64(
    out: number,
    from: number,
    to: number,
    base: number,
    offsets: number,
    ids: number,
    values: number,
    w: number,
    start: number,
    add: boolean | number,
  ): void;
  columns_add_f64(
    out: number,
    from: number,
    to: number,
    features: number,
    offsets: number,
    rows: number,
    values: number,
    square: boolean | number,
    x: number,
  ): void;
  columns_pick_f64(
    out: number,
    from: number,
    to: number,
    picks: number,
    targets: number,
    offsets: number,
    rows: number,
    values: number,
    square: boolean | number,
    x: number,
  ): void;
  rows_pairs_f64(
    out: number,
    stride: number,
    first: number,
    last: number,
    from: number,
    to: number,
    base: number,
    offsets: number,
    ids: number,
    valuedOffsets: number,
    valuedIds: number,
    values: number,
    curvature: number,
  ): void;
  matrix_product_f64(out: number, x: number, h: number, n: number): void;
  coordinate_sweep_f64(v: number, r: number, h: number, n: number, l1: number): void;
  logistic_terms_f64(z: number, curvature: number, sums: number, chunks: number, labels: number, weights: number, from: number, to: number): void;
  squared_terms_f64(z: number, curvature: number, sums: number, chunks: number, labels: number, weights: number, from: number, to: number): void;
  poisson_terms_f64(z: number, curvature: number, sums: number, chunks: number, labels: number, weights: number, from: number, to: number): void;
  scale_rows_f64(x: number, scale: number, sums: number, from: number, to: number): void;
  softmax_terms_f64(
    z: number,
    residual: number,
    curvature: number,
    classes: number,
    stride: number,
    sums: number,
    chunks: number,
    labels: number,
    weights: number,
    from: number,
    to: number,
  ): void;
  /** labels f64[rows][K] */
  soft_softmax_terms_f64(
    z: number,
    residual: number,
    curvature: number,
    classes: number,
    stride: number,
    sums: number,
    chunks: number,
    labels: number,
    weights: number,
    from: number,
    to: number,
  ): void;
  softmax_scale_f64(x: number, p: number, classes: number, stride: number, sums: number, chunks: number, weights: number, from: number, to: number): void;
  logistic_conjugate_f64(residual: number, sums: number, labels: number, weights: number, scale: number, from: number, to: number): void;
  squared_conjugate_f64(residual: number, sums: number, labels: number, weights: number, scale: number, from: number, to: number): void;
  poisson_conjugate_f64(residual: number, sums: number, labels: number, weights: number, scale: number, from: number, to: number): void;
  softmax_conjugate_f64(
    residual: number,
    classes: number,
    stride: number,
    sums: number,
    labels: number,
    weights: number,
    scale: number,
    from: number,
    to: number,
  ): void;
  /** labels f64[rows][K] */
  soft_softmax_conjugate_f64(
    residual: number,
    classes: number,
    stride: number,
    sums: number,
    labels: number,
    weights: number,
    scale: number,
    from: number,
    to: number,
  ): void;
}

/** assembly/exact-matrix.ts */
export interface ExactMatrixKernels {
  count_ids_u32(counts: number, ids: number, from: number, to: number): number;
  list_counted_u32(counts: number, n: number, features: number, offsets: number): void;
  rows_to_columns(
    rows: number,
    columnValues: number,
    slots: number,
    first: number,
    from: number,
    to: number,
    base: number,
    offsets: number,
    ids: number,
    values: number,
  ): void;
  clear_ids_u32(counts: number, features: number, n: number): void;
  columns_to_rows(
    offsets: number,
    ids: number,
    rowValues: number,
    rowCount: number,
    uniq: number,
    features: number,
    starts: number,
    rows: number,
    values: number,
  ): void;
}

export type TrainingKernels = BlockKernels & LinearKernels & ExactKernels & ExactMatrixKernels;
