import { v1 } from "@crossbill/messages";
import { placeColumns, planNetwork } from "../../dist/index.js";
import type { NetworkPlan } from "../../dist/network/network-plan.js";
import { COLUMNS, exampleState } from "../example.js";

const { Combiner } = v1.EmbeddingInput;

export const numeric = (name: string): v1.ITowerInput => ({ numeric: name });
export const embedded = (column: string, combiner: v1.EmbeddingInput.Combiner = Combiner.MEAN, table: string = column): v1.ITowerInput => ({
  embedding: { column, table, combiner },
});
export const layer = (units: number, kind: v1.ActivationSpec.Kind = v1.ActivationSpec.Kind.RELU, more: v1.ILayerSpec = {}): v1.ILayerSpec => ({
  units,
  activation: { kind },
  ...more,
});
export const table = (column: string, dimension = 0, more: v1.ITableSpec = {}): v1.ITableSpec => ({ name: column, columns: [column], dimension, ...more });

export function specOf(network: v1.INetworkSpec, more: v1.IModelSpec = {}): v1.ModelSpec {
  return v1.ModelSpec.decode(v1.ModelSpec.encode({ head: v1.Head.LOGISTIC, columns: COLUMNS, ...more, network }).finish());
}

export const DEEP: v1.INetworkSpec = {
  kind: v1.NetworkSpec.Kind.DEEP,
  linear: ["band", "site"],
  tables: [table("site", 5, { l2: 1e-4 }), table("user", 0)],
  tower: {
    inputs: [embedded("site"), numeric("age"), embedded("user", Combiner.SUM), numeric("price")],
    hidden: [
      layer(4, v1.ActivationSpec.Kind.PRELU, { activation: { kind: v1.ActivationSpec.Kind.PRELU, a: 0.25 } }),
      layer(3, v1.ActivationSpec.Kind.TANH, { batchNorm: true, dropout: 0.5 }),
    ],
    l2: 1e-3,
  },
};

export const FACTORIZED: v1.INetworkSpec = {
  kind: v1.NetworkSpec.Kind.FACTORIZED,
  linear: ["age", "site", "hour"],
  tables: [table("site"), table("hour")],
  factorized: { rank: 3, inputs: [embedded("site"), numeric("age"), embedded("hour")], l2: 1e-4 },
};

export const TWO_TOWER: v1.INetworkSpec = {
  kind: v1.NetworkSpec.Kind.TWO_TOWER,
  linear: ["user", "site"],
  tables: [table("user", 4), table("site", 4)],
  user: { inputs: [embedded("user")] },
  item: { inputs: [embedded("site")] },
};

export function planOf(network: v1.INetworkSpec, more: v1.IModelSpec = {}, outputs = 1): NetworkPlan {
  const spec = specOf(network, more);
  return planNetwork(spec, placeColumns(spec, exampleState()), outputs)!;
}
