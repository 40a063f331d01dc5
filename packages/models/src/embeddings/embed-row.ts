import type { EncodedRow } from "@crossbill/columns";
import { PANEL_ROWS } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import type { ServedNetwork } from "../network/served-network.js";

/** What stands for a row: the pooled vector of a column; what hidden layer n (from 1) gives; or what a tower gives. */
export type EmbedPart =
  | { readonly column: string }
  | { readonly layer: number; readonly tower?: "user" | "item" }
  | { readonly tower: "user" | "item"; readonly layer?: undefined };

/** @throws E_EMBEDDING (exit code 2) where the network has no such part */
export function embedRow(network: ServedNetwork | null, row: EncodedRow, part: EmbedPart): Float32Array {
  if (network === null) refuse("a linear model has no embeddings");
  const { kind, towers } = network.plan;
  if ("column" in part) {
    for (const [t, { inputs }] of towers.entries()) {
      const input = inputs.find(({ column, kind: of }) => column === part.column && of === "embedding");
      if (input !== undefined) return firstRow(network.fill(t, row).input, input.at, input.width);
    }
    refuse(`the network sees no embedding of the column "${part.column}"`);
  }
  if (part.tower !== undefined && kind !== "twoTower") refuse("only a network of two towers has a user's and an item's");
  if (part.tower === undefined && kind === "twoTower") refuse('of two towers, say which: tower "user" or "item"');
  const t = part.tower === "item" ? 1 : 0;
  const { layers, outputs } = towers[t]!;
  const served = network.fill(t, row);
  const last = served.forward(1);
  if (part.layer === undefined) return firstRow(last, 0, outputs);
  const layer = layers[part.layer - 1] ?? refuse(`there is no layer ${part.layer}; the tower has ${layers.length}`);
  return firstRow(served.after(part.layer - 1), 0, layer.outputs);
}

function firstRow(panel: Float32Array, from: number, units: number): Float32Array {
  return Float32Array.from({ length: units }, (_, u) => panel[(from + u) * PANEL_ROWS]!);
}

function refuse(problem: string): never {
  throw new CrossbillError("E_EMBEDDING", `embed: ${problem}`, { exitCode: 2 });
}
