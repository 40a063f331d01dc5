import { headOf } from "./head-schema.js";
import { type Columns, isNumber, type Tower, towersOf } from "./network-columns.js";
import type { ActivationConfig, NetworkModel } from "./network-schema.js";
import { tableName, tablesOf } from "./network-tables.js";
import type { Config } from "./schema.js";

const BY_BLOCKS = "adagrad, adam, momentum, rmsprop, sgd";
/** Heads of one output. */
const ONE_OUTPUT = ["logistic", "squared", "poisson"];

/** What is wrong with a model with a network, but for its columns. */
export function networkProblems(config: Config): string[] {
  const { model, train } = config;
  if (model.kind === "linear")
    return [
      ...(train.linearOptimizer == null ? [] : ["train.linearOptimizer: is of the linear part beside a network, and model.kind is linear; leave it out"]),
      ...(train.embeddingOptimizer == null ? [] : ["train.embeddingOptimizer: is of the embeddings of a network, and model.kind is linear; leave it out"]),
    ];
  const problems: string[] = [];
  const { kind: head } = headOf(config);
  if (head === "oneVsOne")
    problems.push("model.head: oneVsOne trains a linear model for every pair of classes, by exact; take softmax or oneVsRest with a network");
  if (model.kind === "twoTower" && !ONE_OUTPUT.includes(head) && model.dimension === undefined)
    problems.push(`model.dimension: the head ${head} has a product for every class; say of how many numbers, as dimension: 8`);
  const { optimizer, linearOptimizer, embeddingOptimizer } = train;
  if (optimizer.kind === "exact" && head !== "oneVsOne")
    problems.push(`train.optimizer: exact minimises what is convex, and the loss of a network is not; allowed are ${BY_BLOCKS}`);
  if (optimizer.kind === "ftrl")
    problems.push(
      `train.optimizer: ftrl begins with all weights at 0, and layers that begin there stay there; allowed are ${BY_BLOCKS} (ftrl may train the linear part and the embeddings: train.linearOptimizer, train.embeddingOptimizer)`,
    );
  if (linearOptimizer?.kind === "exact")
    problems.push(`train.linearOptimizer: the linear part is trained with the network, block by block, and exact is not; allowed are ftrl, ${BY_BLOCKS}`);
  if (linearOptimizer != null && model.kind === "deep") problems.push("train.linearOptimizer: deep has no linear part; leave it out, or take wideAndDeep");
  if (embeddingOptimizer?.kind === "exact")
    problems.push(`train.embeddingOptimizer: embeddings are trained with the network, block by block, and exact is not; allowed are ftrl, ${BY_BLOCKS}`);
  if (embeddingOptimizer?.kind === "ftrl" && embeddingOptimizer.beta === 0)
    problems.push("train.embeddingOptimizer.beta: 0 makes the first rate infinite, and no vector can be started from; give a number above 0");
  if (model.kind === "factorized") return problems;
  if (model.clipNorm !== undefined && train.clip != null) problems.push("model.clipNorm: train.clip says how gradients are clipped; leave one of the two out");
  return [...problems, ...layerProblems(model)];
}

function layerProblems(model: Exclude<NetworkModel, { kind: "factorized" }>): string[] {
  const { hidden, activation, dropout } = model;
  const problems: string[] = [];
  for (const [field, value] of Object.entries({ activation, dropout }))
    if (Array.isArray(value) && value.length !== hidden.length)
      problems.push(`model.${field}: a list of ${value.length} for ${hidden.length} hidden layers; give one for each, or one for all`);
  const activations = hidden.slice(0, -1).map((_, i) => layerValue<ActivationConfig>(activation, i));
  const linear = activations.flatMap((one, i) => (one?.kind === "linear" ? [i + 1] : []));
  for (const layer of linear)
    problems.push(
      `model.activation: there is no non-linearity between hidden layers ${layer} and ${layer + 1}, and without one they are a single matrix: W2 (W1 x) = (W2 W1) x; take relu, say, or leave a layer out`,
    );
  return problems;
}

/** Of a field that has one value for all layers, or a list with one for each. */
export function layerValue<T>(value: T | readonly T[], layer: number): T | undefined {
  return Array.isArray(value) ? (value as readonly T[])[layer] : (value as T);
}

