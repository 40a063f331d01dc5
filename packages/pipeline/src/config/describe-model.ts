import { type Columns, towersOf } from "./network-columns.js";
import { layerValue } from "./network-problems.js";
import type { ActivationConfig, NetworkInput, NetworkModel } from "./network-schema.js";
import type { Config } from "./schema.js";

/** What kind of model it is, for people: `linear`, `deep (site in 16 numbers, age; hidden 32 relu, 16 relu)`. */
export function describeModel(model: Config["model"], columns: Columns): string {
  if (model.kind === "linear") return "linear";
  if (model.kind === "factorized") return `factorized (rank ${model.rank}${model.fieldAware ? ", field-aware" : ""})`;
  const towers = towersOf(model, columns);
  const inputs = towers.map(({ field, inputs: named }) => `${towers.length > 1 ? `${field} ` : ""}${named.map(told).join(", ")}`);
  return `${model.kind} (${[...inputs, ...layersOf(model)].join("; ")})`;
}

function told(input: NetworkInput): string {
  return typeof input === "string" ? input : `${input.column} in ${input.dimension ?? "auto"} numbers`;
}

function layersOf({ hidden, activation, dropout, batchNorm }: Exclude<NetworkModel, { kind: "factorized" }>): string[] {
  if (hidden.length === 0) return [];
  const layers = hidden.map((units, i) => {
    const share = layerValue<number>(dropout, i) ?? 0;
    return `${units} ${layerValue<ActivationConfig>(activation, i)?.kind ?? ""}${share > 0 ? ` dropout ${share}` : ""}`;
  });
  return [`hidden ${layers.join(", ")}${batchNorm ? ", batch norm" : ""}`];
}
