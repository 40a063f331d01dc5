import type { NetworkPlan } from "./network-plan.js";
import type { ServedNetwork } from "./served-network.js";

export type ModelKind = "linear" | "deep" | "wideAndDeep" | "factorized" | "twoTower";

/** What is in a network, for `inspect`. */
export interface NetworkInfo {
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly rows: number;
    /** Rows with a vector: those that training touched. */
    readonly held: number;
    readonly dimension: number;
  }[];
  /** By tower the number of its inputs, then of each layer's units. */
  readonly towers: readonly (readonly number[])[];
  readonly rank: number | null;
  readonly fieldAware: boolean;
  /** Numbers that are trained, without the linear part. */
  readonly parameters: number;
  /** What the output is multiplied by before it is added to the linear part. */
  readonly scale: number;
}

/** A deep network with a linear part is a wide and deep one. */
export function modelKind(plan: NetworkPlan | null): ModelKind {
  if (plan === null) return "linear";
  return plan.kind === "deep" && plan.linear.length > 0 ? "wideAndDeep" : plan.kind;
}

export function networkInfo({ plan, weights, scale }: ServedNetwork): NetworkInfo {
  return {
    tables: plan.tables.map(({ name, columns, rows, dimension, index }) => ({ name, columns, rows, held: weights.tables[index]!.ids.length, dimension })),
    towers: plan.towers.map(({ width, layers }) => [width, ...layers.map(({ outputs }) => outputs)]),
    rank: plan.factorized?.rank ?? null,
    fieldAware: plan.factorized?.fieldAware ?? false,
    parameters: plan.parameters,
    scale,
  };
}
