import { choleskyFactor, choleskySolve } from "./cholesky.js";
import { type ConjugateScratch, conjugateGradients, conjugateScratch } from "./conjugate-gradients.js";
import type { Hessian, Objective } from "./objective.js";
import { addScaled, dot, norm, scaledNorm } from "./vectors.js";

export interface MinimiseOptions {
  /** Stop when the gradient, and the gradient scaled by the diagonal of H, have fallen to this share of the reference. */
  readonly tolerance: number;
  /** Newton steps at most. */
  readonly maxIterations: number;
  /** F = f + sum of l1[i] |w[i]| is minimised; null: f alone. */
  readonly l1: Float64Array | null;
  /** What the gradients are compared with; left out: those of f at the start. */
  readonly reference?: GradientNorms;
  /** f and its gradient at the start, which was evaluated last; left out: it is evaluated. */
  readonly known?: { readonly value: number; readonly gradient: Float64Array };
  /** Stop also where this says so, at w with the gradient of f, by the objective at the start; it is asked before every step. */
  readonly enough?: (w: Float64Array, smooth: Float64Array, start: number) => boolean;
  readonly onIteration?: (state: IterationState) => void;
}

/** Norms of a gradient. */
export interface GradientNorms {
  readonly plain: number;
  /** Scaled by the diagonal of H there. */
  readonly scaled: number;
}

export interface IterationState {
  /** Newton steps done. */
  readonly iteration: number;
  readonly objective: number;
  /** What is compared with the tolerance. */
  readonly relativeGradient: number;
  /** Euclidean, of the smallest subgradient by the weights that are worked on. */
  readonly gradientNorm: number;
}

export interface Minimum {
  readonly objective: number;
  /** Objective at the start. */
  readonly start: number;
  /** What the gradients were compared with. */
  readonly reference: GradientNorms;
  readonly relativeGradient: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** Whether it ended where `enough` said so. */
  readonly enough: boolean;
}

/** Sufficient decrease (Armijo). */
export const DECREASE = 1e-4;
export const HALVINGS = 40;
/** Halvings of an orthant's Newton step before the step along its scaled gradient is tried. */
const NEWTON_HALVINGS = 8;
/** Products with H in one Newton step at most. */
const PRODUCTS = 2000;
/** Relative differences of the objective below this are rounding. */
export const ROUNDING = 1e-13;

/**
 * Minimises f, or F = f + sum l1 |w|, from w (in place) by Newton's method with steps from preconditioned conjugate gradients (Dembo, Eisenstat, Steihaug 1982):
 * H d = -g up to a residual of eta |g|, eta = min(0.1, sqrt(relative gradient)) but not smaller than the tolerance asks for; then w + a d with a = 1, 1/2, 1/4,
 * ... until F falls by 1e-4 a |g . d|, or, where F no longer tells (rounding), until the gradient shrinks. Without l1, where the objective forms H, d is solved for by its Cholesky factors
 * (Boyd and Vandenberghe 2004, 9.5), until H is singular or such a step does not help.
 *
 * With l1 it works in orthants (Andrew and Gao 2007, with Newton steps as Byrd, Chin, Nocedal, Oztoprak 2016): g is the smallest subgradient of F; weights that are
 * 0 and have none stay 0; the others move within the orthant of their signs (of -g where they are 0), and what would leave it becomes exactly 0. Where a
 * Newton step (damped by min(0.1, relative gradient) of the diagonal: one-hot columns and the intercept are collinear) does not help within a few halvings, the step is -g scaled by the diagonal of H.
 *
 * Deterministic. Ends unconverged when no step helps any more. What was evaluated last is w then.
 */
export function minimise(objective: Objective, w: Float64Array, options: MinimiseOptions): Minimum {
  return new Minimisation(objective, w, options).run();
}

class Minimisation {
  readonly #objective: Objective;
  readonly #options: MinimiseOptions;
  readonly #w: Float64Array;
  readonly #l1: Float64Array | null;
  /** Smooth gradient at w, and at the trial point; the smallest subgradients of F there (without l1 the same arrays). */
  #smooth: Float64Array;
  #trialSmooth: Float64Array;
  #g: Float64Array;
  #trialG: Float64Array;
  readonly #trial: Float64Array;
  readonly #d: Float64Array;
  readonly #m: Float64Array;
  readonly #signs: Int8Array;
  readonly #free: Uint8Array | null;
  /** null: steps are found by products with H. */
  #hessian: Hessian | null;
  #f = 0;

