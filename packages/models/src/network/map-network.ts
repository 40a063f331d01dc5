import { v1 } from "@crossbill/messages";
import { NO_FEATURE } from "../map-features.js";
import type { InputPlan, LayerPlan, NetworkPlan, NumericInputPlan, TablePlan, TowerPlan } from "./network-plan.js";

/** What the numbers of one network were in an earlier one. */
export interface NetworkMap {
  /** u32[n], ascending: of f32[P]. */
  readonly parameters: Uint32Array;
  /** u32[n]: what they were in the earlier f32[P]. */
  readonly from: Uint32Array;
  /** Of f32[P], ascending: weights of layers by inputs, and to outputs, that are new. With 0 the network says what it said before. */
  readonly zeros: Uint32Array;
  readonly tables: readonly TableMap[];
  /** Columns that mean something else now, or are embedded otherwise: weights by them start at 0, or their vectors anew. */
  readonly changed: readonly { readonly column: string; readonly why: string }[];
}

export interface TableMap {
  readonly name: string;
  /** Numbers of the table, now and there. */
  readonly index: number;
  readonly earlier: number;
  /** A column of both, by which ids are told. */
  readonly column: string;
  /** u32[e], ascending: places in a vector now; and there. */
  readonly elements: Uint32Array;
  readonly from: Uint32Array;
}

/** What of columns and outputs is known. */
export interface NetworkMatch {
  /** Columns whose ids and numbers mean what they meant. */
  readonly same: ReadonlySet<string>;
  /** What each output was; -1: it was none. */
  readonly fromOutputs: readonly number[];
}

/**
 * Maps the numbers of a network by what they belong to: weights of layers by units and inputs, inputs and tables by their names, classes by their outputs. Layers must be the same (units, activations, batch norm);
 * columns, tables and classes may come and go.
 * @returns or why the earlier network cannot be gone on from
 */
export function mapNetwork(was: NetworkPlan, now: NetworkPlan, { same, fromOutputs }: NetworkMatch): NetworkMap | string {
  const problem = misfit(was, now);
  if (problem !== null) return problem;
  const changed = new Map<string, string>();
  const tables = new Map(
    now.tables.flatMap((table): [number, TableMap][] => {
      const mapped = tableMap(table, was, now, fromOutputs, same);
      if (typeof mapped === "string") changed.set(table.columns[0]!, mapped);
      return mapped === null || typeof mapped === "string" ? [] : [[table.index, mapped]];
    }),
  );
  const cells: Cells = { from: new Uint32Array(now.dense).fill(NO_FEATURE), zero: new Uint8Array(now.dense) };
  for (const [t, tower] of now.towers.entries()) {
    const earlier = was.towers[t]!;
    const inputs = inputMap(earlier, tower, tables, same, changed);
    const last = tower.layers.length - 1;
    for (const [l, layer] of tower.layers.entries()) {
      // Of the last one, and of products d units, of each output what it was.
      const d = l < last ? 0 : layer.outputs / now.outputs;
      const outputs = Array.from({ length: layer.outputs }, (_, j) => (l < last ? j : fromOutput(fromOutputs[Math.floor(j / d)]!, j % d, d)));
      // A product of two zeros would stay there: of a new output the user's part alone is 0.
      mapLayer(earlier.layers[l]!, layer, outputs, l === 0 ? inputs : null, t === 0, cells);
    }
    if (now.factorized !== null) mapNumeric(earlier, tower, elementMap(was, now, fromOutputs), same, cells);
  }
  const parameters = placesOf(cells.from, (from) => from !== NO_FEATURE);
  return {
    parameters,
    from: parameters.map((at) => cells.from[at]!),
    zeros: placesOf(cells.zero, (zero) => zero === 1),
    tables: [...tables.values()].filter(({ index }) => !now.tables[index]!.frozen),
    changed: [...changed].map(([column, why]) => ({ column, why })),
  };
}

/** By number of f32[P]: what it was in the earlier one, and whether it starts at 0. */
interface Cells {
  readonly from: Uint32Array;
  readonly zero: Uint8Array;
}

function placesOf(all: Uint32Array | Uint8Array, wanted: (x: number) => boolean): Uint32Array {
  let n = 0;
  for (const x of all) if (wanted(x)) n++;
  const places = new Uint32Array(n);
  let i = 0;
  for (const [at, x] of all.entries()) if (wanted(x)) places[i++] = at;
  return places;
}

function misfit(was: NetworkPlan, now: NetworkPlan): string | null {
  if (was.kind !== now.kind) return `its network is ${was.kind}, that of the configuration ${now.kind}`;
  const [before, after] = [productOf(was), productOf(now)];
  if (before !== after) return `its products are of ${before}, those of the configuration of ${after}`;
  for (const [t, tower] of now.towers.entries()) {
    const [there, here] = [layersOf(was.towers[t]!, was), layersOf(tower, now)];
    const whose = now.kind === "twoTower" ? `${["user", "item"][t]!}'s ` : "";
    if (there !== here) return `its ${whose}layers are ${there}, those of the configuration ${here}`;
  }
  return null;
}

function productOf({ factorized }: NetworkPlan): string {
  return factorized === null ? "" : `rank ${factorized.rank}${factorized.fieldAware ? ", field-aware" : ""}`;
}

function fromOutput(k: number, i: number, d: number): number {
  return k < 0 ? -1 : k * d + i;
}

