import type { KernelObjective } from "./kernel-objective.js";
import type { ExactHead } from "./passes.js";

/** Newton steps on the intercepts alone, at most. */
const POLISHING = 16;
/** What the mean residual may be, as a share of the mean size of a label, at the end. */
const POLISHED = 1e-14;

/**
 * Newton steps on the intercepts alone, from w, which was evaluated last: sum of predictions = sum of labels to about rounding. Those of softmax depend on each
 * other: for class k the step is that of rows which all have the same probabilities, g[k] (1 - mean p[k]) / curvature[k]. Then it is w that was evaluated last.
 * @param enough what the mean residual of each class may be, as a share of the mean size of a label
 */
export function polish(
  objective: KernelObjective,
  w: Float64Array,
  { head, classes }: { readonly head: ExactHead; readonly classes: number },
  enough = POLISHED,
): void {
  const each = w.length / classes;
  const size = (): number => {
    let most = 0;
    for (let k = 0; k < classes; k++) most = Math.max(most, Math.abs(objective.interceptGradient(k)));
    return most;
  };
  const kept = new Float64Array(classes);
  let best = size();
  for (let step = 0; step < POLISHING && best > enough * objective.labelSize; step++) {
    for (let k = 0; k < classes; k++) {
      const at = (k + 1) * each - 1;
      const curvature = objective.interceptCurvature(k);
      kept[k] = w[at]!;
      if (curvature > 0)
        w[at] = w[at]! - (objective.interceptGradient(k) * (head === "softmax" ? 1 - objective.sumPredictions(k) / objective.weight : 1)) / curvature;
    }
    objective.evaluateRows(w);
    const next = size();
    if (!(next < best)) {
      for (let k = 0; k < classes; k++) w[(k + 1) * each - 1] = kept[k]!;
      objective.evaluateRows(w);
      return;
    }
    best = next;
  }
}
