import type { ColumnInput, ConfigInput } from "./schema.js";

/*
 * The functions of a TypeScript configuration: each returns the plain object that a JSON or YAML configuration holds.
 */
type Options<K extends string, First extends string> = Omit<Extract<ColumnInput, { kind: K }>, "kind" | First>;
type Optimizer = NonNullable<NonNullable<ConfigInput["train"]>["optimizer"]>;
type ModelInput = NonNullable<ConfigInput["model"]>;

/** The configuration itself, with its types checked by the editor. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** A number: outliers treated, clipped, scaled. */
export function numeric(column: string, options: Options<"numeric", "column"> = {}): ColumnInput {
  return { kind: "numeric", column, ...options };
}

/** The product of the numbers of raw fields (a field twice: its square), treated like a numeric column's. */
export function product(columns: string[], options: Options<"product", "columns"> = {}): ColumnInput {
  return { kind: "product", columns, ...options };
}

/** A number cut into buckets, by given boundaries or fitted quantiles. */
export function bucketized(column: string, options: Options<"bucketized", "column">): ColumnInput {
  return { kind: "bucketized", column, ...options };
}

/** A text with an id for every value of a vocabulary, learned or given. */
export function vocabulary(column: string, options: Options<"vocabulary", "column"> = {}): ColumnInput {
  return { kind: "vocabulary", column, ...options };
}

/** An integer in [0, size) that is its own id. */
export function identity(column: string, options: Options<"identity", "column">): ColumnInput {
  return { kind: "identity", column, ...options };
}

/** A text hashed into buckets. */
export function hashed(column: string, options: Options<"hashed", "column">): ColumnInput {
  return { kind: "hashed", column, ...options };
}

/** What came before a row: the values of a field in the rows with the same key and a smaller order. A vocabulary of several values. */
export function history(options: Omit<Extract<ColumnInput, { kind: "history" }>, "kind">): ColumnInput {
  return { kind: "history", ...options };
}

/** The combinations of several columns or fields: exact (all there can be, or a `vocabulary` of those seen), or hashed into `buckets`. */
export function crossed(columns: string[], options: Options<"crossed", "columns"> = {}): ColumnInput {
  return { kind: "crossed", columns, ...options };
}

type ModelOptions<K extends ModelInput["kind"]> = Omit<Extract<ModelInput, { kind: K }>, "kind">;
type EmbeddingInput = Exclude<Extract<ModelInput, { kind: "twoTower" }>["user"][number], string>;

/** A linear model: head(intercept + sum of weights). */
export function linear(options: ModelOptions<"linear"> = {}): ModelInput {
  return { kind: "linear", ...options };
}

/** Vectors of a column's values (an entry of `columns`, or a field): an input of a network. */
export function embedding(column: string, options: Omit<EmbeddingInput, "kind" | "column"> = {}): EmbeddingInput {
  return { kind: "embedding", column, ...options };
}

/** Layers over embeddings and numbers. */
export function deep(options: ModelOptions<"deep"> = {}): ModelInput {
  return { kind: "deep", ...options };
}

/** A linear model beside a deep one, trained together (Cheng et al. 2016). */
export function wideAndDeep(options: ModelOptions<"wideAndDeep"> = {}): ModelInput {
  return { kind: "wideAndDeep", ...options };
}

/** A linear model and the products of all pairs of its columns, factorised (Rendle 2010; field-aware: Juan et al. 2016). */
export function factorized(options: ModelOptions<"factorized"> = {}): ModelInput {
  return { kind: "factorized", ...options };
}

/** Biases and the product of two vectors, of a user and of an item, each made by layers over its inputs. */
export function twoTower(options: ModelOptions<"twoTower">): ModelInput {
  return { kind: "twoTower", ...options };
}

/** FTRL-Proximal (McMahan et al. 2013). */
export function ftrl(options: Omit<Extract<Optimizer, { kind: "ftrl" }>, "kind"> = {}): Optimizer {
  return { kind: "ftrl", ...options };
}

/** Adagrad (Duchi et al. 2011). */
export function adagrad(options: Omit<Extract<Optimizer, { kind: "adagrad" }>, "kind"> = {}): Optimizer {
  return { kind: "adagrad", ...options };
}

/** Adam (Kingma and Ba 2015), each feature on its own count of steps. */
export function adam(options: Omit<Extract<Optimizer, { kind: "adam" }>, "kind"> = {}): Optimizer {
  return { kind: "adam", ...options };
}

/** RMSProp (Tieleman and Hinton 2012). */
export function rmsprop(options: Omit<Extract<Optimizer, { kind: "rmsprop" }>, "kind"> = {}): Optimizer {
  return { kind: "rmsprop", ...options };
}

/** Momentum (Polyak 1964); with `nesterov: true` Nesterov's (Sutskever et al. 2013). */
export function momentum(options: Omit<Extract<Optimizer, { kind: "momentum" }>, "kind"> = {}): Optimizer {
  return { kind: "momentum", ...options };
}

/** Stochastic gradient descent. */
export function sgd(options: Omit<Extract<Optimizer, { kind: "sgd" }>, "kind"> = {}): Optimizer {
  return { kind: "sgd", ...options };
}

/** The batch solver: Newton's method over all training rows, to the optimum, with a certificate. */
export function exact(options: Omit<Extract<Optimizer, { kind: "exact" }>, "kind"> = {}): Optimizer {
  return { kind: "exact", ...options };
}
