import { fieldsOf, RowEncoder } from "@crossbill/columns";
import { NearestVectors } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import type { Model } from "../model.js";
import type { PlacedColumn } from "../placement.js";
import { vocabularyOf } from "../translate.js";
import { valueKey } from "./value-key.js";

/** The vectors of a column's values. */
export interface Embedding {
  readonly column: string;
  readonly table: string;
  readonly dimension: number;
  /** Values with a vector, in the order of their ids: neither "missing" nor the bucket of unknown ones. */
  readonly keys: readonly string[];
  /** f32[keys][d] */
  readonly vectors: Float32Array;
}

/** What is made of a model's embedding when it is first asked for. */
interface Held extends Embedding {
  readonly placed: PlacedColumn;
  readonly rows: ReadonlyMap<string, number>;
  /** By id its row. */
  readonly byId: ReadonlyMap<number, number>;
  nearest: NearestVectors | null;
}

const made = new WeakMap<Model, Map<string, Held>>();

/** The embedding of a column, or of the first column of a table, by name. @throws E_EMBEDDING (exit code 2) where there is none */
export function embeddingOf(model: Model, name: string): Embedding {
  const { column, table, dimension, keys, vectors } = held(model, name);
  return { column, table, dimension, keys, vectors };
}

/** The vector of a value, f32[d]. A value of a hashed, numbered or cut column may be given as the data has it. @throws E_EMBEDDING, E_KEY (exit code 2) for a value without a vector */
export function vectorOf(model: Model, name: string, key: string): Float32Array {
  const { dimension, vectors, row } = { ...held(model, name), row: rowOf(model, name, key) };
  return vectors.slice(row * dimension, (row + 1) * dimension);
}

/** Which of an embedding's keys a value is. @throws E_EMBEDDING, E_KEY (exit code 2) */
export function rowOf(model: Model, name: string, key: string): number {
  const embedding = held(model, name);
  const row = embedding.rows.get(key) ?? encodedRow(model, embedding, key);
  if (row !== undefined) return row;
  throw new CrossbillError(
    "E_KEY",
    `${JSON.stringify(key)} has no vector in the embedding of column "${embedding.column}", which has ${embedding.keys.length}${
      embedding.keys.length === 0 ? "" : `, of ${embedding.keys.slice(0, 3).join(", ")} and others`
    }: training never saw it; give a value of the training data`,
    { exitCode: 2 },
  );
}

/**
 * Exact search among an embedding's vectors, or the `first` ones.
 * @throws E_EMBEDDING (exit code 2), also for the first ones of a column whose ids have no order
 */
export function nearestOf(model: Model, name: string, first = Number.POSITIVE_INFINITY): NearestVectors {
  const embedding = held(model, name);
  const { column, dimension, vectors, keys, placed } = embedding;
  if (first !== Number.POSITIVE_INFINITY && vocabularyOf(placed.spec) === null)
    throw new CrossbillError("E_EMBEDDING", `column "${column}" is no vocabulary: which of its values are frequent is not known`, { exitCode: 2 });
  if (first < keys.length) return new NearestVectors(vectors.subarray(0, first * dimension), dimension);
  embedding.nearest ??= new NearestVectors(vectors, dimension);
  return embedding.nearest;
}

function held(model: Model, name: string): Held {
  const all = made.get(model) ?? new Map<string, Held>();
  made.set(model, all);
  const found = all.get(name) ?? read(model, name);
  all.set(name, found);
  return found;
}

function read(model: Model, name: string): Held {
  const { network } = model;
  const inputs = (network?.plan.towers ?? []).flatMap((tower) => tower.inputs).filter((input) => input.kind === "embedding");
  const input = inputs.find(({ column }) => column === name) ?? inputs.find(({ table }) => network!.plan.tables[table]!.name === name);
  if (network === null || input === undefined)
    throw new CrossbillError(
      "E_EMBEDDING",
      `the model has no embedding of "${name}"; ${inputs.length === 0 ? "it has none" : `it has those of ${[...new Set(inputs.map(({ column }) => column))].join(", ")}`}`,
      { exitCode: 2 },
    );
  const { column } = input;
  const { placed } = model.columns.find((one) => one.placed.name === column)!;
  const { name: table, dimension } = network.plan.tables[input.table]!;
  const { ids, vectors } = network.weights.tables[input.table]!;
  const keys: string[] = [];
  const places: number[] = [];
  for (const [i, id] of ids.entries()) {
    const key = valueKey(placed.spec, model.state, id);
    if (key === null) continue;
    keys.push(key);
    places.push(i);
  }
  const own = new Float32Array(keys.length * dimension);
  for (const [row, i] of places.entries()) own.set(vectors.subarray(i * dimension, (i + 1) * dimension), row * dimension);
  const rows = new Map(keys.map((key, row) => [key, row]));
  const byId = new Map(places.map((i, row) => [ids[i]!, row]));
  return { column, table, dimension, keys, vectors: own, placed, rows, byId, nearest: null };
}

/** Of a value as the data has it, where the names of values are not their texts. */
function encodedRow(model: Model, { placed, byId }: Held, key: string): number | undefined {
  const [field, ...others] = fieldsOf(placed.spec, model.state.columns);
  if (vocabularyOf(placed.spec) !== null || field === undefined || others.length > 0) return undefined;
  const { ids, pairs } = new RowEncoder([placed.spec], model.state, model.data.missing).encodeRow({ [field]: key });
  const several = pairs.get(placed.name)?.ids;
  const id = several === undefined ? ids.get(placed.name) : several.length === 1 ? several[0] : undefined;
  return id === undefined ? undefined : byId.get(id);
}
