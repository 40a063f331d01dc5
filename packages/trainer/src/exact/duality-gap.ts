/** Weights and gradient at a point. */
export interface GapWeights {
  /** f64[K][F + 1], the intercept of a class behind its weights. */
  readonly w: Float64Array;
  /** Gradient of the weighted mean loss + l2 sum w^2 there. */
  readonly smooth: Float64Array;
  readonly classes: number;
  readonly l1: number;
  readonly l2: number;
}

/** What a duality gap is computed from, at a point where the sum of the residuals of every class is 0 (or there is no intercept). */
export interface GapPoint extends GapWeights {
  /** Weighted mean loss. */
  readonly meanLoss: number;
  /** Weighted mean of the loss's convex conjugate at s times the residuals. */
  readonly conjugate: (s: number) => number;
}

/**
 * P - D >= P - optimum, P the objective and D the dual objective at the residuals t[i] (derivatives of row i's loss by its logit), or at s t, s in (0, 1]:
 * D(s) = -mean of loss*(s t) - sum over weights of max(0, |s u| - l1)^2 / (4 l2), u the gradient of the mean loss, mean and sums weighted; the larger of the
 * D at hand. Any s t is feasible where l2 > 0 (s = 1); without l2 |s u| <= l1 must hold: s = min(1, l1 / max |u|) (Koh, Kim, Boyd 2007; Ndiaye, Fercoq,
 * Gramfort, Salmon 2017). A free intercept asks for sum of s t = 0, which its optimum has.
 *
 * At s = 1 the losses and their conjugates add up to t z (Fenchel and Young), so that P - D = sum over weights of l1 |w| + l2 w^2 + u w + max(0, |u| - l1)^2 / (4 l2).
 *
 * NaN for l1 = l2 = 0: the dual has no such point.
 */
export function dualityGap({ meanLoss, conjugate, ...point }: GapPoint): number {
  const { l1, l2 } = point;
  if (l1 === 0 && l2 === 0) return Number.NaN;
  const { s, exact, penalty } = partsOf(point);
  if (l2 > 0 && (s === 1 || s === 0)) return exact;
  const scaled = Math.max(0, meanLoss + penalty + conjugate(s));
  return l2 > 0 ? Math.min(exact, scaled) : scaled;
}

/** Below this s a point is far from the optimum. */
const NEAR = 0.9;

/**
 * About what {@link dualityGap} says near the optimum, from the gradient alone: at s = 1 the losses and their conjugates add up to t z, and the conjugates change from there by
 * (s - 1) t z and no less: without l2 the gap is sum of l1 |w| + s u w, or a little more. Infinity far from the optimum.
 */
export function likelyGap(point: GapWeights): number {
  const { l1, l2 } = point;
  if (l1 === 0 && l2 === 0) return Number.NaN;
  const { s, exact, penalty, along } = partsOf(point);
  if (l2 > 0) return exact;
  return s < NEAR ? Infinity : penalty + s * along;
}

/** The sums over weights: s, the gap at s = 1 where l2 > 0, l1 |w| + l2 w^2, and u w. */
function partsOf({ w, smooth, classes, l1, l2 }: GapWeights): { readonly s: number; readonly exact: number; readonly penalty: number; readonly along: number } {
  const each = w.length / classes;
  let [most, penalty, exact, along] = [0, 0, 0, 0];
  for (let i = 0; i < w.length; i++) {
    if (i % each === each - 1) continue;
    const x = w[i]!;
    const u = smooth[i]! - 2 * l2 * x;
    most = Math.max(most, Math.abs(u));
    penalty += l1 * Math.abs(x) + l2 * x * x;
    along += u * x;
    if (l2 > 0) exact += youngGap(x, u, l1, l2);
  }
  return { s: most > l1 ? l1 / most : 1, exact, penalty, along };
}

/** l1 |x| + l2 x^2 + u x + max(0, |u| - l1)^2 / (4 l2), in terms that are not below 0. */
function youngGap(x: number, u: number, l1: number, l2: number): number {
  const over = Math.abs(u) - l1;
  // x as the gradient would have it: positive where u is negative.
  const along = u > 0 ? -x : x;
  if (over <= 0) return l2 * x * x + l1 * Math.abs(x) - Math.abs(u) * along;
  const off = along - over / (2 * l2);
  return l2 * off * off + l1 * (Math.abs(x) - along);
}
