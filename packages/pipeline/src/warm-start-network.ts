import fs from "node:fs";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { type FeatureMap, loadModel, type Model, mapNetwork, NO_FEATURE, outputsOf, type Placement, planNetwork } from "@crossbill/models";
import { readSealed, writeSealed } from "@crossbill/storage";
import { type InitialNetwork, initialNetwork, type KeptNetwork } from "@crossbill/trainer";

/** The model that a training starts from. */
export interface Start {
  readonly name: string;
  readonly modelSha256: string;
  /** Holds `model/`, and where it can be kept `state/`. */
  readonly folder: string;
}

/** What a start of a network is made of: the model, its columns as they were placed, and what their features are now. */
export interface NetworkStart {
  readonly start: Start;
  readonly model: Model;
  readonly earlier: Placement;
  readonly map: FeatureMap;
  readonly placement: Placement;
  readonly spec: v1.ModelSpec;
  /** For each output now, the model's; -1: none. */
  readonly outputs: readonly number[];
  /** How many there are now. */
  readonly classes: number;
  /** null: the optimiser's state begins anew. */
  readonly kept: v1.TrainingState | null;
}

export const ANEW = "train.warmStart: false starts from zero";
/** As of checkpoints. */
const MAX_BYTES = 2 ** 32 - 1;

/** The start's network in the places of this one, and what became of it, in words; null: neither has one. @throws E_WARM_START (exit code 2) */
export async function startOfNetwork(
  from: NetworkStart,
): Promise<{ initial: InitialNetwork; told: string[]; changed: readonly { column: string; why: string }[] } | null> {
  const { start, model, map, earlier, placement, spec, outputs, kept } = from;
  const now = planNetwork(spec, placement, outputsOf(spec.head, from.classes));
  if (now === null && model.network === null) return null;
  if (now === null || model.network === null)
    throw refused(
      `${start.name} ${now === null ? "has a network, the configuration" : "is linear, and the configuration"} ${now === null ? "none" : "has a network"}; ${ANEW}`,
    );
  const { plan: was, weights, scale } = model.network;
  const otherwise = new Set(map.changed.map(({ column }) => column));
  const before = new Set(earlier.columns.map(({ name }) => name));
  const same = new Set(placement.columns.map(({ name }) => name).filter((name) => before.has(name) && !otherwise.has(name)));
  const mapped = mapNetwork(was, now, { same, fromOutputs: outputs });
  if (typeof mapped === "string") throw refused(`of ${start.name}: ${mapped}; ${ANEW}`);
  const ids = mapped.tables.map(({ column }) => idsOf(column, from));
  const initial = initialNetwork({
    plan: was,
    map: mapped,
    ids,
    numbers: kept === null ? weights : await keptNetwork(start, kept),
    labelScale: spec.head === v1.Head.SQUARED ? labelScaleOf(kept, model.intercepts[0]!, scale) : null,
  });
  const told = [
    ...linearPart(from, now.linear),
    ...mapped.tables.map(({ index, earlier: there, name }, t) => {
      const [rows, held] = [now.tables[index]!.rows, initial.tables[t]!.ids.length];
      return `of ${rows} ids of "${name}" ${held} have its vectors, ${rows - held} start anew; ${weights.tables[there]!.ids.length - held} of its own are dropped`;
    }),
    ...(mapped.zeros.length === 0 ? [] : [`${mapped.zeros.length} weights of layers, by new inputs or to new classes, start at zero`]),
  ];
  return { initial, told: told.length === 0 ? ["its layers"] : told, changed: mapped.changed };
}

function linearPart({ map, placement }: NetworkStart, linear: readonly string[]): string[] {
  const columns = placement.columns.filter(({ name }) => linear.includes(name));
  const features = columns.reduce((sum, { size }) => sum + size, 0);
  let has = 0;
  for (const { offset, size } of columns) for (const feature of map.from.subarray(offset, offset + size)) has += Number(feature !== NO_FEATURE);
  return features === 0 ? [] : [`of ${features} features of the linear part ${has} have its weights`];
}

