import { PANEL_ROWS } from "@crossbill/kernels";
import type { NetworkPlan } from "./network-plan.js";

/**
 * Of row r of a panel of pooled vectors s f32[fields][d][PANEL_ROWS], the sum over pairs of fields a < b, in float64:
 *
 * - s_a . s_b, as 1/2 sum over j of ((sum over a of s_aj)^2 - sum over a of s_aj^2)  (Rendle 2010)
 * - field-aware: s_a[b] . s_b[a]  (Juan, Zhuang, Chin, Lin 2016)
 *
 * for output k of vectors [k][field][rank], or [k][rank].
 */
export function fieldPairs(plan: NetworkPlan, panel: Float32Array, r: number, k: number): number {
  const { rank, fieldAware, fields } = plan.factorized!;
  let sum = 0;
  if (fieldAware) {
    for (let b = 1; b < fields; b++)
      for (let a = 0; a < b; a++) for (let j = 0; j < rank; j++) sum += pairOf(plan, panel, r, k, a, b, j) * pairOf(plan, panel, r, k, b, a, j);
    return sum;
  }
  for (let j = 0; j < rank; j++) {
    let [all, squares] = [0, 0];
    for (let a = 0; a < fields; a++) {
      const x = pairOf(plan, panel, r, k, a, 0, j);
      all += x;
      squares += x * x;
    }
    sum += all * all - squares;
  }
  return sum / 2;
}

/** Number j of what field a has for its product with field b, of output k and row r of the panel. */
export function pairOf(plan: NetworkPlan, panel: Float32Array, r: number, k: number, a: number, b: number, j: number): number {
  const { rank, fieldAware, fields } = plan.factorized!;
  const d = rank * plan.outputs * (fieldAware ? fields : 1);
  return panel[(a * d + (fieldAware ? k * fields + b : k) * rank + j) * PANEL_ROWS + r]!;
}
