import type { OneHead } from "@crossbill/kernels";
import { DEFAULT_ITERATIONS, objectiveOf } from "./exact/fit-exact.js";
import { lambdasOf, PATH_TOLERANCE, pathSolver } from "./exact/path.js";
import { checkData } from "./fit-linear.js";
import type { FitLinearData } from "./fit-linear-data.js";
import { atLeastZero, positiveInteger } from "./options.js";
import { type PathOptions, type PathPoint, pathPlan, pathPoint } from "./path.js";

export interface FitPathOptions extends PathOptions {
  /** Default "logistic". */
  readonly loss?: OneHead;
  /** The same at every point; default 0. */
  readonly l2?: number;
  /** Default true. */
  readonly intercept?: boolean;
  /** Newton steps from point to point, at most; default 200. */
  readonly maxIterations?: number;
}

/**
 * The regularisation path over arrays, on the calling thread: what {@link trainPath} is for packs.
 * @throws E_FIT_INPUT (exit code 2) for data that do not fit together; E_TRAIN_SPEC (exit code 2); E_DIVERGED
 */
export function fitPath(data: FitLinearData, options: FitPathOptions = {}): PathPoint[] {
  const head = options.loss ?? "logistic";
  checkData(data, head);
  const plan = pathPlan(options);
  const intercept = options.intercept ?? true;
  const l2 = atLeastZero("l2", options.l2 ?? 0);
  const maxIterations = positiveInteger("maxIterations", options.maxIterations ?? DEFAULT_ITERATIONS);
  const { objective, shape } = objectiveOf(data, head, intercept, l2);
  const each = { head, classes: 1, intercept, l1: 0, tolerance: PATH_TOLERANCE, gap: plan.gap, maxIterations };
  const solver = pathSolver(objective, shape, each, (largest) => plan.ratio * largest);
  return lambdasOf(solver.largest, plan).map((l1) => pathPoint(l1, l2, solver.next(l1)));
}
