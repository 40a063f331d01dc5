import { conjugateGradients, conjugateScratch } from "./conjugate-gradients.js";
import type { Objective } from "./objective.js";
import { addScaled, dot, norm, scaledNorm } from "./vectors.js";

export interface MinimiseOptions {
  /** Stop when the gradient, and the gradient scaled by the diagonal of H, have fallen to this share of what they were at the start. */
  readonly tolerance: number;
  /** Newton steps at most. */
  readonly maxIterations: number;
  readonly onIteration?: (state: IterationState) => void;
}

export interface IterationState {
  /** Newton steps done. */
  readonly iteration: number;
  readonly objective: number;
  /** What is compared with the tolerance. */
  readonly relativeGradient: number;
}

export interface Minimum {
  readonly objective: number;
  readonly gradientNorm: number;
  readonly relativeGradient: number;
  readonly iterations: number;
  /** Products with H and evaluations: passes over the data. */
  readonly passes: number;
  readonly converged: boolean;
}

/** Sufficient decrease (Armijo). */
const DECREASE = 1e-4;
const HALVINGS = 40;
/** Products with H in one Newton step at most. */
const PRODUCTS = 2000;
/** Relative differences of the objective below this are rounding. */
const ROUNDING = 1e-13;

/**
 * Minimises f from w (in place) by Newton's method with steps from preconditioned conjugate gradients (Dembo, Eisenstat, Steihaug 1982): H d = -g up to a residual of
 * eta |g|, eta = min(0.1, sqrt(relative gradient)) but not smaller than the tolerance asks for; then w + a d with a = 1, 1/2, 1/4, ... until f falls by
 * 1e-4 a |g . d|, or, where f no longer tells (rounding), until the gradient shrinks. Deterministic. Ends unconverged when no step helps any more.
 */
export function minimise(objective: Objective, w: Float64Array, options: MinimiseOptions): Minimum {
  const { tolerance, maxIterations } = options;
  let g = objective.vector();
  let trialG = objective.vector();
  const trial = objective.vector();
  const d = objective.vector();
  const m = objective.vector();
  const scratch = conjugateScratch(objective);
  let f = objective.evaluate(w, g);
  objective.diagonal(m);
  const reference = { plain: norm(g), scaled: scaledNorm(g, m) };
  let passes = 2;
  const relative = (): number => Math.max(share(norm(g), reference.plain), share(scaledNorm(g, m), reference.scaled));
  let relativeGradient = relative();
  let iteration = 0;
  options.onIteration?.({ iteration, objective: f, relativeGradient });
  while (relativeGradient > tolerance && iteration < maxIterations) {
    const forcing = Math.max(Math.min(0.1, Math.sqrt(relativeGradient)), (0.1 * tolerance) / relativeGradient);
    passes += conjugateGradients(objective, d, g, m, null, objective.quadratic ? (0.1 * tolerance) / relativeGradient : forcing, PRODUCTS, scratch);
    const slope = dot(g, d);
    const gradient = norm(g);
    let moved = false;
    for (let halving = 0, a = 1; halving < HALVINGS && slope < 0; halving++, a /= 2) {
      addScaled(trial, w, a, d);
      const next = objective.evaluate(trial, trialG);
      passes++;
      const flat = Math.abs(next - f) <= ROUNDING * Math.abs(f) && norm(trialG) < gradient;
      if (!(next <= f + DECREASE * a * slope) && !flat) continue;
      w.set(trial);
      [g, trialG] = [trialG, g];
      f = next;
      moved = true;
      break;
    }
    if (!moved) {
      f = objective.evaluate(w, g);
      passes++;
      break;
    }
    objective.diagonal(m);
    passes++;
    iteration++;
    relativeGradient = relative();
    options.onIteration?.({ iteration, objective: f, relativeGradient });
  }
  return { objective: f, gradientNorm: norm(g), relativeGradient, iterations: iteration, passes, converged: relativeGradient <= tolerance };
}

function share(part: number, whole: number): number {
  return part === 0 ? 0 : part / whole;
}