/** What is wrong with the columns that a model with a network names. @param columns all there are, those of embedded fields too */
export function networkColumnProblems(model: NetworkModel, columns: Columns): string[] {
  const problems: string[] = [];
  const missing = (at: string, name: string): string => `${at}: "${name}" is not an entry of columns (${Object.keys(columns).join(", ")})`;
  const twice = (at: string, what: string): string => `${at}: ${what} stands there twice; leave one of the two out`;
  if (model.kind === "wideAndDeep")
    model.wide?.forEach((name, i, all) => {
      const at = `model.wide.${i}`;
      if (!Object.hasOwn(columns, name)) problems.push(missing(at, name));
      else if (all.indexOf(name) < i) problems.push(twice(at, `"${name}"`));
    });
  const towers = towersOf(model, columns);
  if (model.kind === "factorized") problems.push(...factorizedProblems(model, towers[0]!));
  for (const tower of towers) problems.push(...inputProblems(tower, columns, missing, twice));
  const { tables, problems: ofTables } = tablesOf(towers, columns);
  problems.push(...ofTables);
  if (model.kind === "twoTower" && problems.length === 0 && model.dimension === undefined && model.hidden.length === 0) {
    const dimensions = new Map(tables.map(({ name, options }) => [name, options.dimension ?? "auto"]));
    const [user, item] = towers.map(({ inputs }) =>
      inputs.reduce((sum, input) => sum + (typeof input === "string" ? widthOf(columns, input) : Number(dimensions.get(tableName(input)))), 0),
    );
    // Of "auto" it is not known before the columns are fitted.
    if (user !== item && Number.isFinite(user) && Number.isFinite(item))
      problems.push(`model.item: its inputs are ${item} numbers, those of user ${user}, and their product needs as many; say the dimension of both`);
  }
  return problems;
}

function factorizedProblems({ fieldAware }: Extract<NetworkModel, { kind: "factorized" }>, { inputs }: Tower): string[] {
  const problems = inputs.length < 2 ? ["model.columns: factorized is of products of two columns; name two at least"] : [];
  const seen = new Set<string>();
  for (const [i, input] of inputs.entries()) {
    if (typeof input === "string") continue;
    const at = `model.columns.${i}`;
    if (seen.has(input.column) && inputs.some((one, j) => j < i && typeof one !== "string" && one.column === input.column && one.table !== input.table))
      problems.push(`${at}: "${input.column}" has another embedding, and a factorized model has one for each column; leave one of the two out`);
    seen.add(input.column);
    if (input.dimension !== undefined) problems.push(`${at}.dimension: vectors of a factorized model have \`rank\` numbers; leave it out`);
    if (input.from !== undefined && fieldAware)
      problems.push(`${at}.from: with fieldAware a value has a vector for each other column, which are not those of another model; leave one of the two out`);
  }
  return problems;
}

/** Numbers that a numeric column is for a tower. */
function widthOf(columns: Columns, name: string): number {
  const column = columns[name]!;
  return "missing" in column && column.missing === "indicator" ? 2 : 1;
}

function inputProblems(
  { field, inputs }: Tower,
  columns: Columns,
  missing: (at: string, name: string) => string,
  twice: (at: string, what: string) => string,
): string[] {
  const seen = new Set<string>();
  return inputs.flatMap((input, i) => {
    const at = `model.${field}.${i}`;
    const name = typeof input === "string" ? input : input.column;
    if (!Object.hasOwn(columns, name)) return [missing(at, name)];
    const { kind } = columns[name]!;
    const key = typeof input === "string" ? JSON.stringify(name) : JSON.stringify([name, tableName(input)]);
    if (seen.has(key)) return [twice(at, typeof input === "string" ? `"${name}"` : `the embedding of "${name}"`)];
    seen.add(key);
    if (typeof input === "string")
      return isNumber(columns[name]!)
        ? []
        : [`${at}: "${name}" is ${kind}, whose ids are no numbers for a layer; give it as embedding("${name}", { dimension: "auto" })`];
    return isNumber(columns[name]!) ? [`${at}: "${name}" is ${kind}, and an embedding has a vector for each value; bucketize it, or give its name alone`] : [];
  });
}
