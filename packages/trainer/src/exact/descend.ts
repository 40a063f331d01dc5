import { dualityGap } from "./duality-gap.js";
import type { KernelObjective } from "./kernel-objective.js";
import { type GradientNorms, type IterationState, type Minimum, minimise } from "./minimise.js";
import type { ExactHead } from "./passes.js";
import { polish } from "./polish.js";

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
  /** Newton steps done before. */
  readonly before: number;
  /** @param w where it stands: of all features, or of those that are worked on */
  readonly onIteration: (state: IterationState, w: Float64Array) => void;
}

export interface Descent extends Omit<Minimum, "start" | "reference"> {
  /** Objective at the best constant prediction. */
  readonly constant: number;
}

/** Shares of the gradient from one look at the gap to the next. */
const [LEAST, MOST] = [1e-3, 0.1];

/**
 * Moves w to the minimum: until the gradient is small enough, or (where a gap is asked for) the duality gap, which is looked at, with intercepts polished, whenever
 * the gradient has fallen by as much as a gap that is its square asks for.
 * What was evaluated last is w then.
 * @param reference null: w is at the best constant prediction
 */
export function descend(objective: KernelObjective, w: Float64Array, l1: Float64Array | null, reference: Reference | null, options: DescendOptions): Descent {
  let tolerance = Math.max(options.tolerance, Math.min(MOST, Math.sqrt(options.gap)));
  let iterations = 0;
  let from = reference;
  const gradient = options.gap > 0 ? objective.vector() : null;
  let known: { readonly value: number; readonly gradient: Float64Array } | undefined;
  for (;;) {
    const found = objective.scope(() =>
      minimise(objective, w, {
        tolerance,
        maxIterations: options.maxIterations - iterations,
        l1,
        ...(from === null ? {} : { reference: from }),
        ...(known === undefined ? {} : { known }),
        onIteration({ iteration, ...state }) {
          // The end of one round is the beginning of the next.
          const all = options.before + iterations + iteration;
          if (iteration > 0 || all === 0) options.onIteration({ iteration: all, ...state }, w);
        },
      }),
    );
    from ??= { ...found.reference, constant: found.start };
    iterations += found.iterations;
    const ended = { ...found, constant: from.constant, iterations };
    if (gradient === null || tolerance <= options.tolerance || !found.converged) return ended;
    if (options.intercept) polish(objective, w, options, 0.1 * BALANCE);
    objective.gradient(w, gradient);
    const gap = gapAt(objective, w, gradient, options);
    const wanted = options.gap * Math.abs(from.constant);
    if (gap <= wanted) return ended;
    known = { value: objective.value(w), gradient };
    const nearer = Math.max(LEAST, Math.min(MOST, 0.5 * Math.sqrt(wanted / gap)));
    tolerance = Math.max(options.tolerance, Math.min(tolerance, found.relativeGradient) * nearer);
  }
}

/** The duality gap at w, which was evaluated last; NaN also where residuals do not add up to 0: polish first. */
export function gapAt(objective: KernelObjective, w: Float64Array, smooth: Float64Array, { classes, intercept, l1 }: DescendGap): number {
  if (intercept && !balanced(objective, smooth, classes)) return Number.NaN;
  return dualityGap({ w, smooth, classes, meanLoss: objective.meanLoss(), l1, l2: objective.l2, conjugate: (s) => objective.conjugate(s) });
}

type DescendGap = Pick<DescendOptions, "classes" | "intercept" | "l1">;

/** Share of the mean size of a label that the mean residual may be. */
const BALANCE = 1e-10;

/** Whether the residuals of every class add up to 0, as far as float64 can tell. */
function balanced(objective: KernelObjective, smooth: Float64Array, classes: number): boolean {
  const each = smooth.length / classes;
  for (let i = each - 1; i < smooth.length; i += each) if (!(Math.abs(smooth[i]!) <= BALANCE * objective.labelSize)) return false;
  return true;
}
