import { centre } from "./centre.js";
import { type DescendOptions, type Descent, descend, gapAt, type Reference } from "./descend.js";
import type { KernelObjective } from "./kernel-objective.js";
import { relativeTo, smallestSubgradient } from "./minimise.js";
import { polish } from "./polish.js";

export interface ScreenOptions extends DescendOptions {
  /** The first round works on a weight that is 0 where its derivative is at least this; at most l1. */
  readonly above: number;
  /** Whether the relative gradient's scaled norm is wanted, too: a pass over all columns more. */
  readonly scaled: boolean;
  /** Added to weights before the first round, as far as they keep their signs; null: nothing. */
  readonly ahead: Float64Array | null;
}

/** From l1 to l1 on the way from zero weights to the one that is asked for; how near each of these optima is come to. */
const [STRIDE, ON_THE_WAY] = [0.25, 0.03];
/** How much nearer a round comes before all weights are looked at again. */
const NEARER = 0.1;
/** A larger share of the features is not copied out. */
const FEW = 0.5;
/** Derivatives from this share of l1 on are those of weights that may leave 0. */
export const LIKELY = 0.9;

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
    this.#on(this.#active(Infinity), null, (part, own) => part.evaluateRows(own));
  }

  /** From zero weights some way down, over larger l1: each has few weights to find. Returns Newton steps. */
  approach(options: DescendOptions): number {
    let iterations = 0;
    for (let l1 = STRIDE * this.#largest(); l1 > options.l1; l1 *= STRIDE) {
      const maxIterations = options.maxIterations - iterations;
      const loose = { ...options, l1, gap: 0, tolerance: Math.max(options.tolerance, ON_THE_WAY), maxIterations, before: iterations };
      iterations += this.#round(loose, LIKELY * l1).iterations;
    }
    return iterations;
  }

  /** To the optimum at options.l1. Then gradient, sums and residuals are those at w, with the intercepts polished. */
  descend(options: ScreenOptions): Descent {
    const { tolerance, gap, maxIterations, l1 } = options;
    let iterations = options.before;
    let { above, ahead } = options;
    let idle = 0;
    for (;;) {
      const [penalty, relativeGradient] = this.#measure(l1, options.scaled);
      const converged =
        relativeGradient <= tolerance ||
        (gap > 0 &&
          (iterations > options.before || relativeGradient < ON_THE_WAY) &&
          gapAt(this.#objective, this.#w, this.gradient, options) <= gap * this.reference.constant);
      if (converged || iterations >= maxIterations || idle > 1)
        return { objective: this.#f + penalty, relativeGradient, iterations, converged, constant: this.reference.constant };
      const found = this.#round(
        {
          ...options,
          // Looked at over all features, each of these may be a little larger.
          tolerance: gap > 0 ? 0.5 * tolerance : Math.max(0.5 * tolerance, Math.min(1, relativeGradient) * NEARER),
          gap: 0.5 * gap,
          maxIterations: maxIterations - iterations,
          before: iterations,
        },
        above,
        ahead,
      );
      ahead = null;
      iterations += found.iterations;
      above = LIKELY * l1;
      idle = found.converged ? 0 : idle + 1;
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

  #round(options: DescendOptions, above: number, ahead: Float64Array | null = null): Descent {
    return this.#on(this.#active(above), ahead, (part, w) => this.#descendOn(part, w, options));
  }

  /** Has `work` move weights of the active features, which it is given with those of the intercepts, and evaluate them last; then looks at the gradient of all. */
  #on<T>(active: Uint32Array, ahead: Float64Array | null, work: (part: KernelObjective, w: Float64Array) => T): T {
    const all = this.#objective;
    const whole = !all.isView && active.length > FEW * (this.#each - 1);
    const result = all.scope(() => {
      if (whole) return work(all, this.#w);
      const part = all.restrict(active);
      const w = part.vector();
      this.#copy(active, (i, of) => {
        w[i] = this.#w[of]! + (ahead?.[of] ?? 0);
        if (w[i]! * this.#w[of]! < 0) w[i] = this.#w[of]!;
      });
      const done = work(part, w);
      this.#copy(active, (i, of) => {
        this.#w[of] = w[i]!;
      });
      return done;
    });
    all.gradient(this.#w, this.gradient);
    this.#f = all.value(this.#w);
    return result;
  }

  #descendOn(objective: KernelObjective, w: Float64Array, options: DescendOptions): Descent {
    const found = descend(objective, w, this.#strengthsOf(options.l1, objective.vector()), this.reference, options);
    if (options.classes > 1) {
      centre(w, options.classes, w.length / options.classes - 1);
      objective.evaluateRows(w);
    }
    if (options.intercept) polish(objective, w, options);
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
