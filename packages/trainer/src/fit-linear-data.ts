/** N rows over F features, as compressed sparse rows. */
export interface FitLinearData {
  /** Row i holds entries [offsets[i], offsets[i + 1]). */
  readonly rows: { readonly offsets: ArrayLike<number>; readonly indices: ArrayLike<number>; readonly values: ArrayLike<number> };
  /** F; indices are in [0, F). */
  readonly features: number;
  /** N; in [0, 1] for the logistic loss, from 0 for the poisson loss. */
  readonly labels: ArrayLike<number>;
  /** N, at least 0; default 1 each. */
  readonly weights?: ArrayLike<number> | undefined;
}
