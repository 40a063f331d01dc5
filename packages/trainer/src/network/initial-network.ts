import { CrossbillError, type v1 } from "@crossbill/messages";
import { type NetworkMap, type NetworkPlan, type NetworkWeights, NO_FEATURE } from "@crossbill/models";
import type { Heap } from "../blocks/heap.js";
import { type OptimizerOptions, stateWords } from "../optimizers/optimizer-options.js";
import { optimizerOf } from "../options.js";
import type { LabelScale } from "../rows/label-scale.js";
import { startWords } from "../warm-start.js";
import { countClasses, parameterAt, wholePlan } from "./class-state.js";
import type { TableLayout } from "./network-layout.js";
import type { NetworkTraining } from "./network-training.js";
import { optimizerOfTable, tableWords } from "./table-method.js";

/** An earlier network that training starts from, in the places of this one. What is not in it starts as in a training from zero. S: float32 that the optimiser keeps of a number, 0 where its state begins anew. */
export interface InitialNetwork {
  /** u32[n], ascending: of f32[P]. */
  readonly parameters: Uint32Array;
  /** f32[1 + S][n] */
  readonly values: Float32Array;
  /** Of f32[P]: those that start at 0. */
  readonly zeros: Uint32Array;
  /** f32[R] */
  readonly running: Float32Array;
  readonly tables: readonly InitialRows[];
  /** Blocks behind the optimiser's state; null: it begins anew. */
  readonly steps: number | null;
  /** Of the squared head: labels are trained on as they were, so that all numbers keep their unit. null: as they stand. */
  readonly labelScale: LabelScale | null;
}

/** Rows of a table. */
export interface InitialRows {
  readonly name: string;
  /** Ascending. */
  readonly ids: Uint32Array;
  /** u32[e]: places in a vector. */
  readonly elements: Uint32Array;
  /** Whether `words` hold what the table's optimiser keeps, not only vectors. */
  readonly kept: boolean;
  /** f32[ids][e] vectors; or the words of its state f32[ids][(1 + S) e], of Adam's and the count. */
  readonly words: Float32Array;
}

/** What an {@link InitialNetwork} is made of. */
export interface NetworkSource {
  /** The earlier network, and what of it is where in this one. */
  readonly plan: NetworkPlan;
  readonly map: NetworkMap;
  /** By table of the map, u32[rows now]: the earlier id, NO_FEATURE: it has none. */
  readonly ids: readonly Uint32Array[];
  readonly numbers: NetworkWeights | KeptNetwork;
  readonly labelScale: LabelScale | null;
}

/** With what its optimisers keep, as {@link TrainOutcome} had it. */
export interface KeptNetwork {
  readonly state: v1.NetworkState.$Properties;
  readonly optimizer: v1.OptimizerSpec.$Properties;
  readonly embeddingOptimizer?: v1.OptimizerSpec.$Properties | null;
  readonly steps: number;
}

/** An earlier network's numbers: `words` float32 of every one of f32[P]. */
interface Numbers {
  readonly words: number;
  readonly dense: Float32Array;
  readonly running: Float32Array;
  readonly rowsOf: (table: number) => SourceRows;
}

/** Rows of a table, ids ascending: `width` float32 each, of which word j of vector element i is at j * stride + i, and a count behind them. */
interface SourceRows {
  readonly ids: Uint32Array;
  readonly values: Float32Array;
  readonly width: number;
  readonly stride: number;
  readonly kept: boolean;
  readonly words: number;
  readonly counted: boolean;
}

/** @throws E_CORRUPT for a state that is not of the earlier network and its optimisers */
export function initialNetwork({ plan, map, ids, numbers, labelScale }: NetworkSource): InitialNetwork {
  const { words, dense, running, rowsOf } = "state" in numbers ? unpacked(plan, numbers) : ofWeights(plan, numbers);
  const n = map.parameters.length;
  const values = new Float32Array(words * n);
  for (let word = 0; word < words; word++) for (let i = 0; i < n; i++) values[word * n + i] = dense[word * plan.dense + map.from[i]!]!;
  return {
    parameters: map.parameters,
    values,
    zeros: map.zeros,
    running,
    tables: map.tables.map(({ name, earlier, elements, from }, t) => ({ name, elements, ...taken(rowsOf(earlier), ids[t]!, from) })),
    steps: "state" in numbers ? numbers.steps : null,
    labelScale,
  };
}

/** Of the rows those that an id has, and of their vectors the elements `from`. @param ids by id the earlier one */
function taken(rows: SourceRows, ids: Uint32Array, from: Uint32Array): Pick<InitialRows, "ids" | "kept" | "words"> {
  const placeOf = new Map<number, number>();
  for (let i = 0; i < rows.ids.length; i++) placeOf.set(rows.ids[i]!, i);
  const own = Uint32Array.from(ids.keys()).filter((id) => ids[id] !== NO_FEATURE && placeOf.has(ids[id]!));
  const width = rows.words * from.length + Number(rows.counted);
  const words = new Float32Array(width * own.length);
  for (const [i, id] of own.entries()) {
    const was = rows.width * placeOf.get(ids[id]!)!;
    for (let word = 0; word < rows.words; word++)
      for (let e = 0; e < from.length; e++) words[width * i + word * from.length + e] = rows.values[was + word * rows.stride + from[e]!]!;
    if (rows.counted) words[width * (i + 1) - 1] = rows.values[was + rows.words * rows.stride]!;
  }
  return { ids: own, kept: rows.kept, words };
}

