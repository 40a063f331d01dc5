import { numericMissing, numericTransform, RowEncoder } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import { type ModelContent, type NetworkPlan, type NetworkWeights, outputsOf, placeColumns, planNetwork, type Row } from "../../dist/index.js";
import { forwardTwin, type TwinRow } from "../../dist/network/forward-twin.js";
import { COLUMNS, exampleState, SITES } from "../example.js";
import { specOf } from "./example.js";

export const TAGS = ["drama", "horror", "noir", "war"];
/** Hashed buckets of the column `user`. */
export const USERS = 900;
export const MISSING = ["", "?"];

/** The example's state with fewer users, and a column of several values, `tags`. */
export function networkState(sites: readonly string[] = SITES, tags: readonly string[] = TAGS): v1.FeatureState {
  const state = exampleState(sites);
  const texts = tags.map((tag) => Buffer.from(tag));
  const vocabulary = { values: { bytes: Buffer.concat(texts), lengths: texts.map((text) => text.length) }, counts: texts.map((_, i) => 9 - i) };
  const more = v1.FeatureState.decode(
    v1.FeatureState.encode({
      columns: [{ name: "tags", vocabulary: { field: "tags", minCount: 1, outOfVocabulary: 1, items: { kind: v1.ItemsSpec.Kind.LIST } } }],
      states: [{ name: "tags", vocabulary }],
    }).finish(),
  );
  state.columns.find(({ name }) => name === "user")!.hashed!.buckets = USERS;
  state.columns.push(...more.columns);
  state.states.push(...more.states);
  return state;
}

/** Vectors for about four in five ids of a table, others for what all rows share; variances above 0. */
export function randomWeights(plan: NetworkPlan, seed: number): NetworkWeights {
  const random = new RandomStream(seed);
  const numbers = (n: number, scale: number): Float32Array => Float32Array.from({ length: n }, () => scale * random.normal());
  return {
    dense: numbers(plan.dense, 0.4),
    running: numbers(plan.running, 1).map(Math.abs),
    tables: plan.tables.map(({ name, rows, dimension }) => {
      const ids = Uint32Array.from({ length: rows }, (_, id) => id).filter(() => random.uniform() < 0.8);
      return { name, ids, vectors: numbers(ids.length * dimension, 0.7) };
    }),
  };
}

/** A model of this network with random numbers: a weight for about two in three features of its linear part. */
export function networkContent(
  network: v1.INetworkSpec,
  more: v1.IModelSpec = {},
  options: { seed?: number; classes?: readonly string[]; state?: v1.FeatureState } = {},
) {
  const { seed = 5, classes = [], state = networkState() } = options;
  const spec = specOf(network, { columns: [...COLUMNS, "tags"], ...more });
  const placement = placeColumns(spec, state);
  const K = outputsOf(spec.head, classes.length);
  const plan = planNetwork(spec, placement, K)!;
  const random = new RandomStream(seed + 1);
  const weights = new Float32Array(K * placement.features);
  for (const { name, offset, size } of placement.columns) {
    if (!plan.linear.includes(name)) continue;
    for (let k = 0; k < K; k++)
      for (let id = 0; id < size; id++) weights[k * placement.features + offset + id] = random.uniform() < 0.66 ? random.normal() / 3 : 0;
  }
  const intercepts = Array.from({ length: K }, () => random.normal());
  const content: ModelContent = {
    spec,
    state,
    placement,
    weights,
    network: randomWeights(plan, seed),
    intercept: intercepts[0]!,
    ...(classes.length > 0 ? { classes, intercepts } : {}),
    data: v1.DataContract.create({ fields: [], missing: MISSING }),
  };
  return { content, plan };
}

export function exampleRows(n: number, seed = 3): Row[] {
  const random = new RandomStream(seed);
  const of = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  return Array.from({ length: n }, () => ({
    age: random.bernoulli(0.1) ? "" : String(random.below(110)),
    price: random.bernoulli(0.1) ? null : random.uniform() * 9,
    site: random.bernoulli(0.2) ? `new-${random.below(9)}` : of(SITES),
    hour: random.below(26),
    user: `u${random.below(5000)}`,
    tags: of([[], ["drama"], ["noir", "war", "unheard"], { drama: 0.5, horror: -2 }, { nothing: 3 }, "noir", ""]),
  }));
}

/** What twins take, of the unpruned state. */
export function twinRow({ state, placement }: ModelContent, row: Row): TwinRow {
  const encoded = new RowEncoder(state.columns, state, MISSING).encodeRow(row);
  const features = new Map([...encoded.ids].map(([name, id]): [string, { id: number; value: number }[]] => [name, [{ id, value: 1 }]]));
  for (const [name, { ids, values }] of encoded.pairs)
    features.set(
      name,
      Array.from(ids, (id, i) => ({ id, value: values[i]! })),
    );
  const numbers = new Map(
    [...encoded.numbers].map(([name, x]): [string, number[]] => {
      const { spec, state: own, size } = placement.columns.find((column) => column.name === name)!;
      return [name, [numericTransform(spec, own)(x), Number(numericMissing(spec, own)(x))].slice(0, size)];
    }),
  );
  return { features, numbers };
}

/** Logits by the definition, in float64, from the unpruned state. */
export function slowLogits(content: ModelContent, plan: NetworkPlan, row: Row): number[] {
  const twin = twinRow(content, row);
  const { placement, weights, network } = content;
  return forwardTwin(plan, network!, twin).map((added, k) => {
    let logit = content.intercepts?.[k] ?? content.intercept;
    for (const { name, offset } of placement.columns) {
      const at = k * placement.features + offset;
      for (const { id, value } of twin.features.get(name) ?? []) logit += weights[at + id]! * value;
      for (const [i, x] of (twin.numbers.get(name) ?? []).entries()) logit += weights[at + i]! * x;
    }
    return logit + (content.networkScale ?? 1) * added;
  });
}

/** Rows encoded with `state`, as a pack holds them. */
export function encodedRows(state: v1.FeatureState, rows: readonly Row[]) {
  const encoder = new RowEncoder(state.columns, state, MISSING);
  const all = rows.map((row) => encoder.encodeRow(row));
  const names = (of: "ids" | "numbers" | "pairs"): string[] => [...all[0]![of].keys()];
  return {
    rows: rows.length,
    ids: new Map(names("ids").map((name) => [name, Uint32Array.from(all, (row) => row.ids.get(name)!)])),
    numbers: new Map(names("numbers").map((name) => [name, Float64Array.from(all, (row) => row.numbers.get(name)!)])),
    pairs: new Map(
      names("pairs").map((name) => {
        const offsets = Uint32Array.of(0, ...all.map((row) => row.pairs.get(name)!.ids.length)).map((_, i, n) =>
          n.subarray(0, i + 1).reduce((a, b) => a + b, 0),
        );
        const own = all.map((row) => row.pairs.get(name)!);
        return [
          name,
          { offsets, ids: Uint32Array.from(own.flatMap(({ ids }) => [...ids])), values: Float64Array.from(own.flatMap(({ values }) => [...values])) },
        ];
      }),
    ),
  };
}
