import type { KernelObjective } from "./kernel-objective.js";
import type { ExactHead } from "./passes.js";

/** Heads whose losses have derivatives by the logit within [-1, 1]. */
const BOUNDED: ReadonlySet<ExactHead> = new Set<ExactHead>(["logistic", "softmax"]);
/** A larger share of the features is all of them. */
const FEW = 0.5;
/** Rounding of a mass. */
const SLACK = 1e-9;

/**
 * Features (ascending) whose weights can differ from 0 at the optimum of l1 or more, and those that differ from 0 in w: where |derivative of the loss by the logit| is at most 1,
 * |u[f]| <= mean of weight |value|, so that f stays at 0 where this is below l1. null: (nearly) all.
 */
export function reachable(
  objective: KernelObjective,
  w: Float64Array,
  { head, classes }: { readonly head: ExactHead; readonly classes: number },
  l1: number,
): Uint32Array | null {
  const each = w.length / classes;
  return objective.scope(() => {
    const mass = objective.vector();
    objective.mass(mass);
    const least = BOUNDED.has(head) ? l1 * (1 - SLACK) : 0;
    const found: number[] = [];
    for (let f = 0; f < each - 1; f++) {
      let keep = mass[f]! > least;
      for (let i = f; i < w.length && !keep; i += each) keep = w[i] !== 0;
      if (keep) found.push(f);
    }
    return found.length > FEW * (each - 1) ? null : Uint32Array.from(found);
  });
}

/** The features' weights and the intercepts, in a new vector of their own. */
export function picked(objective: KernelObjective, w: Float64Array, features: Uint32Array, classes: number): Float64Array {
  const each = w.length / classes;
  const own = objective.vectorOf(classes * (features.length + 1));
  let i = 0;
  for (let k = 0; k < classes; k++) {
    for (const f of features) own[i++] = w[k * each + f]!;
    own[i++] = w[(k + 1) * each - 1]!;
  }
  return own;
}
