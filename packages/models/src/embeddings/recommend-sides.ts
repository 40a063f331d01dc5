import { type EncodedRow, fieldsOf } from "@crossbill/columns";
import { PANEL_ROWS } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import { LinearLogits } from "../logit-source.js";
import type { Model } from "../model.js";
import { pairOf } from "../network/field-pairs.js";
import type { ServedNetwork } from "../network/served-network.js";

/** A model in two halves: logit(user, item) = what depends on the user alone + bias(item) + vector(user) . vector(item). The halves are of models of one prediction. */
export interface Sides {
  /** The item's first column with an embedding: its values are the items. */
  readonly itemColumn: string;
  /** Fields that belong to items. */
  readonly itemFields: ReadonlySet<string>;
  user(row: EncodedRow): Float64Array;
  item(row: EncodedRow): { readonly vector: Float64Array; readonly bias: number };
}

/**
 * The halves of a model of two towers, or of a factorized one, where `item` names the column of the items.
 * @throws E_RECOMMEND (exit code 2) for other models, and where a column sees both user and item
 */
export function sidesOf(model: Model, item: string | undefined): Sides {
  const { network } = model;
  if (network === null || network.plan.kind === "deep")
    refuse("items are recommended by a model of two towers or a factorized one; score rows of user and item with predict");
  const { kind, towers } = network.plan;
  const inputs = towers.at(-1)!.inputs.filter((input) => input.kind === "embedding");
  const itemColumn = item ?? (kind === "twoTower" ? inputs[0]?.column : inputs.length === 2 ? inputs[1]!.column : undefined);
  if (itemColumn === undefined || !inputs.some(({ column }) => column === itemColumn))
    refuse(`which column's values are recommended? one of ${inputs.map(({ column }) => column).join(", ")} is allowed`);
  const fields = new Map(model.columns.map(({ placed }) => [placed.name, fieldsOf(placed.spec, model.state.columns)]));
  const itemFields = new Set((kind === "twoTower" ? towers[1]!.inputs.map(({ column }) => column) : [itemColumn]).flatMap((column) => fields.get(column)!));
  const isItems = (column: string): boolean => {
    const own = fields.get(column)!;
    const many = own.filter((field) => itemFields.has(field)).length;
    if (many > 0 && many < own.length) refuse(`column "${column}" sees both user and item; score rows of user and item with predict`);
    return many > 0;
  };
  const biases = new LinearLogits([model.columns.filter(({ placed }) => isItems(placed.name))], [0]);
  const bias = (row: EncodedRow): number => biases.row(row)[0]!;
  if (kind === "twoTower") {
    for (const { column } of towers[0]!.inputs) if (isItems(column)) refuse(`column "${column}" of the user's tower reads a field of the items`);
    const { outputs } = towers[0]!;
    const vector = (t: number, row: EncodedRow): Float64Array => firstRow(network.fill(t, row).forward(1), outputs);
    const scaled = (row: EncodedRow): Float64Array => vector(0, row).map((x) => network.scale * x);
    return { itemColumn, itemFields, user: scaled, item: (row) => ({ vector: vector(1, row), bias: bias(row) }) };
  }
  return { itemColumn, itemFields, ...fieldSides(network, isItems, bias) };
}

/** Of a factorized network: its pairs of a user's and an item's column as one product, those of two item's columns as bias. */
function fieldSides(network: ServedNetwork, isItems: (column: string) => boolean, bias: (row: EncodedRow) => number): Pick<Sides, "user" | "item"> {
  const { plan } = network;
  const { rank } = plan.factorized!;
  const fields = plan.towers[0]!.inputs.map(({ column }, field) => ({ field, items: isItems(column) }));
  const items = fields.filter((one) => one.items).map(({ field }) => field);
  const users = fields.filter((one) => !one.items).map(({ field }) => field);
  const pairs = items.flatMap((a) => users.map((b) => [a, b] as const));
  const concatenated = (row: EncodedRow, ofItem: boolean): Float64Array => {
    const panel = network.fill(0, row).input;
    const vector = new Float64Array(pairs.length * rank);
    for (const [p, [a, b]] of pairs.entries())
      for (let j = 0; j < rank; j++) vector[p * rank + j] = ofItem ? pairOf(plan, panel, 0, 0, a, b, j) : pairOf(plan, panel, 0, 0, b, a, j);
    return vector;
  };
  return {
    user: (row) => concatenated(row, false).map((x) => network.scale * x),
    item: (row) => {
      const vector = concatenated(row, true);
      const panel = network.fill(0, row).input;
      let own = bias(row);
      for (const [i, b] of items.entries())
        for (const a of items.slice(0, i))
          for (let j = 0; j < rank; j++) own += network.scale * pairOf(plan, panel, 0, 0, a, b, j) * pairOf(plan, panel, 0, 0, b, a, j);
      return { vector, bias: own };
    },
  };
}

function firstRow(panel: Float32Array, units: number): Float64Array {
  return Float64Array.from({ length: units }, (_, u) => panel[u * PANEL_ROWS]!);
}

export function refuse(problem: string): never {
  throw new CrossbillError("E_RECOMMEND", `recommend: ${problem}`, { exitCode: 2 });
}
