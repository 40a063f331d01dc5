import { PANEL_ROWS } from "@crossbill/kernels";
import type { NetworkPlan, TowerPlan } from "@crossbill/models";
import type { Heap } from "../blocks/heap.js";
import type { ClassRows } from "./class-rows.js";
import type { NetworkInput } from "./network-inputs.js";
import type { NetworkLayout, TableLayout } from "./network-layout.js";
import type { Panel, Towers } from "./towers.js";

/** Where a row's way through a network ends: the first number that is not finite, or whose parameters are not. */
export interface NetworkFault {
  /** Of the block. */
  readonly row: number;
  /** For people: "unit 5 of layer 2", "the vector of column site". */
  readonly where: string;
  /** From 1; 0: before the first layer. */
  readonly layer: number;
  /** From 0, of the layer or of what comes in. */
  readonly unit: number;
  /** What stands there. */
  readonly found: number;
  /** Whether parameters that it is made of are not finite. */
  readonly ofParameters: boolean;
  /** The largest that comes in: of which column, and as the model takes it. */
  readonly column: string;
  readonly value: number;
}

export interface FaultParts {
  readonly heap: Heap;
  readonly plan: NetworkPlan;
  readonly inputs: readonly (readonly NetworkInput[])[];
  readonly layout: NetworkLayout;
  readonly towers: Towers;
  /** null: no classes are sampled. */
  readonly classes: ClassRows | null;
}

/** "layer 2", of two towers "layer 2 of the user's tower". */
export function layerName(plan: Pick<NetworkPlan, "kind">, tower: number, layer: number): string {
  return `layer ${layer + 1}${plan.kind === "twoTower" ? ` of the ${tower === 0 ? "user" : "item"}'s tower` : ""}`;
}

/** The first fault of row `row` of the block in its panel, through which it went. null: all of it is finite. */
export function networkFault(parts: FaultParts, panel: Panel, row: number): NetworkFault | null {
  const { heap, plan, layout, towers, classes } = parts;
  const r = row - panel.row0;
  for (const [t, tower] of plan.towers.entries()) {
    const { x, layers } = layout.towers[t]!;
    const at = (pointer: number, unit: number): number => heap.f32[(panel.slot + pointer) / 4 + PANEL_ROWS * unit + r]!;
    const largest = largestInput(tower, (unit) => at(x, unit));
    for (let unit = 0; unit < tower.width; unit++) {
      const found = at(x, unit);
      if (Number.isFinite(found)) continue;
      const { column, kind } = inputAt(tower, unit);
      return {
        row,
        where: kind === "numeric" ? `column ${column}` : `the vector of column ${column}`,
        layer: 0,
        unit,
        found,
        ofParameters: kind === "embedding",
        column,
        value: found,
      };
    }
    for (const [l, layer] of tower.layers.entries()) {
      for (let unit = 0; unit < towers.units(t, l); unit++) {
        const [z, a] = [at(layers[l]!.z, unit), at(layers[l]!.a, unit)];
        if (Number.isFinite(z) && Number.isFinite(a)) continue;
        const weights = towers.weights(t, l) / 4 + unit * layer.inputs;
        const ofParameters = heap.f32.subarray(weights, weights + layer.inputs).some((w) => !Number.isFinite(w));
        const found = Number.isFinite(z) ? a : z;
        const named = classes !== null && l === tower.layers.length - 1 ? classes.at(unit) : unit;
        return { row, where: `unit ${named} of ${layerName(plan, t, l)}`, layer: l + 1, unit: named, found, ofParameters, ...largest };
      }
    }
  }
  return null;
}

function inputAt(tower: TowerPlan, unit: number): TowerPlan["inputs"][number] {
  return tower.inputs.find(({ at, width }) => unit >= at && unit < at + width)!;
}

function largestInput(tower: TowerPlan, at: (unit: number) => number): { readonly column: string; readonly value: number } {
  let most = { column: tower.inputs[0]!.column, value: 0 };
  for (let unit = 0; unit < tower.width; unit++) if (Math.abs(at(unit)) > Math.abs(most.value)) most = { column: inputAt(tower, unit).column, value: at(unit) };
  return most;
}

/** A parameter of a network that is not finite, or whose optimiser's state is not. */
export interface ParameterFault {
  readonly where: string;
  readonly layer: number | null;
  readonly column: string | null;
  readonly id: number | null;
}

/** The first of them; null: there is none. */
export function parameterFault({ heap, plan, layout, classes }: Pick<FaultParts, "heap" | "plan" | "layout" | "classes">): ParameterFault | null {
  for (let word = 0; word <= layout.states; word++) {
    const from = layout.dense / 4 + word * plan.dense;
    const k = heap.f32.subarray(from, from + plan.dense).findIndex((w) => !Number.isFinite(w));
    if (k < 0) continue;
    for (const [t, tower] of plan.towers.entries()) {
      const l = tower.layers.findLastIndex(({ weights }) => weights <= k);
      if (l >= 0 && k < tower.layers.at(-1)!.weights + sizeOf(tower.layers.at(-1)!)) {
        const { weights, inputs, outputs } = tower.layers[l]!;
        const unit = k < weights + inputs * outputs ? Math.floor((k - weights) / inputs) : (k - weights - inputs * outputs) % outputs;
        return { where: `a parameter of unit ${unit} of ${layerName(plan, t, l)}`, layer: l + 1, column: null, id: null };
      }
      for (const input of tower.inputs)
        if (input.kind === "numeric" && input.vectors >= 0 && k >= input.vectors && k < input.vectors + input.numbers * input.width)
          return { where: `the vector of column ${input.column}`, layer: null, column: input.column, id: null };
    }
  }
  for (const { index, name, rows, columns } of plan.tables) {
    const id = faultyRow(heap, layout.tables[index]!, rows);
    if (id >= 0) return { where: `the vector of id ${id} of table ${name}`, layer: null, column: columns[0]!, id };
  }
  const last = plan.towers[0]!.layers.length - 1;
  const unit = classes === null ? -1 : faultyRow(heap, layout.classes!.table, plan.outputs);
  if (unit >= 0) return { where: `a parameter of unit ${unit} of ${layerName(plan, 0, last)}`, layer: last + 1, column: null, id: null };
  return null;
}

/** The first row [0, rows) that a step touched and that is not finite; -1: there is none. */
function faultyRow({ f32, u32 }: Heap, { state, words, last }: TableLayout, rows: number): number {
  for (let row = 0; row < rows; row++) {
    const at = state / 4 + words * row;
    if (u32[last / 4 + row]! > 0 && !f32.subarray(at, at + words).every(Number.isFinite)) return row;
  }
  return -1;
}

function sizeOf({ inputs, outputs, bias, gamma, beta, slopes }: TowerPlan["layers"][number]): number {
  return inputs * outputs + outputs * [bias, gamma, beta, slopes].filter((at) => at >= 0).length;
}

/** Names of the numeric columns that the network reads. */
export function numericColumns(plan: NetworkPlan): string[] {
  return plan.towers.flatMap(({ inputs }) => inputs.flatMap((input) => (input.kind === "numeric" ? [input.column] : [])));
}
