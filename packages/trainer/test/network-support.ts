import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { Placement } from "@crossbill/models";
import type { Problem } from "./support.js";

/** The columns of a problem as a model places them. */
export function placementOf({ inputs }: Problem): Placement {
  const column = (name: string, offset: number, size: number, numeric: boolean, multi: boolean) => ({
    name,
    offset,
    size,
    numeric,
    multi,
    spec: v1.ColumnSpec.create({ name }),
    state: null,
  });
  const columns = [
    ...inputs.categorical.map(({ name, offset, size }) => column(name, offset, size, false, false)),
    ...inputs.multi.map(({ name, offset, size }) => column(name, offset, size, false, true)),
    ...inputs.numeric.map(({ name, offset, inputs: n }) => column(name, offset, n, true, false)),
  ].sort((a, b) => a.offset - b.offset);
  return { columns, features: inputs.features };
}

/** With everything that is not given as it is where nothing is. */
export function modelOf(model: v1.ModelSpec.$Properties): v1.ModelSpec {
  return decodeMessage(v1.ModelSpec, encodeMessage(v1.ModelSpec, v1.ModelSpec.create(model)), "the model");
}

const { Kind } = v1.NetworkSpec;
const { Combiner } = v1.EmbeddingInput;

export const embed = (column: string, table = column, combiner: v1.EmbeddingInput.Combiner = Combiner.MEAN): v1.TowerInput.$Properties => ({
  embedding: { column, table, combiner },
});
export const number = (column: string): v1.TowerInput.$Properties => ({ numeric: column });
export const table = (name: string, dimension: number, more: v1.TableSpec.$Properties = {}): v1.TableSpec.$Properties => ({
  name,
  columns: [name],
  dimension,
  ...more,
});
export const layer = (units: number, activation = v1.ActivationSpec.Kind.RELU, more: v1.LayerSpec.$Properties = {}): v1.LayerSpec.$Properties => ({
  units,
  activation: { kind: activation, a: 0.25, b: 0.5 },
  ...more,
});

/** A tower over two embedded columns, one of several values, and numbers. */
export function deepSpec(
  hidden: v1.LayerSpec.$Properties[],
  more: v1.NetworkSpec.$Properties = {},
  tower: v1.TowerSpec.$Properties = {},
): v1.NetworkSpec.$Properties {
  return {
    kind: Kind.DEEP,
    tables: [table("c1", 5), table("c3", 3), table("m", 4)],
    tower: { inputs: [embed("c1"), number("x0"), embed("c3"), embed("m", "m", Combiner.SQRTN), number("x1")], hidden, ...tower },
    ...more,
  };
}

export function factorizedSpec(fieldAware: boolean, rank: number, more: v1.NetworkSpec.$Properties = {}): v1.NetworkSpec.$Properties {
  return {
    kind: Kind.FACTORIZED,
    linear: ["c0", "c1", "c3", "m", "x0", "x1"],
    tables: [table("c0", 0), table("c1", 0), table("m", 0)],
    factorized: {
      rank,
      fieldAware,
      inputs: [embed("c0", "c0", Combiner.SUM), embed("c1", "c1", Combiner.SUM), number("x1"), embed("m", "m", Combiner.SUM), number("x0")],
    },
    ...more,
  };
}

export function twoTowerSpec(hidden: v1.LayerSpec.$Properties[], outputs: number, more: v1.NetworkSpec.$Properties = {}): v1.NetworkSpec.$Properties {
  return {
    kind: Kind.TWO_TOWER,
    linear: ["c0", "c2"],
    tables: [table("c0", 4), table("c2", 4), table("m", 4)],
    user: { inputs: [embed("c0"), embed("m")], hidden, outputs },
    item: { inputs: [embed("c2"), number("x0")], hidden, outputs },
    ...more,
  };
}
