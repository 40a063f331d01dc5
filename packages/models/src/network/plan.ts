import { CrossbillError, HEAD_NAMES, v1 } from "@crossbill/messages";
import type { PlacedColumn } from "../placement.js";
import type { FactorizedPlan, InitializerPlan, InputPlan, LayerPlan, NetworkKind, NetworkPlan, TablePlan, TowerPlan } from "./network-plan.js";

const { Kind } = v1.ActivationSpec;
const Initial = v1.InitializerSpec.Kind;
const KINDS: Record<v1.NetworkSpec.Kind, NetworkKind> = {
  [v1.NetworkSpec.Kind.DEEP]: "deep",
  [v1.NetworkSpec.Kind.FACTORIZED]: "factorized",
  [v1.NetworkSpec.Kind.TWO_TOWER]: "twoTower",
};
/** Initialised after He et al. 2015, the others after Glorot and Bengio 2010. */
const LIKE_RELU: readonly v1.ActivationSpec.Kind[] = [Kind.RELU, Kind.LEAKY_RELU, Kind.PRELU, Kind.RRELU, Kind.RELU_N, Kind.ELU, Kind.GELU, Kind.SILU];

/** What of a placed column matters. */
type SizedColumn = Pick<PlacedColumn, "name" | "size" | "numeric">;

/**
 * Lays a model's network out; null: the model is linear.
 * @param outputs K, logits of the head
 * @throws E_NETWORK (exit code 2) for a network that does not fit the model's columns or head, or cannot be what was meant
 */
export function planNetwork(spec: v1.ModelSpec, placement: { readonly columns: readonly SizedColumn[] }, outputs: number): NetworkPlan | null {
  const network: v1.NetworkSpec | null = spec.network;
  if (network === null) return null;
  const kind = KINDS[network.kind] ?? refuse(`unknown kind ${String(network.kind)}`);
  const columns = new Map(placement.columns.map((column) => [column.name, column]));
  for (const name of network.linear) placed(columns, name, "the linear part");
  if (new Set(network.linear).size !== network.linear.length) refuse("the linear part names a column twice; once is allowed");
  const towerSpecs = towersOf(network, kind);
  if (kind === "twoTower" && outputs > 1 && towerSpecs.some((tower) => tower.outputs === 0))
    refuse(
      `two towers have a product for each of the ${outputs} outputs of the head ${HEAD_NAMES[spec.head]}: give both the numbers of a product, \`outputs\``,
    );
  const factorized = kind === "factorized" ? factorizedPlan(network.factorized) : null;
  const vectorLength = factorized === null ? null : factorized.rank * outputs * (factorized.fieldAware ? factorized.fields : 1);
  const product = kind === "factorized" || (kind === "twoTower" && towerSpecs.some((tower) => layersOf(tower, kind, outputs) === 0));
  const tables = network.tables.map((table, index) => tablePlan(table, index, columns, vectorLength, product ? (factorized?.rank ?? null) : 0));
  if (new Set(tables.map(({ name }) => name)).size !== tables.length) refuse("two tables have one name; give each its own");
  const cursor = { dense: 0, running: 0 };
  const towers = towerSpecs.map((tower) => towerPlan(tower, { kind, outputs, columns, tables, vectorLength }, cursor));
  if (towers.length === 2 && towers[0]!.outputs !== towers[1]!.outputs)
    refuse(
      `the user's vector has ${towers[0]!.outputs} numbers and the item's ${towers[1]!.outputs}; their product needs as many: give both towers the same \`outputs\``,
    );
  const vectors = tables.reduce((sum, { rows, dimension }) => sum + rows * dimension, 0);
  const { dense, running } = cursor;
  return { kind, outputs, linear: [...network.linear], tables, towers, factorized, dense, running, parameters: dense + vectors };
}

/** The smallest d with d^4 >= size. */
export function autoDimension(size: number): number {
  let d = 1;
  while (d * d * d * d < size) d++;
  return d;
}

function towersOf(network: v1.NetworkSpec, kind: NetworkKind): readonly v1.TowerSpec[] {
  const there = (tower: v1.TowerSpec | null, name: string): v1.TowerSpec => tower ?? refuse(`the ${name} is missing`);
  if (kind === "twoTower") return [there(network.user, "user's tower"), there(network.item, "item's tower")];
  if (kind === "deep") return [there(network.tower, "tower")];
  const factorized: v1.FactorizedSpec | null = network.factorized;
  return [v1.TowerSpec.create({ inputs: factorized?.inputs ?? [], l2: factorized?.l2 ?? 0 })];
}

