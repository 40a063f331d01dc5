import { centre } from "./centre.js";
import { BALANCED, type DescendOptions, type Descent, type DescentStart, descend, gapAt, type Reference } from "./descend.js";
import { likelyGap } from "./duality-gap.js";
import type { KernelObjective } from "./kernel-objective.js";
import { relativeTo, smallestSubgradient } from "./minimise.js";
import { polish } from "./polish.js";
import { ProximalNewton } from "./proximal-newton.js";

export interface ScreenOptions extends DescendOptions {
  /** The first round works on a weight that is 0 where its derivative is at least this; at most l1. */
  readonly above: number;
  /** Whether the relative gradient's scaled norm is wanted, too: a pass over all columns more. */
  readonly scaled: boolean;
  /** Share of the gap that a round may leave: where the first working set is not the last anyway. */
  readonly left: number;
  /** Added to weights before the first round, as far as they keep their signs; null: nothing. */
  readonly ahead: Float64Array | null;
}

/** From l1 to l1 on the way from zero weights to the one that is asked for; how near each of these optima is come to. */
const [STRIDE, ON_THE_WAY] = [0.25, 0.03];
/** How much nearer a round comes by the gradient, before all weights are looked at again. */
const NEARER = 1e-3;
/** Share of the gap that a round goes to, and how much nearer the next one does. */
const [LIKELY_GAP, ROUNDS_NEARER] = [0.5, 0.4];
/** Mean residual as a share of the mean size of a label, on the way. */
const ROUGH = 1e-4;
/** A larger share of the features is not copied out. */
const FEW = 0.5;
/** Derivatives from this share of l1 on are those of weights that may leave 0. */
export const LIKELY = 0.9;

interface RoundStart {
  /** A weight that is 0 is worked on where its derivative is at least this. */
  readonly above: number;
  readonly ahead: Float64Array | null;
  /** Not on the way: H may be formed, intercepts are polished to the end. */
  readonly final: boolean;
}

/** Features that are worked on, copied out. */
interface Part {
  /** Ascending. */
  readonly features: Uint32Array;
  readonly objective: KernelObjective;
  readonly w: Float64Array;
  /** undefined: not asked for yet; null: H is not formed. */
  newton: ProximalNewton | null | undefined;
  /** Gives all of it back. */
  readonly close: () => void;
}

/** Whether all of `some` are among `features`; both ascend. */
function holds(features: Uint32Array, some: Uint32Array): boolean {
  let i = 0;
  return some.every((f) => {
    while (i < features.length && features[i]! < f) i++;
    return features[i] === f;
  });
}

/**
 * Minimises f + l1 sum |w| by rounds over a working set, whose features are copied out (Fan, Chang, Hsieh, Wang, Lin 2008; Johnson and Guestrin 2015): those whose
 * weights are not 0, and those whose derivatives say that they may leave it. After each round the derivatives by all weights are computed: at the optimum that of a weight
 * which is 0 is within l1 (Karush, Kuhn, Tucker); one that is not joins the next round. So what was left out by a strong rule (Tibshirani et al. 2012) comes back where that erred.
 */
export class Screened {
  /** Gradient of f at w, and the diagonal of its H. */
  readonly gradient: Float64Array;
  readonly reference: Reference;
  readonly #objective: KernelObjective;
  readonly #w: Float64Array;
  readonly #each: number;
  readonly #m: Float64Array;
  readonly #subgradient: Float64Array;
  readonly #strengths: Float64Array;
  #f = 0;
  #part: Part | null = null;

