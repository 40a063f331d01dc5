import { dualityGap, likelyGap } from "./duality-gap.js";
import type { KernelObjective } from "./kernel-objective.js";
import { type GradientNorms, type IterationState, type MinimiseOptions, type Minimum, minimise } from "./minimise.js";
import type { ExactHead } from "./passes.js";
import { polish } from "./polish.js";
import type { ProximalNewton } from "./proximal-newton.js";

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
  /** Whether it is to end where the gap is likely small enough: the caller looks at it. */
  readonly likely?: boolean;
  /** Steps at least, before that. */
  readonly least?: number;
  /** @param w where it stands: of all features, or of those that are worked on */
  readonly onIteration: (state: IterationState, w: Float64Array) => void;
}

/** Where a descent begins, and how it goes. */
export interface DescentStart {
  /** f64[n]; null: f alone is minimised. */
  readonly l1: Float64Array | null;
  /** null: w is at the best constant prediction. */
  readonly reference: Reference | null;
  /** f and its gradient at w, which was evaluated last; null: it is evaluated. */
  readonly known: MinimiseOptions["known"] | null;
  /** Takes the steps; null: they are found by products with H or its factors. */
  readonly newton: ProximalNewton | null;
}

export interface Descent extends Omit<Minimum, "start" | "reference" | "enough"> {
  /** Objective at the best constant prediction. */
  readonly constant: number;
  /** The duality gap at w, if that is what ended it. */
  readonly gap?: number;
}

/** Of the gap that is asked for: where it is looked at, first, and how much nearer each time that it turns out to be larger. */
const [LIKELY, NEARER] = [0.5, 0.2];

/**
 * Moves w to the minimum: until the gradient is small enough, or (where a gap is asked for) the duality gap, which is looked at, with intercepts polished, where the gradient
 * says that it is likely small enough.
 * What was evaluated last is w then.
 */
export function descend(objective: KernelObjective, w: Float64Array, from: DescentStart, options: DescendOptions): Descent {
  const { tolerance, gap, before } = options;
  const { l1, newton } = from;
  const gradient = gap > 0 ? objective.vector() : null;
  let [iterations, share, reference, known] = [0, LIKELY, from.reference, from.known ?? undefined];
  // Where the gap was looked at last, a step more is taken.
  let [steps, least] = [0, options.least ?? 0];
  for (;;) {
    const round: MinimiseOptions = {
      tolerance,
      maxIterations: options.maxIterations - iterations,
      l1,
      ...(reference === null ? {} : { reference }),
      ...(known === undefined ? {} : { known }),
      ...(gradient === null
        ? {}
        : {
            enough: (at, smooth, first) =>
              steps >= least && likelyGap({ ...options, w: at, smooth, l2: objective.l2 }) <= share * gap * Math.abs(reference?.constant ?? first),
          }),
      onIteration({ iteration, ...state }) {
        steps = iterations + iteration;
        // The end of one round is the beginning of the next.
        const all = before + iterations + iteration;
        if (iteration > 0 || all === 0) options.onIteration({ iteration: all, ...state }, w);
      },
    };
    const found =
      newton !== null && l1 !== null && reference !== null
        ? newton.minimise(w, { ...round, l1, reference })
        : objective.scope(() => minimise(objective, w, round));
    reference ??= { ...found.reference, constant: found.start };
    iterations += found.iterations;
    const ended = { ...found, constant: reference.constant, iterations };
    if (gradient === null || found.converged || !found.enough) return ended;
    if (options.likely) return { ...ended, converged: true };
    if (options.intercept) polish(objective, w, options, BALANCED);
    objective.gradient(w, gradient);
    const own = gapAt(objective, w, gradient, options);
    if (own <= gap * Math.abs(reference.constant)) return { ...ended, converged: true };
    known = { value: objective.value(w), gradient };
    least = iterations + 1;
    share *= NEARER;
  }
}

/** The duality gap at w, which was evaluated last; NaN also where residuals do not add up to 0: polish first. */
export function gapAt(objective: KernelObjective, w: Float64Array, smooth: Float64Array, { classes, intercept, l1 }: DescendGap): number {
  if (intercept && !balanced(objective, smooth, classes)) return Number.NaN;
  return dualityGap({ w, smooth, classes, meanLoss: objective.meanLoss(), l1, l2: objective.l2, conjugate: (s) => objective.conjugate(s) });
}

type DescendGap = Pick<DescendOptions, "classes" | "intercept" | "l1">;

/** Share of the mean size of a label that the mean residual may be where there is a gap, and what it is made to be. */
const BALANCE = 1e-10;
export const BALANCED = 0.1 * BALANCE;

/** Whether the residuals of every class add up to 0, as far as float64 can tell. */
function balanced(objective: KernelObjective, smooth: Float64Array, classes: number): boolean {
  const each = smooth.length / classes;
  for (let i = each - 1; i < smooth.length; i += each) if (!(Math.abs(smooth[i]!) <= BALANCE * objective.labelSize)) return false;
  return true;
}