function factorizedPlan(spec: v1.FactorizedSpec | null): FactorizedPlan {
  const fields = spec?.inputs.length ?? 0;
  if (spec === null || fields < 2) return refuse(`a factorized network multiplies the vectors of pairs of columns and has ${fields}; name two at least`);
  const names = spec.inputs.map(columnOf);
  if (new Set(names).size !== fields) refuse("a factorized network names a column twice; once is allowed");
  if (!(spec.rank >= 1)) refuse(`rank ${spec.rank}; a whole number from 1 is allowed`);
  return { rank: spec.rank, fieldAware: spec.fieldAware, fields };
}

/** @param vectorLength d of every table of a factorized network, else null @param rank of the product that vectors stand in (null: d), 0: they are inputs of layers */
function tablePlan(table: v1.TableSpec, index: number, columns: ReadonlyMap<string, SizedColumn>, vectorLength: number | null, rank: number | null): TablePlan {
  const where = `table "${table.name}"`;
  if (table.columns.length === 0) refuse(`${where} is of no column`);
  const own = table.columns.map((name) => placed(columns, name, where));
  for (const { name, numeric } of own) if (numeric) refuse(`${where}: column "${name}" is numeric and has no ids; embed a categorical one`);
  const rows = own[0]!.size;
  for (const { name, size } of own)
    if (size !== rows) refuse(`${where} is shared by "${own[0]!.name}" of ${rows} ids and "${name}" of ${size}; only columns with the same values share one`);
  const dimension = vectorLength ?? (table.dimension || autoDimension(rows));
  return {
    name: table.name,
    index,
    columns: [...table.columns],
    rows,
    dimension,
    stride: dimension < 4 ? dimension : Math.ceil(dimension / 4) * 4,
    l2: notNegative(table.l2, `${where}: l2`),
    maxNorm: notNegative(table.maxNorm, `${where}: maxNorm`),
    frozen: table.frozen,
    initializer: tableInitializer(table.initializer, where, dimension, rank),
  };
}

function tableInitializer(given: v1.InitializerSpec | null, where: string, dimension: number, rank: number | null): InitializerPlan {
  const { kind, scale } = given ?? { kind: Initial.AUTO, scale: 0 };
  if (kind === Initial.HE || kind === Initial.GLOROT) refuse(`${where}: he and glorot are of layers; take uniform, normal, truncatedNormal or zeros`);
  if (kind !== Initial.AUTO) return { kind, scale: notNegative(scale, `${where}: scale of its initializer`) };
  return rank === 0 ? { kind: Initial.TRUNCATED_NORMAL, scale: INPUT_DEVIATION / Math.sqrt(dimension) } : productInitializer(rank ?? dimension);
}

/** Of vectors that are inputs of layers, times sqrt(d): a row may hold, and add up, hundreds of them. */
const INPUT_DEVIATION = 0.1;
/** Of vectors that are multiplied, times sqrt(rank): products start near 0, so that rare values say nothing before they have learned something. */
export const PRODUCT_DEVIATION = 0.03;

function productInitializer(rank: number): InitializerPlan {
  return { kind: Initial.NORMAL, scale: PRODUCT_DEVIATION / Math.sqrt(rank) };
}

interface Surroundings {
  readonly kind: NetworkKind;
  readonly outputs: number;
  readonly columns: ReadonlyMap<string, SizedColumn>;
  readonly tables: readonly TablePlan[];
  readonly vectorLength: number | null;
}

/** Where the next numbers are. */
interface Cursor {
  dense: number;
  running: number;
}

function layersOf(tower: v1.TowerSpec, kind: NetworkKind, outputs: number): number {
  return tower.hidden.length + Number(lastUnits(tower, kind, outputs) > 0);
}

/** Units of the layer without activation, 0: there is none. */
function lastUnits(tower: v1.TowerSpec, kind: NetworkKind, outputs: number): number {
  return kind === "deep" ? outputs : kind === "twoTower" ? outputs * tower.outputs : 0;
}

