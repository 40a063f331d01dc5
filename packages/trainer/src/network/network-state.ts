import { instantiateKernels } from "@crossbill/kernels";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { initialDense, initialRunning, type NetworkWeights } from "@crossbill/models";
import type { Heap } from "../blocks/heap.js";
import { tickOf } from "../optimizers/gradient-rule.js";
import { startWords } from "../warm-start.js";
import { type PlacedNetwork, startClasses, wholeDense, wholePlan } from "./class-state.js";
import { type InitialNetwork, writeInitial } from "./initial-network.js";
import type { TableLayout } from "./network-layout.js";
import type { NetworkTraining } from "./network-training.js";
import { drawnFactor, optimizerOfTable, tableMethod, tableTick } from "./table-method.js";

/** A table's vectors at the start, by id; the others are as its initialiser says (of a frozen table 0). */
export interface InitialTable {
  readonly name: string;
  /** Ascending. */
  readonly ids: Uint32Array;
  /** f32[ids][d] */
  readonly vectors: Float32Array;
  /** Of what they are from: part of the training key. */
  readonly sha256: string;
}

/** Writes the state before the first block: what `initial` has goes before `tables`. @throws E_UNSUPPORTED (exit code 2) for vectors and numbers that do not fit */
export function startNetwork(heap: Heap, network: NetworkTraining, members: number, tables: readonly InitialTable[], initial: InitialNetwork | null): void {
  const { plan, layout, optimizer, tableOptimizer, seed } = network;
  const kernels = instantiateKernels(heap.memory);
  const dense = initialDense(wholePlan(network), seed);
  heap.f32.set(dense.subarray(0, plan.dense), layout.dense / 4);
  startClasses(heap, network, dense.subarray(plan.dense));
  if (optimizer.kind === "adagrad") heap.f32.fill(optimizer.initialAccumulator, layout.dense / 4 + plan.dense, layout.dense / 4 + 2 * plan.dense);
  setRunning(heap, { plan, layout }, members, initialRunning(plan));
  const seeds = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  for (const { index, rows, dimension, stride, frozen, initializer } of plan.tables) {
    const { state, words } = layout.tables[index]!;
    if (frozen) continue;
    const scale = initializer.scale * drawnFactor(tableOptimizer);
    kernels.table_init(0, rows, dimension, stride, state, words, initializer.kind, scale, index, ...seeds, layout.scratch);
    if (tableOptimizer.kind === "adagrad") kernels.table_fill(0, rows, state, words, stride, stride, tableOptimizer.initialAccumulator);
  }
  for (const table of tables) setVectors(heap, network, table);
  if (initial !== null) writeInitial(heap, network, initial, (running) => setRunning(heap, network, members, running));
}

function setVectors(heap: Heap, { plan, layout, tableOptimizer }: NetworkTraining, { name, ids, vectors }: InitialTable): void {
  const table = plan.tables.find((one) => one.name === name);
  if (table === undefined || vectors.length !== ids.length * table.dimension || ids.some((id) => id >= table.rows))
    throw new CrossbillError(
      "E_UNSUPPORTED",
      `tables: ${vectors.length} numbers for ${ids.length} ids of "${name}"; ${table === undefined ? "there is no such table" : `ids below ${table.rows} with ${table.dimension} numbers each are needed`}`,
      { exitCode: 2 },
    );
  const { state, words, last } = layout.tables[table.index]!;
  const own = optimizerOfTable(tableOptimizer, table);
  for (const [i, id] of ids.entries()) {
    for (let e = 0; e < table.dimension; e++) heap.f32[state / 4 + words * id + e] = startWords(own, vectors[i * table.dimension + e]!, false)[0]!;
    // They are learned, if elsewhere.
    heap.u32[last / 4 + id] = 1;
  }
}

function setRunning(heap: Heap, { plan, layout }: Pick<NetworkTraining, "plan" | "layout">, members: number, running: Float32Array): void {
  for (let member = 0; member < members; member++) heap.f32.set(running, layout.running / 4 + member * plan.running);
}

/** Where the present state is, or the best one. */
function placesOf({ plan, classes, layout }: PlacedNetwork, best: boolean) {
  const place = (rows: number, at: TableLayout): RowsAt => ({ rows, words: at.words, state: best ? at.best : at.state, last: best ? at.bestLast : at.last });
  return {
    dense: best ? layout.bestDense : layout.dense,
    running: best ? layout.bestRunning : layout.running,
    tables: plan.tables.map(({ rows, index }) => place(rows, layout.tables[index]!)),
    classes: classes === null ? null : place(classes.rows, layout.classes!.table),
  };
}

interface RowsAt extends Pick<TableLayout, "state" | "last" | "words"> {
  readonly rows: number;
}

/** The state as checkpoints have it; arrays are copied. */
export function packNetwork(heap: Heap, network: PlacedNetwork, best: boolean): v1.NetworkState.$Properties {
  const { plan, layout } = network;
  const { dense, running, tables, classes } = placesOf(network, best);
  const bytes = 4 * (1 + layout.states) * plan.dense;
  const all = new Uint8Array(bytes + 4 * plan.running);
  all.set(heap.u8.subarray(dense, dense + bytes));
  all.set(heap.u8.subarray(running, running + 4 * plan.running), bytes);
  return {
    dense: all,
    tables: tables.map((table, t) => ({ name: plan.tables[t]!.name, ...packRows(heap, table) })),
    ...(classes === null ? {} : { classes: packRows(heap, classes) }),
  };
}

