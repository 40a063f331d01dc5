import { coordinateDescent, DescentScratch } from "./coordinate-descent.js";
import { DECREASE, type GradientNorms, HALVINGS, type MinimiseOptions, type Minimum, ROUNDING, relativeTo, smallestSubgradient } from "./minimise.js";
import type { Hessian, Objective } from "./objective.js";
import { dot, norm } from "./vectors.js";

/** H that costs less than an evaluation is formed for every step. */
const CHEAP = 1;
/** What a step solves its model to, as a share of the subgradient: where H is cheap, and where it is not. */
const [CLOSE, FORCING] = [1e-3, 0.02];
const SWEEPS = 200;
/** H that is not cheap is formed anew where a step leaves more than this share of the subgradient. */
const STALE = 0.3;

/** As {@link MinimiseOptions}, with L1 and a reference. */
export interface ProximalOptions extends MinimiseOptions {
  readonly l1: Float64Array;
  readonly reference: GradientNorms;
}

/**
 * Minimises F = f + sum l1 |w| by proximal Newton steps (Friedman, Hastie, Tibshirani 2010; Lee, Sun, Saunders 2014) over an H that is formed: v minimises f's quadratic model at w + sum l1 |v|
 * by coordinate descent, then w + a (v - w), a = 1, 1/2, 1/4, ... until F falls by 1e-4 a (g . (v - w) + sum l1 (|v| - |w|)), or, where F no longer tells (rounding), until the subgradient shrinks.
 * H that costs more than an evaluation is kept from step to step, also from one call to the next, as long as the subgradient falls by a factor of three each.
 *
 * Deterministic. Ends unconverged when no step helps any more. What was evaluated last is w then.
 */
export class ProximalNewton {
  readonly #objective: Objective;
  readonly #hessian: Hessian;
  /** H costs less than an evaluation. */
  readonly isCheap: boolean;
  readonly #scratch: DescentScratch;
  readonly #m: Float64Array;
  readonly #v: Float64Array;
  readonly #r: Float64Array;
  readonly #trial: Float64Array;
  #smooth: Float64Array;
  #trialSmooth: Float64Array;
  #g: Float64Array;
  #trialG: Float64Array;
  #f = 0;
  /** Steps that H was kept for; null: it is to be formed. */
  #age: number | null = null;

  constructor(objective: Objective, hessian: Hessian) {
    this.#objective = objective;
    this.#hessian = hessian;
    this.isCheap = hessian.cost < CHEAP;
    this.#scratch = new DescentScratch(objective.size, () => objective.vector());
    [this.#m, this.#v, this.#r, this.#trial] = [objective.vector(), objective.vector(), objective.vector(), objective.vector()];
    [this.#smooth, this.#trialSmooth, this.#g, this.#trialG] = [objective.vector(), objective.vector(), objective.vector(), objective.vector()];
  }

  /** From w, which moves. */
  minimise(w: Float64Array, options: ProximalOptions): Minimum {
    const { tolerance, maxIterations, l1, reference, known, enough, onIteration } = options;
    if (known === undefined) this.#f = this.#evaluate(w, this.#smooth, this.#g, l1);
    else {
      this.#smooth.set(known.gradient);
      this.#f = known.value + smallestSubgradient(this.#g, this.#smooth, w, l1);
    }
    const start = this.#f;
    if (this.#age === null) this.#form();
    const relative = (): number => relativeTo(reference, this.#g, this.#m);
    let [iteration, relativeGradient] = [0, relative()];
    onIteration?.({ iteration, objective: this.#f, relativeGradient, gradientNorm: norm(this.#g) });
    const isEnough = (): boolean => enough?.(w, this.#smooth, start) ?? false;
    while (relativeGradient > tolerance && iteration < maxIterations && !isEnough()) {
      if (this.#age === null) this.#form();
      const helped = this.#step(w, l1);
      if (!helped) {
        this.#evaluate(w, this.#smooth, this.#g, l1);
        if (this.#age === 0) break;
        this.#age = null;
        continue;
      }
      iteration++;
      const before = relativeGradient;
      relativeGradient = relative();
      this.#age = this.isCheap || this.#age === null || relativeGradient > STALE * before ? null : this.#age + 1;
      onIteration?.({ iteration, objective: this.#f, relativeGradient, gradientNorm: norm(this.#g) });
    }
    return { objective: this.#f, start, reference, relativeGradient, iterations: iteration, converged: relativeGradient <= tolerance, enough: isEnough() };
  }

  /** H at what was evaluated last. */
  #form(): void {
    this.#objective.diagonal(this.#m);
    this.#hessian.form(this.#m);
    this.#age = 0;
  }

  #evaluate(at: Float64Array, smooth: Float64Array, g: Float64Array, l1: Float64Array): number {
    return this.#objective.evaluate(at, smooth) + smallestSubgradient(g, smooth, at, l1);
  }

  /** Moves w as far towards the model's minimum as it helps. False: it does not, at any of the lengths. */
  #step(w: Float64Array, l1: Float64Array): boolean {
    const [v, d] = [this.#v, this.#r];
    coordinateDescent({ hessian: this.#hessian, w, g: this.#smooth, l1, m: this.#m }, v, this.#r, this.isCheap ? CLOSE : FORCING, SWEEPS, this.#scratch);
    let penalty = 0;
    for (let i = 0; i < w.length; i++) {
      d[i] = v[i]! - w[i]!;
      penalty += l1[i]! * (Math.abs(v[i]!) - Math.abs(w[i]!));
    }
    const expected = dot(this.#smooth, d) + penalty;
    const before = norm(this.#g);
    for (let halving = 0, a = 1; halving < HALVINGS && expected < 0; halving++, a /= 2) {
      for (let i = 0; i < w.length; i++) this.#trial[i] = a === 1 ? v[i]! : w[i]! + a * d[i]!;
      const next = this.#evaluate(this.#trial, this.#trialSmooth, this.#trialG, l1);
      const flat = Math.abs(next - this.#f) <= ROUNDING * Math.abs(this.#f) && norm(this.#trialG) < before;
      if (!(next <= this.#f + DECREASE * a * expected) && !flat) continue;
      w.set(this.#trial);
      [this.#smooth, this.#trialSmooth] = [this.#trialSmooth, this.#smooth];
      [this.#g, this.#trialG] = [this.#trialG, this.#g];
      this.#f = next;
      return true;
    }
    return false;
  }
}