function towerPlan(spec: v1.TowerSpec, around: Surroundings, cursor: Cursor): TowerPlan {
  const { kind, outputs, vectorLength } = around;
  if (spec.inputs.length === 0) refuse("a tower has no inputs; name at least one column");
  let width = 0;
  const inputs = spec.inputs.map((input) => {
    const planned = inputPlan(input, width, around);
    width += planned.width;
    return planned;
  });
  const [l1, l2] = [notNegative(spec.l1, "l1 of a tower"), notNegative(spec.l2, "l2 of a tower")];
  const layers: LayerPlan[] = [];
  let units = width;
  spec.hidden.forEach((hidden, i) => {
    const { kind: activation, a, b } = hidden.activation ?? { kind: Kind.RELU, a: 0, b: 0 };
    if (!(activation in Kind)) refuse(`unknown activation ${String(activation)}`);
    if (activation === Kind.LINEAR && i + 1 < spec.hidden.length)
      refuse(
        `hidden layers ${i + 1} and ${i + 2}: layers without a non-linearity between them are one matrix: W2 (W1 x) = (W2 W1) x; give layer ${i + 1} an activation`,
      );
    if (!(hidden.units >= 1)) refuse(`hidden layer ${i + 1} has ${hidden.units} units; whole numbers from 1 are allowed`);
    if (!(hidden.dropout >= 0 && hidden.dropout < 1)) refuse(`hidden layer ${i + 1}: dropout ${hidden.dropout}; a share in [0, 1) is allowed`);
    const initializer = layerInitializer(hidden.initializer, LIKE_RELU.includes(activation) ? Initial.HE : Initial.GLOROT);
    const { dropout, batchNorm } = hidden;
    const shape = { activation: { kind: activation, a, b }, dropout, batchNorm, bias: !batchNorm, penalised: l1 + l2 > 0, initializer };
    layers.push(layerPlan(units, hidden.units, shape, cursor));
    units = hidden.units;
  });
  const last = lastUnits(spec, kind, outputs);
  if (last > 0) {
    const initializer: InitializerPlan = { kind: Initial.GLOROT, scale: 0 };
    const activation = { kind: Kind.LINEAR, a: 0, b: 0 };
    layers.push(layerPlan(units, last, { activation, dropout: 0, batchNorm: false, bias: kind === "twoTower", penalised: l1 + l2 > 0, initializer }, cursor));
    units = last;
  }
  if (vectorLength === null) return { inputs, width, layers, outputs: units, l1, l2 };
  const placedInputs = inputs.map((input): InputPlan => {
    if (input.kind === "embedding") return input;
    const vectors = cursor.dense;
    cursor.dense += input.numbers * vectorLength;
    return { ...input, vectors };
  });
  return { inputs: placedInputs, width, layers, outputs: width, l1, l2 };
}

function inputPlan(input: v1.TowerInput, at: number, { columns, tables, vectorLength }: Surroundings): InputPlan {
  const column = placed(columns, columnOf(input), "a tower");
  if (input.embedding == null) {
    if (!column.numeric) refuse(`column "${column.name}" is categorical; name it as an embedding`);
    return { kind: "numeric", column: column.name, at, width: vectorLength ?? column.size, numbers: column.size, vectors: -1 };
  }
  const table = tables.find(({ name }) => name === input.embedding!.table) ?? refuse(`there is no table "${input.embedding.table}"`);
  if (!table.columns.includes(column.name)) refuse(`table "${table.name}" is not of the column "${column.name}"`);
  return { kind: "embedding", column: column.name, table: table.index, combiner: input.embedding.combiner, at, width: table.dimension };
}

function layerPlan(
  inputs: number,
  outputs: number,
  shape: Pick<LayerPlan, "activation" | "dropout" | "batchNorm" | "penalised" | "initializer"> & { readonly bias: boolean },
  cursor: Cursor,
): LayerPlan {
  const take = (n: number): number => {
    const at = cursor.dense;
    cursor.dense += n;
    return at;
  };
  const running = cursor.running;
  if (shape.batchNorm) cursor.running += 2 * outputs;
  return {
    inputs,
    outputs,
    weights: take(inputs * outputs),
    bias: shape.bias ? take(outputs) : -1,
    gamma: shape.batchNorm ? take(outputs) : -1,
    beta: shape.batchNorm ? take(outputs) : -1,
    slopes: shape.activation.kind === Kind.PRELU ? take(outputs) : -1,
    running: shape.batchNorm ? running : -1,
    activation: shape.activation,
    dropout: shape.dropout,
    batchNorm: shape.batchNorm,
    penalised: shape.penalised,
    initializer: shape.initializer,
  };
}

function layerInitializer(given: v1.InitializerSpec | null, auto: v1.InitializerSpec.Kind.HE | v1.InitializerSpec.Kind.GLOROT): InitializerPlan {
  const { kind, scale } = given ?? { kind: Initial.AUTO, scale: 0 };
  return kind === Initial.AUTO ? { kind: auto, scale: 0 } : { kind, scale: notNegative(scale, "scale of a layer's initializer") };
}

function columnOf(input: v1.TowerInput): string {
  return input.embedding?.column ?? input.numeric ?? "";
}

function placed(columns: ReadonlyMap<string, SizedColumn>, name: string, where: string): SizedColumn {
  return columns.get(name) ?? refuse(`${where} names the column "${name}", which is not among the model's: ${[...columns.keys()].join(", ")}`);
}

function notNegative(x: number, what: string): number {
  return x >= 0 && x < Number.POSITIVE_INFINITY ? x : refuse(`${what} is ${x}; numbers from 0 are allowed`);
}

function refuse(problem: string): never {
  throw new CrossbillError("E_NETWORK", `model: ${problem}`, { exitCode: 2 });
}