function ofWeights(plan: NetworkPlan, { dense, running, tables }: NetworkWeights): Numbers {
  return {
    words: 1,
    dense,
    running,
    rowsOf: (t) => {
      const d = plan.tables[t]!.dimension;
      return { ids: tables[t]!.ids, values: tables[t]!.vectors, width: d, stride: d, kept: false, words: 1, counted: false };
    },
  };
}

function unpacked(plan: NetworkPlan, { state, optimizer, embeddingOptimizer }: KeptNetwork): Numbers {
  const options = optimizerOf(optimizer);
  const ofTables = optimizerOf(embeddingOptimizer ?? optimizer);
  const words = numberWords(options);
  const all = withClasses(plan, state, words, options);
  const size = words * plan.dense;
  const tables = state.tables ?? [];
  if (all.length !== size + plan.running || tables.length !== plan.tables.length) throw corrupt();
  return {
    words,
    dense: all.subarray(0, size),
    running: all.slice(size),
    rowsOf: (t) => {
      const table = plan.tables[t]!;
      const own = optimizerOfTable(ofTables, table);
      const width = tableWords(ofTables, table);
      const ids = new Uint32Array(floatsOf(tables[t]!.ids).buffer);
      const values = floatsOf(tables[t]!.values);
      if (values.length !== width * ids.length) throw corrupt();
      return { ids, values, width, stride: table.stride, kept: !table.frozen, words: numberWords(own), counted: own.kind === "adam" };
    },
  };
}

/** f32[words][P] and what stands behind it, the rows of sampled classes in their places: the last ones. */
function withClasses(plan: NetworkPlan, state: v1.NetworkState.$Properties, words: number, options: OptimizerOptions): Float32Array {
  const all = floatsOf(state.dense);
  if (state.classes == null) return all;
  const { outputs: K, inputs: H, weights: before } = plan.towers[0]!.layers.at(-1)!;
  const values = floatsOf(state.classes.values);
  const width = tableWords(options, { stride: H, frozen: false });
  if (values.length !== K * width || all.length !== words * before + plan.running) throw corrupt();
  const out = new Float32Array(words * plan.dense + plan.running);
  for (let word = 0; word < words; word++) {
    out.set(all.subarray(word * before, (word + 1) * before), word * plan.dense);
    for (let k = 0; k < K; k++) out.set(values.subarray(width * k + word * H, width * k + (word + 1) * H), word * plan.dense + before + H * k);
  }
  out.set(all.subarray(words * before), words * plan.dense);
  return out;
}

/** float32 of a number with what its optimiser keeps; Adam's count stands apart. */
function numberWords(options: OptimizerOptions): number {
  return options.kind === "adam" ? 3 : stateWords(options);
}

/** Aligned copy: bytes of a message lie anywhere. @throws E_CORRUPT */
function floatsOf(bytes: Uint8Array | null | undefined): Float32Array {
  if ((bytes?.length ?? 0) % 4 !== 0) throw corrupt();
  return new Float32Array(new Uint8Array(bytes ?? []).buffer);
}

function corrupt(): CrossbillError {
  return new CrossbillError("E_CORRUPT", "the kept state of the network is not that of its optimisers and specification");
}

/** Writes it over the state before the first block. `setRunning` writes f32[R]. @throws E_UNSUPPORTED (exit code 2) for numbers that do not fit */
export function writeInitial(heap: Heap, network: NetworkTraining, initial: InitialNetwork, setRunning: (running: Float32Array) => void): void {
  const { plan, layout, optimizer, tableOptimizer } = network;
  const { parameters, values, zeros, running, tables, steps } = initial;
  const n = parameters.length;
  const words = steps === null ? 1 : numberWords(optimizer);
  if (values.length !== words * n || running.length !== plan.running) throw unfit();
  const { dense } = wholePlan(network);
  if (parameters.some((p) => p >= dense) || zeros.some((p) => p >= dense)) throw unfit();
  for (let word = 0; word < words; word++) for (let i = 0; i < n; i++) heap.f32[parameterAt(network, parameters[i]!, word)] = values[word * n + i]!;
  for (const p of zeros) heap.f32[parameterAt(network, p, 0)] = 0;
  if (steps !== null && optimizer.kind === "adam") countClasses(heap, network, steps);
  setRunning(running);
  for (const rows of tables) {
    const table = plan.tables.find(({ name }) => name === rows.name);
    if (table === undefined || rows.elements.some((e) => e >= table.dimension) || rows.ids.some((id) => id >= table.rows)) throw unfit();
    writeRows(heap, optimizerOfTable(tableOptimizer, table), table.stride, layout.tables[table.index]!, rows);
  }
}

function writeRows({ f32, u32 }: Heap, options: OptimizerOptions, stride: number, at: TableLayout, { ids, elements, kept, words: given }: InitialRows): void {
  const e = elements.length;
  const words = kept ? numberWords(options) : 1;
  const counted = kept && options.kind === "adam";
  const width = words * e + Number(counted);
  if (given.length !== width * ids.length) throw unfit();
  for (const [i, id] of ids.entries()) {
    const row = at.state / 4 + at.words * id;
    for (let word = 0; word < words; word++)
      for (let j = 0; j < e; j++) {
        const x = given[width * i + word * e + j]!;
        f32[row + word * stride + elements[j]!] = kept ? x : startWords(options, x, false)[0]!;
      }
    if (counted) f32[row + words * stride] = given[width * (i + 1) - 1]!;
    // It is learned, if in an earlier training: the penalties' clock begins anew.
    u32[at.last / 4 + id] = 1;
  }
}

function unfit(): CrossbillError {
  return new CrossbillError("E_UNSUPPORTED", "initial.network: its numbers do not fit the network of this training", { exitCode: 2 });
}
