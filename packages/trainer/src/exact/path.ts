import { exp, log } from "@crossbill/numerics";
import type { KernelObjective } from "./kernel-objective.js";
import type { MatrixShape } from "./matrix.js";
import { polish } from "./polish.js";
import { type Solution, type SolveOptions, type Start, solve, startIntercepts, sumLabels } from "./solve.js";

/** Which optima of L1 are wanted. */
export interface PathPlan {
  /** n, from 2. */
  readonly lambdas: number;
  /** The last as a share of the first, in (0, 1). */
  readonly ratio: number;
  /** Relative duality gap of each. */
  readonly gap: number;
}

/** Lambdas from `largest` to ratio * largest, the same factor apart. */
export function lambdasOf(largest: number, { lambdas, ratio }: PathPlan): number[] {
  return Array.from({ length: lambdas }, (_, i) => (i === 0 ? largest : i === lambdas - 1 ? ratio * largest : largest * exp((log(ratio) * i) / (lambdas - 1))));
}

/** The best constant prediction, and the smallest l1 for which it is the optimum: the largest of |derivative by a weight| there. */
export function pathStart(
  objective: KernelObjective,
  { features, rows }: MatrixShape,
  options: SolveOptions,
): { readonly start: Start; readonly largest: number } {
  return objective.scope(() => {
    const [w, gradient] = [objective.vector(), objective.vector()];
    const { classes } = options;
    const each = features + 1;
    for (const [k, start] of startIntercepts(sumLabels(objective, options), objective.weight, rows, options).entries()) w[k * each + features] = start;
    polish(objective, w, gradient, objective.evaluate(w, gradient), options);
    let largest = 0;
    for (let i = 0; i < w.length; i++) if (i % each !== features) largest = Math.max(largest, Math.abs(gradient[i]!));
    const intercepts = Float64Array.from({ length: classes }, (_, k) => w[k * each + features]!);
    return { start: { weights: new Float64Array(classes * features), intercepts }, largest };
  });
}

/** The optimum at every lambda, each from the one before. */
export function* solvePath(
  objective: KernelObjective,
  shape: MatrixShape,
  options: SolveOptions,
  start: Start,
  lambdas: readonly number[],
): Generator<Solution, void, undefined> {
  let initial = start;
  for (const l1 of lambdas) {
    const solution = objective.scope(() => solve(objective, shape, { ...options, l1, initial }));
    initial = solution;
    yield solution;
  }
}
