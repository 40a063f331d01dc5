import { dualityGap } from "./duality-gap.js";
import type { KernelObjective } from "./kernel-objective.js";
import { type GradientNorms, type IterationState, type Minimum, minimise } from "./minimise.js";
import type { ExactHead } from "./passes.js";
import { polish } from "./polish.js";
import { treeSum } from "./vectors.js";

/** What a solve is measured by: gradient norms and objective at the best constant prediction. */
export interface Reference extends GradientNorms {
  readonly constant: number;
}

export interface DescendOptions {
  readonly head: ExactHead;
  readonly classes: number;
  readonly intercept: boolean;
  readonly l1: number;
  readonly tolerance: number;
  /** 0: not asked for. */
  readonly gap: number;
  readonly maxIterations: number;
  readonly onIteration: (state: IterationState) => void;
}

export interface Descent extends Minimum {
  /** Objective at the best constant prediction. */
  readonly constant: number;
}

/** Where a gap is looked at for the first time, and how much nearer from then on. */
const [FIRST, NEARER] = [1e-2, 0.1];

/**
 * Moves w to the minimum: until the gradient is small enough, or (where a gap is asked for) the duality gap, which is looked at, with intercepts polished, whenever
 * the gradient has become ten times smaller.
 * @param reference null: w is at the best constant prediction
 */
export function descend(objective: KernelObjective, w: Float64Array, l1: Float64Array | null, reference: Reference | null, options: DescendOptions): Descent {
  let tolerance = options.gap > 0 ? Math.max(options.tolerance, FIRST) : options.tolerance;
  let iterations = 0;
  let from = reference;
  for (;;) {
    const found = objective.scope(() =>
      minimise(objective, w, {
        tolerance,
        maxIterations: options.maxIterations - iterations,
        l1,
        ...(from === null ? {} : { reference: from }),
        onIteration({ iteration, ...state }) {
          // The end of one round is the beginning of the next.
          if (iteration > 0 || iterations === 0) options.onIteration({ iteration: iterations + iteration, ...state });
        },
      }),
    );
    from ??= { ...found.reference, constant: found.start };
    iterations += found.iterations;
    const enough = tolerance > options.tolerance && found.converged && objective.scope(() => polishedGap(objective, w, options)) <= options.gap * from.constant;
    if (enough || tolerance <= options.tolerance || !found.converged) return { ...found, constant: from.constant, iterations };
    tolerance = Math.max(options.tolerance, Math.min(tolerance, found.relativeGradient) * NEARER);
  }
}

function polishedGap(objective: KernelObjective, w: Float64Array, options: DescendOptions): number {
  const gradient = objective.vector();
  const value = objective.evaluate(w, gradient);
  if (options.intercept) polish(objective, w, gradient, value, options);
  return gapAt(objective, w, gradient, options);
}

/** The duality gap at w, which was evaluated last; NaN also where residuals do not add up to 0: polish first. */
export function gapAt(objective: KernelObjective, w: Float64Array, smooth: Float64Array, { head, classes, intercept, l1 }: DescendGap): number {
  if (intercept && !balanced(objective, smooth, head, classes)) return Number.NaN;
  return dualityGap({ w, smooth, classes, meanLoss: objective.meanLoss(), l1, l2: objective.l2, conjugate: (s) => objective.conjugate(s) });
}

type DescendGap = Pick<DescendOptions, "head" | "classes" | "intercept" | "l1">;

/** Share of the labels' sum that may be left. */
const BALANCE = 1e-10;

/** Whether the residuals of every class add up to 0, as far as float64 can tell. */
function balanced(objective: KernelObjective, smooth: Float64Array, head: ExactHead, classes: number): boolean {
  const each = smooth.length / classes;
  const { labels, weights, weight } = objective;
  const size =
    head === "squared"
      ? treeSum(
          weights.map((w, i) => w * Math.abs(labels[i]!)),
          0,
          labels.length,
        ) / weight
      : 1;
  for (let i = each - 1; i < smooth.length; i += each) if (!(Math.abs(smooth[i]!) <= BALANCE * size)) return false;
  return true;
}
