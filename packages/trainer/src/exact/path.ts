import { exp, log } from "@crossbill/numerics";
import type { Reference } from "./descend.js";
import { NO_FIT } from "./fit.js";
import type { KernelObjective } from "./kernel-objective.js";
import type { MatrixShape } from "./matrix.js";
import { gradientNorms } from "./minimise.js";
import { polish } from "./polish.js";
import { picked, reachable } from "./reachable.js";
import { Screened } from "./screen.js";
import { follow, passesSince, type Solution, type SolveOptions, type SolvePoint, solutionAt, startIntercepts, sumLabels } from "./solve.js";

/** Of a path it is the gap that ends each solve. */
export const PATH_TOLERANCE = 1e-13;

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

/** The optimum at each lambda, from the one before. */
export interface PathSolver {
  /** The smallest l1 for which zero weights are the optimum: the largest |derivative by a weight| at the best constant prediction. */
  readonly largest: number;
  /** To be called with l1 that fall, from `largest` on. */
  readonly next: (l1: number) => Solution;
}

/** @param smallest the l1 that the path ends with, by the largest */
export function pathSolver(objective: KernelObjective, shape: MatrixShape, options: SolveOptions, smallest: (largest: number) => number): PathSolver {
  const { classes } = options;
  const labelSums = sumLabels(objective, options);
  const start = objective.vector();
  const { reference, largest } = objective.scope(() => constantAt(objective, shape, options, start, labelSums));
  const features = reachable(objective, start, options, smallest(largest));
  const w = features === null ? start : picked(objective, start, features, classes);
  const all = new Screened(features === null ? objective : objective.view(features), w, classes, reference);
  // Weights at the lambda before, and what the next are expected to add.
  const [kept, ahead] = [w.slice(), new Float64Array(w.length)];
  let [last, lastBut, steps] = [largest, largest, 0];
  return {
    largest,
    next(l1) {
      const before = objective.passes;
      const curve: SolvePoint[] = [];
      const share = steps++ > 1 ? (l1 - last) / (last - lastBut) : 0;
      for (let i = 0; i < w.length; i++) {
        ahead[i] = share * (w[i]! - kept[i]!);
        kept[i] = w[i]!;
      }
      // The sequential strong rule: derivatives change by no more than lambda does.
      const above = Math.max(0, 2 * l1 - last);
      [lastBut, last] = [last, l1];
      const descent = all.descend({
        ...options,
        l1,
        before: 0,
        above,
        ahead: share === 0 ? null : ahead,
        left: 0,
        scaled: false,
        onIteration: follow(objective, options, curve),
      });
      const ended = { descent, features, w, gradient: all.gradient };
      return { ...solutionAt(objective, ended, labelSums, { ...options, l1 }), fit: NO_FIT, ...passesSince(objective, before), curve };
    },
  };
}

/** Puts the best constant prediction into w. */
function constantAt(
  objective: KernelObjective,
  { features, rows }: MatrixShape,
  options: SolveOptions,
  w: Float64Array,
  labelSums: readonly number[],
): { readonly reference: Reference; readonly largest: number } {
  const each = features + 1;
  if (options.intercept) for (const [k, start] of startIntercepts(labelSums, objective.weight, rows, options).entries()) w[k * each + features] = start;
  const [gradient, m] = [objective.vector(), objective.vector()];
  objective.evaluateRows(w);
  if (options.intercept) polish(objective, w, options);
  objective.gradient(w, gradient);
  objective.diagonal(m);
  let largest = 0;
  for (let i = 0; i < w.length; i++) if (i % each !== features) largest = Math.max(largest, Math.abs(gradient[i]!));
  return { reference: { ...gradientNorms(gradient, m), constant: objective.value(w) }, largest };
}
