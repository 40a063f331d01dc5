/**
 * A convex function of n numbers, f(w) = weighted mean loss + l2 sum w^2 (the intercepts, wherever they stand, are not in the penalty). What `product` and
 * `diagonal` say holds at the point that was evaluated last.
 */
export interface Objective {
  /** n */
  readonly size: number;
  /** H is the same everywhere. */
  readonly quadratic: boolean;
  /** A new f64[n] of zeros; the only arrays that the other methods take. */
  vector(): Float64Array;
  /** f(w), its gradient into `gradient`. */
  evaluate(w: Float64Array, gradient: Float64Array): number;
  /** out = H v, H the matrix of second derivatives. */
  product(v: Float64Array, out: Float64Array): void;
  /** out = the diagonal of H (a feature that stands twice in a row is counted as two: it serves as scale and preconditioner). */
  diagonal(out: Float64Array): void;
  /** Room for the Hessian; null: products with it cost less than it does, or it has several outputs. */
  hessian(use: HessianUse): Hessian | null;
}

/** What H is formed for: to be factored, or for sweeps of coordinate descent. */
export type HessianUse = "factors" | "sweeps";

/** H as a matrix. */
export interface Hessian {
  /** What forming it costs, in evaluations of the objective, about. */
  readonly cost: number;
  /** f64[n][n], symmetric: H at the point that was evaluated last. @param m its diagonal, as `diagonal` has it */
  form(m: Float64Array): Float64Array;
  /**
   * Coordinate descent on r . d + d . H d / 2 + sum of l1 |v|, every coordinate once, H as it was formed last: v moves to the minimum along each, and r, the gradient of the first two at v,
   * with it. All f64[n].
   */
  sweep(v: Float64Array, r: Float64Array, l1: Float64Array): void;
  /** out = H x, H as it was formed last. */
  product(x: Float64Array, out: Float64Array): void;
}
