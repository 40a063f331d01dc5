import { exp, log } from "@crossbill/numerics";
import type { KernelObjective } from "./kernel-objective.js";
import type { MatrixShape } from "./matrix.js";
import { polish } from "./polish.js";
import { Screened } from "./screen.js";
import { follow, passesSince, type Solution, type SolveOptions, type SolvePoint, solutionAt, startIntercepts, sumLabels } from "./solve.js";

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
  /** To be called with falling l1. */
  readonly next: (l1: number) => Solution;
}

export function pathSolver(objective: KernelObjective, { features, rows }: MatrixShape, options: SolveOptions): PathSolver {
  const w = objective.vector();
  const { classes } = options;
  const each = features + 1;
  const labelSums = sumLabels(objective, options);
  for (const [k, start] of startIntercepts(labelSums, objective.weight, rows, options).entries()) w[k * each + features] = start;
  objective.scope(() => {
    const gradient = objective.vector();
    polish(objective, w, gradient, objective.evaluate(w, gradient), options);
  });
  const all = new Screened(objective, w, classes, null);
  const largest = all.largest();
  let last = largest;
  // Weights at the lambda before, and what the next are expected to add.
  const [kept, ahead] = [w.slice(), new Float64Array(w.length)];
  let [steps, lastBut] = [0, largest];
  return {
    largest,
    next(l1) {
      const before = objective.passes;
      const curve: SolvePoint[] = [];
      // The sequential strong rule: derivatives change by no more than lambda does.
      const above = Math.max(0, 2 * l1 - last);
      const share = steps++ > 1 ? (l1 - last) / (last - lastBut) : 0;
      for (let i = 0; i < w.length; i++) {
        ahead[i] = share * (w[i]! - kept[i]!);
        kept[i] = w[i]!;
      }
      [lastBut, last] = [last, l1];
      const found = all.descend({ ...options, l1, before: 0, above, ahead: share === 0 ? null : ahead, onIteration: follow(objective, options, curve) });
      return { ...solutionAt(objective, w, all.gradient, labelSums, found, { ...options, l1 }), ...passesSince(objective, before), curve };
    },
  };
}