  constructor(objective: Objective, w: Float64Array, options: MinimiseOptions) {
    this.#objective = objective;
    this.#options = options;
    this.#w = w;
    this.#l1 = options.l1;
    this.#smooth = objective.vector();
    this.#trialSmooth = objective.vector();
    const separate = options.l1 !== null;
    this.#g = separate ? objective.vector() : this.#smooth;
    this.#trialG = separate ? objective.vector() : this.#trialSmooth;
    this.#trial = objective.vector();
    this.#d = objective.vector();
    this.#m = objective.vector();
    this.#signs = new Int8Array(separate ? w.length : 0);
    this.#free = separate ? new Uint8Array(w.length) : null;
    this.#hessian = separate ? null : objective.hessian("factors");
  }

  run(): Minimum {
    const { tolerance, maxIterations, enough, onIteration } = this.#options;
    const scratch = conjugateScratch(this.#objective);
    this.#f = this.#begin();
    const start = this.#f;
    this.#curvature();
    const reference = this.#options.reference ?? gradientNorms(this.#smooth, this.#m);
    const relative = (): number => relativeTo(reference, this.#g, this.#m);
    let relativeGradient = relative();
    let iteration = 0;
    onIteration?.({ iteration, objective: this.#f, relativeGradient, gradientNorm: norm(this.#g) });
    const isEnough = (): boolean => enough?.(this.#w, this.#smooth, start) ?? false;
    while (relativeGradient > tolerance && iteration < maxIterations && !isEnough()) {
      if (!this.#factored() && !this.#conjugate(relativeGradient, scratch)) {
        // The Hessian is that of the last trial: the caller wants that of w.
        this.#evaluate(this.#w, this.#smooth, this.#g);
        break;
      }
      this.#curvature();
      iteration++;
      relativeGradient = relative();
      onIteration?.({ iteration, objective: this.#f, relativeGradient, gradientNorm: norm(this.#g) });
    }
    return { objective: this.#f, start, reference, relativeGradient, iterations: iteration, converged: relativeGradient <= tolerance, enough: isEnough() };
  }

  #begin(): number {
    const { known } = this.#options;
    if (known === undefined) return this.#evaluate(this.#w, this.#smooth, this.#g);
    this.#smooth.set(known.gradient);
    return this.#l1 === null ? known.value : known.value + smallestSubgradient(this.#g, this.#smooth, this.#w, this.#l1);
  }

  /** A Newton step by the factors of H. False: there are none or it does not help, and from now on there are none. */
  #factored(): boolean {
    if (this.#hessian === null) return false;
    const h = this.#hessian.form(this.#m);
    if (choleskyFactor(h, this.#d.length)) {
      for (let i = 0; i < this.#d.length; i++) this.#d[i] = -this.#g[i]!;
      choleskySolve(h, this.#d);
      if (this.#search(HALVINGS)) return true;
      // Products are to be with H at w, not at the last trial.
      this.#evaluate(this.#w, this.#smooth, this.#g);
    }
    this.#hessian = null;
    return false;
  }

  /** A Newton step by products with H. False: it does not help, nor does the gradient. */
  #conjugate(relativeGradient: number, scratch: ConjugateScratch): boolean {
    const enough = (0.1 * this.#options.tolerance) / relativeGradient;
    const once = this.#objective.quadratic && this.#l1 === null;
    this.#orthant();
    const forcing = once ? enough : Math.max(Math.min(0.1, Math.sqrt(relativeGradient)), enough);
    const damping = this.#l1 === null ? 0 : Math.min(0.1, relativeGradient);
    conjugateGradients(this.#objective, this.#d, this.#g, this.#m, this.#free, damping, forcing, PRODUCTS, scratch);
    if (this.#l1 === null) return this.#search(HALVINGS);
    return (this.#align() && this.#search(NEWTON_HALVINGS)) || (this.#steepest() && this.#search(HALVINGS));
  }

  /** F at a point; its smooth gradient and smallest subgradient. */
  #evaluate(at: Float64Array, smooth: Float64Array, g: Float64Array): number {
    const f = this.#objective.evaluate(at, smooth);
    return this.#l1 === null ? f : f + smallestSubgradient(g, smooth, at, this.#l1);
  }

  #curvature(): void {
    this.#objective.diagonal(this.#m);
  }

  /** The orthant that the next step stays in, and which weights may move. */
  #orthant(): void {
    if (this.#l1 === null || this.#free === null) return;
    for (let i = 0; i < this.#w.length; i++) {
      this.#free[i] = this.#w[i] !== 0 || this.#g[i] !== 0 ? 1 : 0;
      // Without a penalty there is no orthant to stay in.
      this.#signs[i] = this.#l1[i] === 0 ? 0 : Math.sign(this.#w[i] || -this.#g[i]!);
    }
  }

  /** Drops from d what leads a weight out of 0 against its orthant. Returns whether d still leads down. */
  #align(): boolean {
    for (let i = 0; i < this.#d.length; i++) if (this.#w[i] === 0 && this.#signs[i] !== 0 && this.#d[i]! * this.#signs[i]! < 0) this.#d[i] = 0;
    return dot(this.#g, this.#d) < 0;
  }

  #steepest(): boolean {
    for (let i = 0; i < this.#d.length; i++) this.#d[i] = this.#m[i]! > 0 ? -this.#g[i]! / this.#m[i]! : 0;
    return dot(this.#g, this.#d) < 0;
  }

  /** Moves w along d (in the orthant) as far as it helps. False: it does not, at any of the lengths. */
  #search(halvings: number): boolean {
    const gradient = norm(this.#g);
    const slope = dot(this.#g, this.#d);
    for (let halving = 0, a = 1; halving < halvings && slope < 0; halving++, a /= 2) {
      addScaled(this.#trial, this.#w, a, this.#d);
      const expected = this.#l1 === null ? a * slope : this.#project();
      const next = this.#evaluate(this.#trial, this.#trialSmooth, this.#trialG);
      const flat = Math.abs(next - this.#f) <= ROUNDING * Math.abs(this.#f) && norm(this.#trialG) < gradient;
      if (!(next <= this.#f + DECREASE * expected) && !flat) continue;
      this.#w.set(this.#trial);
      [this.#smooth, this.#trialSmooth] = [this.#trialSmooth, this.#smooth];
      [this.#g, this.#trialG] = [this.#trialG, this.#g];
      this.#f = next;
      return true;
    }
    return false;
  }

  /** Puts the trial point back into the orthant. Returns g . (trial - w), which is not above 0 where d leads down everywhere. */
  #project(): number {
    let expected = 0;
    for (let i = 0; i < this.#trial.length; i++) {
      if (this.#signs[i] !== 0 && this.#trial[i]! * this.#signs[i]! <= 0) this.#trial[i] = 0;
      expected += this.#g[i]! * (this.#trial[i]! - this.#w[i]!);
    }
    return Math.min(0, expected);
  }
}

/**
 * out = the subgradient of f + sum l1 |w| at w of the smallest norm, `smooth` being the gradient of f: smooth + sign(w) l1 where w is not 0, else smooth moved towards 0 by l1.
 * Returns sum l1 |w|. `out` may be `smooth`.
 */
export function smallestSubgradient(out: Float64Array, smooth: Float64Array, w: Float64Array, l1: Float64Array): number {
  let penalty = 0;
  for (let i = 0; i < w.length; i++) {
    const [g, x, strength] = [smooth[i]!, w[i]!, l1[i]!];
    penalty += strength * Math.abs(x);
    out[i] = smallestDerivative(g, x, strength);
  }
  return penalty;
}

export function smallestDerivative(g: number, x: number, l1: number): number {
  if (x !== 0) return g + Math.sign(x) * l1;
  return g > l1 ? g - l1 : g < -l1 ? g + l1 : 0;
}

/** @param m the diagonal of H */
export function gradientNorms(g: Float64Array, m: Float64Array): GradientNorms {
  return { plain: norm(g), scaled: scaledNorm(g, m) };
}

/** What is compared with the tolerance: of the norms as shares of the reference the larger. @param m null: the scaled norm is not looked at */
export function relativeTo(reference: GradientNorms, g: Float64Array, m: Float64Array | null): number {
  return Math.max(share(norm(g), reference.plain), m === null ? 0 : share(scaledNorm(g, m), reference.scaled));
}

function share(part: number, whole: number): number {
  return part === 0 ? 0 : part / whole;
}
