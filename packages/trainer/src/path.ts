import { CrossbillError } from "@crossbill/messages";
import type { PathPlan } from "./exact/path.js";
import type { Solution } from "./exact/solve.js";
import { positiveInteger } from "./options.js";

export interface PathOptions {
  /** Optima, from the smallest l1 that makes every weight 0 down; default 20. */
  readonly lambdas?: number;
  /** The last l1 as a share of the first; default 0.01. */
  readonly ratio?: number;
  /** Duality gap of each, as a share of the objective at the best constant prediction; default 1e-6. */
  readonly gap?: number;
}

/** Weights that are not 0, by ascending index. */
export interface SparseWeights {
  /** u32: of output k and feature f k * F + f, features as placed. */
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

/** The optimum at one lambda. */
export interface PathPoint {
  readonly l1: number;
  /** The same for all points. */
  readonly l2: number;
  /** Weights that are not 0; intercepts are not counted. */
  readonly nonZero: number;
  /** Weighted mean loss of the training rows. */
  readonly logLoss: number;
  /** Weighted mean loss of the validation rows; NaN without. */
  readonly validationLoss: number;
  /** logLoss + l1 sum |w| + l2 sum w^2 */
  readonly objective: number;
  /** Duality gap as a share of the objective at the best constant prediction. */
  readonly gap: number;
  readonly weights: SparseWeights;
  /** f64[outputs] */
  readonly intercepts: Float64Array;
  /** Newton steps from the point before; passes over the rows with all their features, and with those of the working set alone. */
  readonly iterations: number;
  readonly passes: number;
  readonly partPasses: number;
  /** Whether the gap is as small as was asked for. */
  readonly converged: boolean;
}

/** @throws E_TRAIN_SPEC (exit code 2) */
export function pathPlan({ lambdas = 20, ratio = 0.01, gap = 1e-6 }: PathOptions): PathPlan {
  const between = (name: string, value: number): number => {
    if (!(value > 0 && value < 1)) throw new CrossbillError("E_TRAIN_SPEC", `path.${name}: ${value}; allowed is a number above 0 and below 1`, { exitCode: 2 });
    return value;
  };
  if (positiveInteger("path.lambdas", lambdas) < 2) throw new CrossbillError("E_TRAIN_SPEC", "path.lambdas: 1; allowed is an integer from 2", { exitCode: 2 });
  return { lambdas, ratio: between("ratio", ratio), gap: between("gap", gap) };
}

export function pathPoint(
  l1: number,
  l2: number,
  { weights, intercepts, certificate, iterations, passes, partPasses, converged, ...solution }: Solution,
): PathPoint {
  const indices: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) indices.push(i);
  return {
    l1,
    l2,
    nonZero: indices.length,
    logLoss: solution.meanLoss,
    validationLoss: solution.validationLoss,
    objective: solution.objective,
    gap: certificate.relativeGap,
    weights: { indices: Uint32Array.from(indices), values: Float64Array.from(indices, (i) => weights[i]!) },
    intercepts,
    iterations,
    passes,
    partPasses,
    converged,
  };
}
