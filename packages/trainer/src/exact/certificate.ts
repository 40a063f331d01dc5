/** What stands for a solution. Everything can be computed again from the rows and the weights. */
export interface Certificate {
  /** Euclidean norm of the objective's gradient (with l1: of its smallest subgradient). */
  readonly gradientNorm: number;
  /** The same, scaled by the Hessian's diagonal or not, whichever is larger, as a share of what it was for the best constant prediction. What the tolerance bounds. */
  readonly relativeGradientNorm: number;
  /** Objective - optimum is at most this; see duality-gap.ts. NaN: l1 = l2 = 0, or the intercepts are not at their optimum. */
  readonly dualityGap: number;
  /** As a share of the objective at the best constant prediction. */
  readonly relativeGap: number;
  /** Weighted, over the training rows; of several classes, those of the class where the two differ most. */
  readonly sumPredictions: number;
  readonly sumLabels: number;
}