function packRows(heap: Heap, { rows, state, last, words }: RowsAt): v1.TableState.$Properties {
  const ids = touchedRows(heap, last, rows);
  const values = new Uint32Array(words * ids.length);
  const touched = new Uint32Array(ids.length);
  for (const [i, id] of ids.entries()) {
    values.set(heap.u32.subarray(state / 4 + words * id, state / 4 + words * (id + 1)), words * i);
    touched[i] = heap.u32[last / 4 + id]!;
  }
  return { ids: bytesOf(ids), values: bytesOf(values), touched: bytesOf(touched) };
}

/** The inverse, over the state before the first block. @throws E_CORRUPT naming `what` */
export function unpackNetwork(heap: Heap, network: PlacedNetwork, members: number, best: boolean, packed: v1.NetworkState.$Properties, what: string): void {
  const { plan, layout } = network;
  const { dense, tables, classes } = placesOf(network, best);
  const bytes = 4 * (1 + layout.states) * plan.dense;
  const all = packed.dense ?? new Uint8Array(0);
  const given = packed.tables ?? [];
  if (all.length !== bytes + 4 * plan.running || given.length !== tables.length || (classes === null) !== (packed.classes == null)) throw corrupt(what);
  heap.u8.set(all.subarray(0, bytes), dense);
  const running = new Float32Array(wordsOf(all.subarray(bytes)).buffer);
  if (best) heap.f32.set(running, layout.bestRunning / 4);
  else setRunning(heap, network, members, running);
  for (const [t, table] of tables.entries()) unpackRows(heap, table, given[t]!, what);
  if (classes !== null) unpackRows(heap, classes, packed.classes!, what);
}

function unpackRows(heap: Heap, { rows, state, last, words }: RowsAt, packed: v1.TableState.$Properties, what: string): void {
  const [ids, values, touched] = [wordsOf(packed.ids), wordsOf(packed.values), wordsOf(packed.touched)];
  if (values.length !== words * ids.length || touched.length !== ids.length || ids.some((id) => id >= rows)) throw corrupt(what);
  for (const [i, id] of ids.entries()) {
    heap.u32.set(values.subarray(words * i, words * (i + 1)), state / 4 + words * id);
    heap.u32[last / 4 + id] = touched[i]!;
  }
}

/** Time of the penalties of tables and classes before each of the first steps, from the weights seen. @param seen byte offset of f64[steps + 1] */
export function fillClock(heap: Heap, { layout, optimizer, tableOptimizer }: NetworkTraining, seen: number, steps: number): void {
  const from = seen / 8;
  const fill = (clock: number, tick: (step: number, weight: number) => number): void => {
    for (let step = 0; step < steps; step++)
      heap.f64[clock / 8 + step + 1] = heap.f64[clock / 8 + step]! + tick(step, heap.f64[from + step + 1]! - heap.f64[from + step]!);
  };
  fill(layout.clock, (step, weight) => tableTick(tableOptimizer, step, weight));
  if (layout.classes !== null) fill(layout.classes.clock, (step, weight) => tickOf(optimizer, step, weight));
}

/** The network of the kept step, when so much weight had been seen: of tables the rows that were touched, without those of zeros alone (FTRL's l1 makes them), which predict as rows do that are not there. */
export function networkWeights(heap: Heap, network: NetworkTraining, seen: number): NetworkWeights {
  const { plan, layout, tableOptimizer } = network;
  const { dense, running, tables } = placesOf(network, true);
  const kernels = instantiateKernels(heap.memory);
  return {
    dense: wholeDense(heap, network, heap.f32.subarray(dense / 4, dense / 4 + plan.dense)),
    running: heap.f32.slice(running / 4, running / 4 + plan.running),
    tables: plan.tables.map((table, t) => {
      const { name, rows, dimension } = table;
      const method = tableMethod(tableOptimizer, table, layout.tables[t]!, kernels, layout.clock);
      const touched = touchedRows(heap, tables[t]!.last, rows);
      const ids = new Uint32Array(touched.length);
      const vectors = new Float32Array(touched.length * dimension);
      let n = 0;
      for (const id of touched) {
        heap.u32[layout.scratch / 4] = id;
        method.kept(layout.vector, layout.scratch, seen);
        const vector = heap.f32.subarray(layout.vector / 4, layout.vector / 4 + dimension);
        if (vector.every((x) => x === 0)) continue;
        ids[n] = id;
        vectors.set(vector, n++ * dimension);
      }
      return { name, ids: ids.slice(0, n), vectors: vectors.slice(0, n * dimension) };
    }),
  };
}

function touchedRows({ u32 }: Heap, last: number, rows: number): Uint32Array {
  const at = last / 4;
  let n = 0;
  for (let row = 0; row < rows; row++) if (u32[at + row]! > 0) n++;
  const ids = new Uint32Array(n);
  for (let row = 0, i = 0; row < rows; row++) if (u32[at + row]! > 0) ids[i++] = row;
  return ids;
}

const bytesOf = (array: Uint32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
/** Aligned copy: bytes of a message lie anywhere. */
const wordsOf = (bytes: Uint8Array | null | undefined): Uint32Array => new Uint32Array(new Uint8Array(bytes ?? []).buffer);

function corrupt(what: string): CrossbillError {
  return new CrossbillError("E_CORRUPT", `${what}: its state does not fit this network`);
}
