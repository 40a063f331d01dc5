import type { InputPlan, LayerPlan, NetworkPlan, NetworkWeights, TowerPlan } from "./network-plan.js";

/** A named part of a network: vectors of one length, by id. */
export interface Tensor {
  readonly name: string;
  readonly width: number;
  /** Ascending; of layers 0, 1, ... one for each unit. */
  readonly ids: Uint32Array;
  /** f32[ids][width] */
  readonly values: Float32Array;
  /** Number of the table; -1: of a layer or of a numeric column. */
  readonly table: number;
}

/** Where a part of what all rows share stands: `units` vectors of `width` from `at`, of `dense` or of the running statistics. */
export interface DensePart {
  readonly name: string;
  readonly of: "dense" | "running";
  readonly at: number;
  readonly units: number;
  readonly width: number;
}

/** The parts of `dense` and of the running statistics, by name: `layer 1/weights` (of two towers `user/layer 1/weights`), `numeric/age`. Every number is in one of them. */
export function denseParts(plan: NetworkPlan): DensePart[] {
  const prefixes = plan.kind === "twoTower" ? ["user/", "item/"] : [""];
  return plan.towers.flatMap((tower, t) => [
    ...numericParts(tower),
    ...tower.layers.flatMap((layer, l) => layerParts(layer, `${prefixes[t]!}layer ${l + 1}/`)),
  ]);
}

function numericParts(tower: TowerPlan): DensePart[] {
  return tower.inputs.flatMap((input: InputPlan): DensePart[] =>
    input.kind === "numeric" && input.vectors >= 0
      ? [{ name: `numeric/${input.column}`, of: "dense", at: input.vectors, units: input.numbers, width: input.width }]
      : [],
  );
}

function layerParts(layer: LayerPlan, prefix: string): DensePart[] {
  const { inputs, outputs: units, weights, bias, gamma, beta, slopes, running } = layer;
  const one = (name: string, at: number, of: DensePart["of"] = "dense"): DensePart[] => (at < 0 ? [] : [{ name: prefix + name, of, at, units, width: 1 }]);
  return [
    { name: `${prefix}weights`, of: "dense", at: weights, units, width: inputs },
    ...one("bias", bias),
    ...one("gamma", gamma),
    ...one("beta", beta),
    ...one("slopes", slopes),
    ...(running < 0 ? [] : [...one("mean", running, "running"), ...one("variance", running + units, "running")]),
  ];
}

/** All of a network as tensors: `embedding/<table>` in the plan's order, then the parts of {@link denseParts}. */
export function tensorsOf(plan: NetworkPlan, weights: NetworkWeights): Tensor[] {
  return [
    ...weights.tables.map(({ name, ids, vectors }, table) => ({
      name: `embedding/${name}`,
      width: plan.tables[table]!.dimension,
      ids,
      values: vectors,
      table,
    })),
    ...denseParts(plan).map(({ name, of, at, units, width }) => ({
      name,
      width,
      ids: Uint32Array.from({ length: units }, (_, id) => id),
      values: weights[of].subarray(at, at + units * width),
      table: -1,
    })),
  ];
}