  /** @param objective the whole, or a view of features that can leave 0. @param w where to start; moved */
  constructor(objective: KernelObjective, w: Float64Array, classes: number, reference: Reference) {
    this.#objective = objective;
    this.#w = w;
    this.#each = w.length / classes;
    this.gradient = objective.vector();
    this.#m = objective.vector();
    this.#subgradient = objective.vector();
    this.#strengths = objective.vector();
    this.reference = reference;
    const { objective: few, w: own, features } = this.#partOf(this.#active(Infinity));
    this.#copy(features, (i, of) => {
      own[i] = w[of]!;
    });
    few.evaluateRows(own);
    this.#look();
  }

  /** From zero weights some way down, over larger l1: each has few weights to find. Returns Newton steps. */
  approach(options: DescendOptions): number {
    let iterations = 0;
    for (let l1 = STRIDE * this.#largest(); l1 > options.l1; l1 *= STRIDE) {
      const maxIterations = options.maxIterations - iterations;
      const loose = { ...options, l1, gap: 0, tolerance: Math.max(options.tolerance, ON_THE_WAY), maxIterations, before: iterations };
      iterations += this.#round(loose, { above: LIKELY * l1, ahead: null, final: false }).iterations;
    }
    return iterations;
  }

  /** To the optimum at options.l1. Then gradient, sums and residuals are those at w, with the intercepts polished. */
  descend(options: ScreenOptions): Descent {
    const { tolerance, gap, maxIterations, l1 } = options;
    let iterations = options.before;
    let { above, ahead } = options;
    let [rounds, idle, share] = [0, 0, LIKELY_GAP];
    for (;;) {
      const [penalty, relativeGradient] = this.#measure(l1, options.scaled);
      // What was on the way was not polished to the end.
      const polished = rounds > 0 || options.before === 0;
      const likely = gap > 0 ? likelyGap({ ...options, w: this.#w, smooth: this.gradient, l2: this.#objective.l2 }) / this.reference.constant : 0;
      const found = gap > 0 && polished && likely <= gap ? gapAt(this.#objective, this.#w, this.gradient, options) : Number.NaN;
      const reached = found <= gap * this.reference.constant;
      const converged = reached || (polished && relativeGradient <= tolerance);
      if (converged || iterations >= maxIterations || idle > 1)
        return { objective: this.#f + penalty, relativeGradient, iterations, converged, constant: this.reference.constant, ...(reached ? { gap: found } : {}) };
      const round = this.#round(
        {
          ...options,
          // Looked at over all features, each of these may be a little larger.
          tolerance: Math.max(0.5 * tolerance, gap > 0 ? 0 : Math.min(1, relativeGradient) * NEARER),
          gap: Math.max(share * gap, Math.min(1, likely) * options.left),
          likely: true,
          least: rounds > 0 ? 1 : 0,
          maxIterations: maxIterations - iterations,
          before: iterations,
        },
        { above, ahead, final: true },
      );
      ahead = null;
      iterations += round.iterations;
      above = LIKELY * l1;
      rounds++;
      share *= ROUNDS_NEARER;
      idle = round.converged && round.iterations > 0 ? 0 : idle + 1;
    }
  }

  /** The largest derivative by a weight. */
  #largest(): number {
    let largest = 0;
    for (let i = 0; i < this.gradient.length; i++) if (i % this.#each !== this.#each - 1) largest = Math.max(largest, Math.abs(this.gradient[i]!));
    return largest;
  }

  /** l1 sum |w|, and the relative norm of the smallest subgradient. */
  #measure(l1: number, scaled: boolean): [number, number] {
    this.#strengthsOf(l1, this.#strengths);
    const penalty = smallestSubgradient(this.#subgradient, this.gradient, this.#w, this.#strengths);
    if (scaled) this.#objective.diagonal(this.#m);
    return [penalty, relativeTo(this.reference, this.#subgradient, scaled ? this.#m : null)];
  }

  #strengthsOf(l1: number, strengths: Float64Array): Float64Array {
    const each = (strengths.length * this.#each) / this.#w.length;
    strengths.fill(l1);
    for (let i = each - 1; i < strengths.length; i += each) strengths[i] = 0;
    return strengths;
  }

  /** Ascending: features of weights that are not 0, or that have a derivative from `above` on. */
  #active(above: number): Uint32Array {
    const each = this.#each;
    const active: number[] = [];
    for (let f = 0; f < each - 1; f++)
      for (let i = f; i < this.#w.length; i += each)
        if (this.#w[i] !== 0 || Math.abs(this.gradient[i]!) >= above) {
          active.push(f);
          break;
        }
    return Uint32Array.from(active);
  }

  /** Newton steps on the weights that may move; then looks at the gradient of all. */
  #round(options: DescendOptions, { above, ahead, final }: RoundStart): Descent {
    const part = this.#partOf(this.#active(above));
    const { objective, w, features } = part;
    if (final && part.newton === undefined) {
      const hessian = objective.hessian("sweeps");
      part.newton = hessian === null ? null : new ProximalNewton(objective, hessian);
    }
    // A Newton step from where it stands leads as far, without an evaluation before it.
    const added = final && part.newton?.isCheap ? null : ahead;
    const found = objective.scope(() => {
      const gradient = added === null ? objective.vector() : null;
      this.#copy(features, (i, of) => {
        const x = this.#w[of]! + (added?.[of] ?? 0);
        w[i] = x * this.#w[of]! < 0 ? this.#w[of]! : x;
        if (gradient !== null) gradient[i] = this.gradient[of]!;
      });
      const start: DescentStart = {
        l1: this.#strengthsOf(options.l1, objective.vector()),
        reference: this.reference,
        known: gradient === null ? null : { value: this.#f, gradient },
        newton: (final && part.newton) || null,
      };
      return this.#descendOn(objective, w, start, options, final);
    });
    this.#copy(features, (i, of) => {
      this.#w[of] = w[i]!;
    });
    this.#look();
    return found;
  }

  /** Gradient and objective at w, which was evaluated last. */
  #look(): void {
    this.#objective.gradient(this.#w, this.gradient);
    this.#f = this.#objective.value(this.#w);
  }

  /** The active features copied out, or what was copied out before and holds them all; of many features the whole. */
  #partOf(active: Uint32Array): Part {
    const all = this.#objective;
    if (this.#part !== null && holds(this.#part.features, active)) return this.#part;
    this.#part?.close();
    const close = all.open();
    const whole = !all.isView && active.length > FEW * (this.#each - 1);
    const objective = whole ? all : all.restrict(active);
    const features = whole ? Uint32Array.from({ length: this.#each - 1 }, (_, f) => f) : active;
    this.#part = { features, objective, w: objective.vector(), newton: undefined, close };
    return this.#part;
  }

  #descendOn(objective: KernelObjective, w: Float64Array, start: DescentStart, options: DescendOptions, final: boolean): Descent {
    const found = descend(objective, w, start, options);
    if (options.classes > 1) {
      centre(w, options.classes, w.length / options.classes - 1);
      objective.evaluateRows(w);
    }
    if (options.intercept) polish(objective, w, options, final ? (options.gap > 0 ? BALANCED : undefined) : ROUGH);
    return found;
  }

  /** Calls `pair` with where active weights and intercepts stand among the active ones, and among all. */
  #copy(active: Uint32Array, pair: (i: number, of: number) => void): void {
    const each = this.#each;
    for (let k = 0, i = 0; k * each < this.#w.length; k++) {
      for (const f of active) pair(i++, k * each + f);
      pair(i++, (k + 1) * each - 1);
    }
  }
}
