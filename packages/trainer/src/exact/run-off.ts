import { v1 } from "@crossbill/messages";
import type { Inputs } from "../blocks/inputs.js";
import { isSaturated, unused } from "../watch/diagnose.js";
import { runsOff, saturated, separable } from "../watch/diagnostics.js";
import { SATURATED } from "../watch/judge.js";
import type { Solution } from "./solve.js";

/** Weights of ids that are beyond what a probability tells apart, by column; without a penalty they grow with every step of the solve. */
function runningOff(weights: Float64Array, { categorical, features }: Inputs): { readonly columns: string[]; readonly count: number } {
  const columns: string[] = [];
  let count = 0;
  for (const { name, offset, size } of categorical) {
    const before = count;
    for (let at = offset; at < weights.length; at += features) for (let i = at; i < at + size; i++) if (Math.abs(weights[i]!) > SATURATED) count++;
    if (count > before) columns.push(name);
  }
  return { columns, count };
}

/** What the user should know of a solution of the exact solver. */
export function diagnoseSolution(
  { weights, fit, meanLoss }: Solution,
  { l1, l2, inputs, head }: { readonly l1: number; readonly l2: number; readonly inputs: Inputs; readonly head: v1.Head },
): v1.Diagnostic[] {
  const found: v1.Diagnostic[] = [];
  // Of multiLabel each class is judged by itself, if at all.
  if (fit.problems > 0 && head !== v1.Head.MULTI_LABEL) {
    if (l1 === 0 && l2 === 0) {
      const { columns, count } = runningOff(weights as Float64Array, inputs);
      const parts = `in ${fit.separated} of the ${fit.problems} problems that the head is made of, all training rows are`;
      if (fit.separated > 0) found.push(separable(fit.problems === 1 ? `all ${fit.judged} training rows are` : parts, meanLoss));
      else if (count > 0) found.push(runsOff(columns, count, SATURATED, meanLoss));
    }
    if (isSaturated(fit)) found.push(saturated(fit.saturated, fit.judged, "training rows"));
  }
  return [...found, ...unused(weights, inputs, l1 > 0)];
}
