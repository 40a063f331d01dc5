import type { KernelObjective } from "./kernel-objective.js";
import type { ExactHead } from "./passes.js";

/** Newton steps on the intercepts alone, at most. */
const POLISHING = 16;
/** What the mean residual may be, as a share of the mean size of a label, at the end. */
const POLISHED = 1e-15;

/**
 * Newton steps on the intercepts alone: sum of predictions = sum of labels as exactly as float64 has it. Those of softmax depend on each other: for class k the step is
 * that of rows which all have the same probabilities, g[k] (1 - mean p[k]) / curvature[k]. Returns the objective.
 * @param enough what the mean residual of each class may be, as a share of the mean size of a label
 */
export function polish(
  objective: KernelObjective,
  w: Float64Array,
  gradient: Float64Array,
  value: number,
  { head, classes }: { readonly head: ExactHead; readonly classes: number },
  enough = POLISHED,
): number {
  const F = w.length / classes - 1;
  const size = (): number => {
    let most = 0;
    for (let k = 0; k < classes; k++) most = Math.max(most, Math.abs(gradient[k * (F + 1) + F]!));
    return most;
  };
  const kept = w.slice();
  let best = size();
  let last = value;
  for (let step = 0; step < POLISHING && best > enough * objective.labelSize; step++) {
    for (let k = 0; k < classes; k++) {
      const at = k * (F + 1) + F;
      const curvature = objective.interceptCurvature(k);
      if (curvature > 0) w[at] = w[at]! - (gradient[at]! * (head === "softmax" ? 1 - objective.sumPredictions(k) / objective.weight : 1)) / curvature;
    }
    const next = objective.evaluate(w, gradient);
    if (!(size() < best)) {
      w.set(kept);
      return objective.evaluate(w, gradient);
    }
    best = size();
    last = next;
    kept.set(w);
  }
  return last;
}