/** u32[ids of the column]: what they were; NO_FEATURE: none. */
function idsOf(column: string, { map, placement, earlier }: NetworkStart): Uint32Array {
  const { offset, size } = placement.columns.find(({ name }) => name === column)!;
  const was = earlier.columns.find(({ name }) => name === column)!.offset;
  return map.from.slice(offset, offset + size).map((feature) => (feature === NO_FEATURE ? NO_FEATURE : feature - was));
}

/** Of the squared head. Of a model alone the deviation is known; about its intercept the intercept that is learned is 0. */
function labelScaleOf(kept: v1.TrainingState | null, intercept: number, deviation: number): { mean: number; deviation: number } {
  return kept === null ? { mean: intercept, deviation } : { mean: kept.labelMean, deviation: kept.labelDeviation };
}

async function keptNetwork({ name, folder }: Start, { optimizer, embeddingOptimizer, steps }: v1.TrainingState): Promise<KeptNetwork> {
  const file = path.join(folder, "state", "network.pb");
  if (!fs.existsSync(file)) throw refused(`${name} holds no state of its network's optimiser; train.optimizerState: "reset" takes its weights alone`);
  const state = decodeMessage(v1.NetworkState, (await readSealed(file, "network", 1)).payload, file, MAX_BYTES);
  return { state, optimizer, embeddingOptimizer, steps };
}

export async function saveNetworkState(folder: string, state: v1.NetworkState.$Properties): Promise<void> {
  await writeSealed(path.join(folder, "network.pb"), "network", 1, encodeMessage(v1.NetworkState, state));
}

/** All that a training goes by. */
export function networkBytes({ parameters, values, zeros, running, tables, steps, labelScale }: InitialNetwork): Uint8Array {
  const bytes = (array: Uint32Array | Float32Array | Float64Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return Buffer.concat([
    ...[parameters, values, zeros, running].flatMap((array) => [bytes(Float64Array.of(array.length)), bytes(array)]),
    ...tables.flatMap(({ name, ids, elements, kept, words }) => [
      Buffer.from(JSON.stringify([name, ids.length, elements.length, kept, words.length])),
      bytes(ids),
      bytes(elements),
      bytes(words),
    ]),
    bytes(Float64Array.of(steps ?? -1, labelScale?.mean ?? 0, labelScale?.deviation ?? 0)),
  ]);
}

/**
 * The specification with "auto" dimensions of a network's vectors as `dimensionOf` has them, by table (0: it has none): vectors of a start stay as long as they are, however many values there are now.
 */
export function withDimensions(spec: v1.ModelSpec, dimensionOf: (table: string) => number): v1.ModelSpec {
  if (!hasAutoDimensions(spec)) return spec;
  const own = decodeMessage(v1.ModelSpec, encodeMessage(v1.ModelSpec, spec), "model");
  for (const table of own.network.tables) table.dimension ||= dimensionOf(table.name);
  return own;
}

/** Those of the start. @throws what loadModel throws */
export async function startDimensions(spec: v1.ModelSpec, start: Start | null): Promise<(table: string) => number> {
  if (start === null || !hasAutoDimensions(spec)) return () => 0;
  const tables = (await loadModel(path.join(start.folder, "model"))).network?.plan.tables ?? [];
  return (name) => tables.find((table) => table.name === name)?.dimension ?? 0;
}

function hasAutoDimensions({ network }: v1.ModelSpec): boolean {
  const parts: v1.NetworkSpec | null = network;
  return parts !== null && parts.kind !== v1.NetworkSpec.Kind.FACTORIZED && parts.tables.some(({ dimension }) => dimension === 0);
}

export function refused(why: string): CrossbillError {
  return new CrossbillError("E_WARM_START", `train.warmStart: ${why}`, { exitCode: 2 });
}
