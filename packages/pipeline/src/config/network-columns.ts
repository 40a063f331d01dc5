import type { EmbeddingConfig, NetworkInput, NetworkModel } from "./network-schema.js";
import { PLAIN_VOCABULARY } from "./plain-vocabulary.js";
import type { ColumnConfig, Config } from "./schema.js";

export type Columns = Readonly<Record<string, ColumnConfig>>;

/** The inputs of one tower, and the field of the model that names them. */
export interface Tower {
  readonly field: "columns" | "deep" | "user" | "item";
  readonly inputs: readonly NetworkInput[];
}

export function isNumber(column: ColumnConfig): boolean {
  return column.kind === "numeric" || column.kind === "product";
}

/** The towers of a model; where it names no inputs, every entry is one: numbers as they are, others as embeddings. The columns of a factorized model are one. */
export function towersOf(model: NetworkModel, columns: Columns): Tower[] {
  const named = (name: string): NetworkInput => (Object.hasOwn(columns, name) && !isNumber(columns[name]!) ? { kind: "embedding", column: name } : name);
  const every = (): NetworkInput[] => Object.keys(columns).map(named);
  switch (model.kind) {
    case "deep":
      return [{ field: "columns", inputs: model.columns ?? every() }];
    case "wideAndDeep":
      return [{ field: "deep", inputs: model.deep ?? every() }];
    case "twoTower":
      return [
        { field: "user", inputs: model.user },
        { field: "item", inputs: model.item },
      ];
    case "factorized":
      return [{ field: "columns", inputs: model.columns?.map((input) => (typeof input === "string" ? named(input) : input)) ?? every() }];
  }
}

/** Columns of the linear part beside the network: the wide ones; of two towers, those with embeddings, as biases. */
export function linearColumns(model: NetworkModel, columns: Columns): string[] {
  switch (model.kind) {
    case "deep":
      return [];
    case "wideAndDeep":
      return model.wide ?? Object.keys(columns);
    case "factorized":
      return [...new Set(model.columns?.map((input) => (typeof input === "string" ? input : input.column)) ?? Object.keys(columns))];
    case "twoTower":
      return [...new Set(embeddingsOf(towersOf(model, columns)).map(({ column }) => column))];
  }
}

export function embeddingsOf(towers: readonly Tower[]): EmbeddingConfig[] {
  return towers.flatMap(({ inputs }) => inputs.filter((input) => typeof input !== "string"));
}

/** What a model's embeddings are of, as it names them: entries of columns, or fields. */
export function embeddedNames({ model }: Pick<Config, "model">): Set<string> {
  return new Set(model.kind === "linear" ? [] : embeddingsOf(towersOf(model, {})).map(({ column }) => column));
}

/** The columns, and a vocabulary for every field with an embedding that is no entry. */
export function withEmbeddedFields(columns: Record<string, ColumnConfig>, config: Pick<Config, "model">): Record<string, ColumnConfig> {
  const fields = [...embeddedNames(config)].filter((name) => !Object.hasOwn(columns, name));
  return fields.length === 0 ? columns : { ...columns, ...Object.fromEntries(fields.map((field) => [field, { ...PLAIN_VOCABULARY, column: field }])) };
}

/** The same model with every input of its towers named, so that each has a path. */
export function withTowerInputs(model: Config["model"], columns: Columns): Config["model"] {
  if (model.kind === "linear") return model;
  return { ...model, ...Object.fromEntries(towersOf(model, columns).map(({ field, inputs }) => [field, inputs])) };
}
