import { v1 } from "@crossbill/messages";
import { type Columns, linearColumns, type Tower, towersOf } from "./network-columns.js";
import { layerValue } from "./network-problems.js";
import type { ActivationConfig, InitializerConfig, NetworkInput, NetworkModel } from "./network-schema.js";
import { type Table, tableName, tablesOf } from "./network-tables.js";

type Layered = Exclude<NetworkModel, { kind: "factorized" }>;

/** A model's network as a message, and the columns it reads (its linear part's too), in the order of `columns`. */
export function networkSpec(model: NetworkModel, columns: Columns): { network: v1.NetworkSpec; columns: string[] } {
  const towers = towersOf(model, columns);
  const linear = linearColumns(model, columns);
  const network =
    model.kind === "factorized"
      ? factorized(model, linear, towers[0]!, tablesOf(towers, columns).tables)
      : v1.NetworkSpec.create({
          linear,
          tables: tablesOf(towers, columns).tables.map(tableSpec),
          ...(model.kind === "twoTower"
            ? { kind: v1.NetworkSpec.Kind.TWO_TOWER, user: towerSpec(model, towers[0]!), item: towerSpec(model, towers[1]!) }
            : { kind: v1.NetworkSpec.Kind.DEEP, tower: towerSpec(model, towers[0]!) }),
        });
  const used = new Set([...linear, ...towers.flatMap(({ inputs }) => inputs.map((input) => (typeof input === "string" ? input : input.column)))]);
  return { network, columns: Object.keys(columns).filter((name) => used.has(name)) };
}

/** A vector of `rank` numbers for every feature (by output, and by field where it is field-aware). */
function factorized(
  { rank, fieldAware, l2 }: Extract<NetworkModel, { kind: "factorized" }>,
  linear: readonly string[],
  { inputs }: Tower,
  tables: readonly Table[],
): v1.NetworkSpec {
  return v1.NetworkSpec.create({
    kind: v1.NetworkSpec.Kind.FACTORIZED,
    linear: [...linear],
    factorized: v1.FactorizedSpec.create({ rank, fieldAware, l2, inputs: inputs.map((input) => towerInput(input, "sum")) }),
    tables: tables.map((table) => tableSpec({ ...table, options: { l2, ...table.options, dimension: rank } })),
  });
}

function tableSpec({ name, columns, options: { dimension, initializer, l2, maxNorm, trainable, from } }: Table): v1.TableSpec {
  return v1.TableSpec.create({
    name,
    columns: [...columns],
    dimension: typeof dimension === "number" ? dimension : 0,
    initializer: initializerSpec(initializer ?? { kind: "auto" }),
    l2: l2 ?? 0,
    maxNorm: maxNorm ?? 0,
    frozen: trainable === false,
    ...(from === undefined
      ? {}
      : {
          from: v1.TransferSpec.create({
            model: from.model,
            table: from.column ?? columns[0]!,
            map: Object.entries(from.map).map(([key, other]) => v1.MappedKey.create({ key, other })),
          }),
        }),
  });
}

function towerSpec(model: Layered, { inputs }: Tower): v1.TowerSpec {
  const { l1, l2, hidden, activation, dropout, batchNorm, initializer } = model;
  return v1.TowerSpec.create({
    inputs: inputs.map((input) => towerInput(input, "mean")),
    hidden: hidden.map((units, layer) => {
      const of = layerValue<ActivationConfig>(activation, layer)!;
      return v1.LayerSpec.create({
        units,
        activation: activationSpec(of),
        dropout: layerValue<number>(dropout, layer)!,
        batchNorm,
        initializer: initializerSpec(initializer),
      });
    }),
    outputs: model.kind === "twoTower" ? (model.dimension ?? 0) : 0,
    l1,
    l2,
  });
}

const COMBINERS = { mean: v1.EmbeddingInput.Combiner.MEAN, sum: v1.EmbeddingInput.Combiner.SUM, sqrtn: v1.EmbeddingInput.Combiner.SQRTN };

function towerInput(input: NetworkInput, usual: keyof typeof COMBINERS): v1.TowerInput {
  if (typeof input === "string") return v1.TowerInput.create({ numeric: input });
  const { column, combiner = usual } = input;
  return v1.TowerInput.create({ embedding: v1.EmbeddingInput.create({ column, table: tableName(input), combiner: COMBINERS[combiner] }) });
}

const { Kind: Activation } = v1.ActivationSpec;
const PLAIN = {
  relu: Activation.RELU,
  linear: Activation.LINEAR,
  sigmoid: Activation.SIGMOID,
  tanh: Activation.TANH,
  softplus: Activation.SOFTPLUS,
  gelu: Activation.GELU,
  silu: Activation.SILU,
};

function activationSpec(given: ActivationConfig): v1.ActivationSpec {
  const of = (kind: v1.ActivationSpec.Kind, a = 0, b = 0): v1.ActivationSpec => v1.ActivationSpec.create({ kind, a, b });
  switch (given.kind) {
    case "leakyRelu":
      return of(Activation.LEAKY_RELU, given.slope);
    case "prelu":
      return of(Activation.PRELU, given.slope);
    case "rrelu":
      return of(Activation.RRELU, given.low, given.high);
    case "relu6":
      return of(Activation.RELU_N, 6);
    case "reluN":
      return of(Activation.RELU_N, given.cap);
    case "elu":
      return of(Activation.ELU, given.alpha);
    default:
      return of(PLAIN[given.kind]);
  }
}

const INITIALIZERS = {
  auto: v1.InitializerSpec.Kind.AUTO,
  zeros: v1.InitializerSpec.Kind.ZEROS,
  uniform: v1.InitializerSpec.Kind.UNIFORM,
  normal: v1.InitializerSpec.Kind.NORMAL,
  truncatedNormal: v1.InitializerSpec.Kind.TRUNCATED_NORMAL,
  he: v1.InitializerSpec.Kind.HE,
  glorot: v1.InitializerSpec.Kind.GLOROT,
};

function initializerSpec(given: InitializerConfig): v1.InitializerSpec {
  return v1.InitializerSpec.create({ kind: INITIALIZERS[given.kind], scale: "scale" in given ? given.scale : 0 });
}
