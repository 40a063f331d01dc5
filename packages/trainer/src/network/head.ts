import type { KernelExports } from "@crossbill/kernels";
import { PANEL_ROWS } from "@crossbill/kernels";
import type { NetworkPlan } from "@crossbill/models";
import type { Heap } from "../blocks/heap.js";
import type { ClassRows } from "./class-rows.js";
import type { Panel, Towers } from "./towers.js";

export interface HeadParts {
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly plan: NetworkPlan;
  readonly towers: Towers;
  /** null: no classes are sampled. */
  readonly classes: ClassRows | null;
  /** f64[K], `spacing` bytes apart: logits, then residuals. */
  readonly residual: number;
  readonly spacing: number;
}

/** What a panel's towers give is added to its logits. */
export function addLogits({ heap, kernels, plan, towers, classes, residual, spacing }: HeadParts, panel: Panel): void {
  const to = residual + 8 * panel.row0;
  const { a } = towers.outputOf(0, panel);
  if (plan.factorized !== null) {
    const { rank, fieldAware, fields } = plan.factorized;
    kernels[fieldAware ? "field_aware_forward" : "factorized_forward"](to, spacing / 8, a, fields, plan.outputs, rank, panel.rows);
  } else if (plan.kind === "twoTower") {
    const { d, bytes } = productOf(plan);
    const item = towers.outputOf(1, panel);
    for (let k = 0; k < plan.outputs; k++) kernels.dot_forward(to + k * spacing, a + k * bytes, item.a + k * bytes, d, panel.rows);
  } else {
    const n = classes?.n ?? plan.outputs;
    for (let i = 0; i < n; i++) {
      const [from, out] = [a / 4 + PANEL_ROWS * i, (to + (classes?.at(i) ?? i) * spacing) / 8];
      for (let r = 0; r < panel.rows; r++) heap.f64[out + r] = heap.f64[out + r]! + heap.f32[from + r]!;
    }
  }
}

/** The gradients by what the towers give, from the residuals. */
export function takeResiduals({ heap, kernels, plan, towers, classes, residual, spacing }: HeadParts, panel: Panel): void {
  const from = residual + 8 * panel.row0;
  const { a, d } = towers.outputOf(0, panel);
  if (plan.factorized !== null) {
    const { rank, fieldAware, fields } = plan.factorized;
    kernels[fieldAware ? "field_aware_backward" : "factorized_backward"](d, from, spacing / 8, a, fields, plan.outputs, rank, panel.rows);
  } else if (plan.kind === "twoTower") {
    const item = towers.outputOf(1, panel);
    const product = productOf(plan);
    for (let k = 0; k < plan.outputs; k++) {
      const at = k * product.bytes;
      kernels.dot_backward(d + at, item.d + at, from + k * spacing, a + at, item.a + at, product.d, panel.rows);
    }
  } else {
    const n = classes?.n ?? plan.outputs;
    for (let i = 0; i < n; i++) {
      const [to, at] = [d / 4 + PANEL_ROWS * i, (from + (classes?.at(i) ?? i) * spacing) / 8];
      for (let r = 0; r < panel.rows; r++) heap.f32[to + r] = heap.f64[at + r]!;
      heap.f32.fill(0, to + panel.rows, to + panel.padded);
    }
  }
}

/** Numbers of an output's product in the vectors of two towers, and bytes of these in a panel. */
function productOf({ towers, outputs }: NetworkPlan): { readonly d: number; readonly bytes: number } {
  const d = towers[0]!.outputs / outputs;
  return { d, bytes: 4 * PANEL_ROWS * d };
}
