import type { NetworkPlan } from "@crossbill/models";

/** Dense parameters [from, to) whose gradient has a norm of its own: of a layer, of a numeric column's vectors. */
export interface DenseGroup {
  readonly from: number;
  readonly to: number;
}

/** A part of a group; squares are summed within it in order. */
export interface DenseChunk extends DenseGroup {
  readonly group: number;
}

/** Dense parameters of a chunk at most. */
const CHUNK = 1024;

/** Ascending; together they are all of the dense parameters. */
export function denseGroups({ towers, dense }: Pick<NetworkPlan, "towers" | "dense">): DenseGroup[] {
  const starts = towers.flatMap(({ layers, inputs }) => [
    ...layers.map(({ weights }) => weights),
    ...inputs.flatMap((input) => (input.kind === "numeric" && input.vectors >= 0 ? [input.vectors] : [])),
  ]);
  return starts.sort((a, b) => a - b).map((from, i, all) => ({ from, to: all[i + 1] ?? dense }));
}

export function denseChunks(plan: Pick<NetworkPlan, "towers" | "dense">): DenseChunk[] {
  return denseGroups(plan).flatMap(({ from, to }, group) =>
    Array.from({ length: Math.ceil((to - from) / CHUNK) }, (_, i) => ({ group, from: from + i * CHUNK, to: Math.min(to, from + (i + 1) * CHUNK) })),
  );
}