/** Of layers what decides which numbers they have and what these do; of a vector that is its tower's input, the inputs. */
function layersOf({ layers, inputs }: TowerPlan, { kind, outputs: K }: NetworkPlan): string {
  if (layers.length === 0 && kind === "twoTower") return `none over ${inputs.map(({ column, width }) => `${column} (${width})`).join(", ")}`;
  const texts = layers.map(({ outputs, activation, batchNorm }, l) => {
    if (kind === "deep" && l === layers.length - 1) return "";
    const name = v1.ActivationSpec.Kind[activation.kind]!.toLowerCase();
    const numbers = [activation.a, activation.b].filter((x) => x !== 0).join(" ");
    return `${l === layers.length - 1 ? outputs / K : outputs} ${name}${numbers === "" ? "" : ` ${numbers}`}${batchNorm ? " with batch norm" : ""}`;
  });
  return texts.filter((text) => text !== "").join(", ") || "none";
}

/** @returns null: the earlier network has no such table; or why its vectors start anew */
function tableMap(table: TablePlan, was: NetworkPlan, now: NetworkPlan, fromOutputs: readonly number[], same: ReadonlySet<string>): TableMap | string | null {
  const earlier = was.tables.find(({ name }) => name === table.name);
  if (earlier === undefined) return null;
  const column = table.columns.find((name) => earlier.columns.includes(name) && same.has(name));
  if (column === undefined) return null; // told with the column
  if (now.factorized === null && earlier.dimension !== table.dimension) return `vectors of ${earlier.dimension} numbers there, ${table.dimension} here`;
  const places = now.factorized === null ? Array.from({ length: table.dimension }, (_, e) => ({ at: e, from: e })) : elementMap(was, now, fromOutputs);
  const elements = Uint32Array.from(places, ({ at }) => at);
  return { name: table.name, index: table.index, earlier: earlier.index, column, elements, from: Uint32Array.from(places, ({ from }) => from) };
}

/** Of a vector of a factorized network, [output][field][rank]: the places that were there, ascending. */
function elementMap(was: NetworkPlan, now: NetworkPlan, fromOutputs: readonly number[]): { at: number; from: number }[] {
  const { rank, fieldAware } = now.factorized!;
  const fieldsOf = ({ towers }: NetworkPlan): string[] => (fieldAware ? towers[0]!.inputs.map(({ column }) => column) : [""]);
  const [before, after] = [fieldsOf(was), fieldsOf(now)];
  return fromOutputs.flatMap((k, output) =>
    after.flatMap((name, field) => {
      const earlier = before.indexOf(name);
      if (k < 0 || earlier < 0) return [];
      return Array.from({ length: rank }, (_, r) => ({ at: (output * after.length + field) * rank + r, from: (k * before.length + earlier) * rank + r }));
    }),
  );
}

/** For each unit of a tower's input what it was; -1: it is new. */
function inputMap(was: TowerPlan, now: TowerPlan, tables: ReadonlyMap<number, TableMap>, same: ReadonlySet<string>, changed: Map<string, string>): Int32Array {
  const from = new Int32Array(now.width).fill(-1);
  for (const input of now.inputs) {
    const earlier = was.inputs.find((other) => isLike(other, input, tables));
    if (earlier === undefined || !same.has(input.column)) continue;
    if (earlier.width !== input.width) changed.set(input.column, `${earlier.width} inputs there, ${input.width} here`);
    else if (earlier.kind === "embedding" && input.kind === "embedding" && earlier.combiner !== input.combiner)
      changed.set(input.column, "its vectors are pooled otherwise");
    else for (let i = 0; i < input.width; i++) from[input.at + i] = earlier.at + i;
  }
  return from;
}

function isLike(other: InputPlan, input: InputPlan, tables: ReadonlyMap<number, TableMap>): boolean {
  if (other.column !== input.column) return false;
  if (other.kind === "numeric" || input.kind === "numeric") return other.kind === input.kind;
  return tables.get(input.table)?.earlier === other.table;
}

/** @param inputs what each input was, -1: it is new; null: the same @param zeros whether weights to new outputs start at 0 */
function mapLayer(was: LayerPlan, now: LayerPlan, outputs: readonly number[], inputs: Int32Array | null, zeros: boolean, { from, zero }: Cells): void {
  for (const [j, k] of outputs.entries()) {
    for (let i = 0; i < now.inputs; i++) {
      const at = now.weights + j * now.inputs + i;
      const earlier = inputs === null ? i : inputs[i]!;
      if (k < 0) zero[at] = Number(zeros);
      else if (earlier < 0) zero[at] = 1;
      else from[at] = was.weights + k * was.inputs + earlier;
    }
    for (const part of ["bias", "gamma", "beta", "slopes"] as const) if (now[part] >= 0 && k >= 0) from[now[part] + j] = was[part] + k;
  }
}

/** Vectors of numeric columns. */
function mapNumeric(was: TowerPlan, now: TowerPlan, elements: readonly { at: number; from: number }[], same: ReadonlySet<string>, cells: Cells): void {
  const numeric = ({ inputs }: TowerPlan): NumericInputPlan[] => inputs.filter((input) => input.kind === "numeric");
  for (const input of numeric(now)) {
    const earlier = numeric(was).find(({ column }) => column === input.column);
    if (earlier === undefined || !same.has(input.column) || earlier.numbers !== input.numbers) continue;
    for (let n = 0; n < input.numbers; n++)
      for (const { at, from } of elements) cells.from[input.vectors + n * input.width + at] = earlier.vectors + n * earlier.width + from;
  }
}
