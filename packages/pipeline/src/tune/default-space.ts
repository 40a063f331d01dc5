import { columnSize } from "@crossbill/columns";
import type { v1 } from "@crossbill/messages";
import { autoDimension } from "@crossbill/models";
import { type Columns, towersOf } from "../config/network-columns.js";
import { tableName, tablesOf } from "../config/network-tables.js";
import type { Config } from "../config/schema.js";
import type { TuneConfig } from "../config/tune-schema.js";

type Parameters = NonNullable<TuneConfig["parameters"]>;

/** Around the dimension of an "auto" embedding. */
const SHARES = [0.6, 0.8, 1, 1.2, 1.4];
/** Embeddings whose dimension is searched: those of most values. */
const MOST_DIMENSIONS = 4;

/**
 * What is searched where the configuration names no parameters: of the exact optimiser l2, of the others the rate, a tenth to ten times what it is, and l1; of a network l2 and the dimensions
 * of its largest "auto" embeddings.
 * @param config with its columns, and the inputs of its towers (`withTowerInputs`)
 * @param state what was fitted of the columns; null: not known yet, dimensions are left out
 */
export function defaultParameters({ model, train: { optimizer }, columns }: Config, state: v1.FeatureState | null): Parameters {
  if (optimizer.kind === "exact") return { "model.l2": { min: 1e-8, max: 1, scale: "log", steps: 9 } };
  const [name, rate] = "alpha" in optimizer ? ["alpha", optimizer.alpha] : ["learningRate", optimizer.learningRate];
  return {
    [`train.optimizer.${name}`]: { min: rate / 10, max: rate * 10, scale: "log", steps: 5 },
    [model.kind === "linear" ? "model.l1" : "model.l2"]: [0, 1e-7, 1e-6, 1e-5, 1e-4],
    ...(state === null ? {} : dimensions(model, columns ?? {}, state)),
  };
}

function dimensions(model: Config["model"], columns: Columns, state: v1.FeatureState): Parameters {
  if (model.kind === "linear" || model.kind === "factorized") return {};
  const towers = towersOf(model, columns);
  const { tables } = tablesOf(towers, columns);
  // Vectors that come from another model have its dimension.
  const open = tables.filter(({ options: { dimension = "auto", from } }) => dimension === "auto" && from === undefined);
  const sizes = open.map((table) => ({ table, size: columnSize(state.columns.find((spec) => spec.name === table.columns[0])!, state) }));
  sizes.sort((a, b) => b.size - a.size);
  return Object.fromEntries(
    sizes.slice(0, MOST_DIMENSIONS).flatMap(({ table: { name }, size }) => {
      const auto = autoDimension(size);
      const values = [...new Set(SHARES.map((share) => Math.max(1, Math.round(share * auto))))];
      const path = towers.flatMap(({ field, inputs }) =>
        inputs.flatMap((input, i) => (typeof input !== "string" && tableName(input) === name ? [`model.${field}.${i}.dimension`] : [])),
      )[0]!;
      return values.length < 2 ? [] : [[path, values]];
    }),
  );
}
