import type { NetworkPlan } from "@crossbill/models";
import type { Heap } from "../blocks/heap.js";
import type { NetworkTraining } from "./network-training.js";

/** Where a network is; its last layer apart where classes are sampled (see class-rows.ts). */
export type PlacedNetwork = Pick<NetworkTraining, "plan" | "classes" | "layout">;

/** With the last layer among its dense parameters, where every other part of the program has it. */
export function wholePlan({ plan, classes }: Pick<NetworkTraining, "plan" | "classes">): NetworkPlan {
  return classes === null ? plan : { ...plan, dense: plan.dense + classes.rows * classes.stride };
}

/** Rows of sampled classes f32[K][H]. They count as touched by the first step, so that penalties act on all of them from the start, as on any layer. */
export function startClasses(heap: Heap, { classes, layout, optimizer }: NetworkTraining, rows: Float32Array): void {
  if (classes === null) return;
  const { stride: H } = classes;
  const { state, words, last } = layout.classes!.table;
  heap.u32.fill(1, last / 4, last / 4 + classes.rows);
  for (let k = 0; k < classes.rows; k++) {
    heap.f32.set(rows.subarray(H * k, H * (k + 1)), state / 4 + words * k);
    if (optimizer.kind === "adagrad") heap.f32.fill(optimizer.initialAccumulator, state / 4 + words * k + H, state / 4 + words * k + 2 * H);
  }
}

/** Where word `word` of dense parameter k stands in the state now, as an index of f32; `k` of the whole network. */
export function parameterAt({ plan, classes, layout }: PlacedNetwork, k: number, word: number): number {
  if (k < plan.dense) return layout.dense / 4 + word * plan.dense + k;
  const H = classes!.stride;
  const { state, words } = layout.classes!.table;
  const row = Math.floor((k - plan.dense) / H);
  return state / 4 + words * row + word * H + ((k - plan.dense) % H);
}

/** Adam's count of steps of every class: after an earlier training that of its blocks. */
export function countClasses(heap: Heap, { classes, layout }: PlacedNetwork, steps: number): void {
  if (classes === null) return;
  const { state, words } = layout.classes!.table;
  for (let k = 0; k < classes.rows; k++) heap.f32[state / 4 + words * k + 3 * classes.stride] = steps;
}

/** f32[P] of the whole network: `dense`, and the kept rows of sampled classes. */
export function wholeDense(heap: Heap, network: PlacedNetwork, dense: Float32Array): Float32Array {
  const out = new Float32Array(wholePlan(network).dense);
  out.set(dense);
  if (network.classes === null) return out;
  const { rows, stride: H } = network.classes;
  const { best, words } = network.layout.classes!.table;
  for (let k = 0; k < rows; k++) out.set(heap.f32.subarray(best / 4 + words * k, best / 4 + words * k + H), dense.length + H * k);
  return out;
}
