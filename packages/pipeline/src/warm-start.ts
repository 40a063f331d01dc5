import fs from "node:fs";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, HEAD_NAMES, v1 } from "@crossbill/messages";
import { loadModel, MODEL_FILE, type Model, mapFeatures, NO_FEATURE, outputNames, type Placement, placeColumns, readWeights } from "@crossbill/models";
import { isVersionName, Registry } from "@crossbill/registry";
import { readSealed, sha256Hex, writeSealed } from "@crossbill/storage";
import { type InitialWeights, mapOptimizerState, packOptimizerState, type TrainOutcome, unpackOptimizerState } from "@crossbill/trainer";
import { candidatePath, readCandidate } from "./candidate.js";
import type { RunContext } from "./context.js";
import { ANEW, networkBytes, refused, type Start, saveNetworkState, startOfNetwork } from "./warm-start-network.js";

/** What `train.warmStart` names; null: nothing is asked for, or nothing is published yet. @throws E_NO_MODEL, E_NO_VERSION */
export async function findStart(run: RunContext): Promise<Start | null> {
  const { warmStart } = run.compiled;
  if (warmStart === null) return null;
  const registry = new Registry(run.registryRoot);
  const version = warmStart.from === "current" ? await registry.current() : isVersionName(warmStart.from) ? warmStart.from : null;
  if (version !== null) return { name: version, modelSha256: (await registry.show(version)).modelSha256, folder: registry.pathOf(version) };
  if (warmStart.from === "current") {
    run.notice("train: nothing is published yet, training starts from zero");
    return null;
  }
  const folder = await folderOf(path.resolve(run.loaded.directory, warmStart.from));
  return { name: warmStart.from, modelSha256: (await loadModel(path.join(folder, "model"))).sha256, folder };
}

async function folderOf(named: string): Promise<string> {
  if (fs.existsSync(path.join(named, "model", MODEL_FILE))) return named;
  if (path.basename(named) === "model" && fs.existsSync(path.join(named, MODEL_FILE))) return path.dirname(named);
  const candidate = fs.existsSync(path.join(named, "candidate.pb")) ? await readCandidate(named) : null;
  if (candidate !== null) return candidatePath(named, candidate);
  throw new CrossbillError(
    "E_NO_MODEL",
    `train.warmStart: ${named}: no model there; allowed are "current", a version (crossbill models list), or the path of a folder that holds model/`,
    { exitCode: 2 },
  );
}

/** The start's weights (and state) for the features as they are placed now, and what became of them, in words. @throws E_WARM_START (exit code 2); what loadModel throws */
export async function loadStart(
  run: RunContext,
  start: Start,
  placement: Placement,
  manifest: v1.IngestManifest,
): Promise<{ initial: InitialWeights; told: string }> {
  const model = await loadModel(path.join(start.folder, "model"));
  const { model: spec, train } = run.compiled;
  if (model.head !== spec.head)
    throw refused(`the head of ${start.name} is ${HEAD_NAMES[model.head]}, that of the configuration ${HEAD_NAMES[spec.head]}; ${ANEW}`);
  const whole = await keptFeatures(start.folder);
  const state = whole ?? model.state;
  const known = new Set(state.columns.map(({ name }) => name));
  const earlier = placeColumns(v1.ModelSpec.create({ columns: model.spec.columns.filter((name) => known.has(name)) }), state);
  const map = mapFeatures(earlier, state, placement, manifest.state, model.data.missing);
  const outputs = outputsFrom(model, spec.head, manifest.classes);
  const linear = linearOnly(map.from, placement, spec);
  const kept = run.compiled.warmStart?.keepState === true && train.optimizer?.exact == null ? await keptTraining(start, train, whole !== null) : null;
  const network = await startOfNetwork({ start, model, earlier, map, placement, spec, outputs, classes: manifest.classes.length, kept });
  const initial: InitialWeights = {
    weights: await weightsOf(model, earlier, linear, outputs),
    intercepts: Float64Array.from(outputs, (k) => (k < 0 ? 0 : model.intercepts[k]!)),
    sha256: "",
    ...(kept === null
      ? {}
      : await keptState(start, kept, { features: earlier.features, outputs: model.intercepts.length, from: linear, fromOutputs: outputs })),
    ...(network === null ? {} : { network: network.initial }),
  };
  const changed = [...map.changed, ...(network?.changed ?? [])].map(({ column, why }) => `${column} (${why})`).join(", ");
  const told = [
    `starts from ${start.name}: `,
    network === null
      ? `of ${placement.features} features ${map.mapped} have its weights, ${map.fresh} are new; ${map.dropped} of its own are dropped`
      : network.told.join("; "),
    changed === "" ? "" : `; columns that mean something else start at zero: ${changed}`,
    train.optimizer?.exact != null ? "" : initial.optimizerState === undefined ? "; the optimiser's state begins anew" : "; the optimiser's state is kept",
  ].join("");
  return { initial: { ...initial, sha256: contentSha256(initial) }, told };
}

/** Features beside the linear part of a network have no weights. */
function linearOnly(from: Uint32Array, placement: Placement, { network }: v1.ModelSpec): Uint32Array {
  const parts: v1.NetworkSpec | null = network;
  if (parts === null) return from;
  const own = from.slice();
  for (const { name, offset, size } of placement.columns) if (!parts.linear.includes(name)) own.fill(NO_FEATURE, offset, offset + size);
  return own;
}

/** For each output now, the model's output of the same class (or pair), or -1. */
function outputsFrom(model: Model, head: v1.Head, classes: readonly string[]): number[] {
  if (classes.length === 0) return [0];
  const was = outputNames(head, model.classes);
  return outputNames(head, classes).map((name) => was.indexOf(name));
}

async function weightsOf(model: Model, earlier: Placement, from: Uint32Array, outputs: readonly number[]): Promise<Float64Array> {
  const K = model.intercepts.length;
  const all = new Float64Array(K * earlier.features);
  const offsets = new Map(earlier.columns.map(({ name, offset }) => [name, offset]));
  for (const { name, ids, weights } of await readWeights(model)) {
    const offset = offsets.get(name)!;
    for (const [i, id] of ids.entries()) for (let k = 0; k < K; k++) all[k * earlier.features + offset + id] = weights[i * K + k]!;
  }
  const weights = new Float64Array(outputs.length * from.length);
  for (const [k, was] of outputs.entries()) {
    if (was < 0) continue;
    for (const [f, feature] of from.entries()) if (feature !== NO_FEATURE) weights[k * from.length + f] = all[was * earlier.features + feature]!;
  }
  return weights;
}

/** The whole vocabularies of a published version or a candidate; null where only the model is there. */
async function keptFeatures(folder: string): Promise<v1.FeatureState | null> {
  const file = path.join(folder, "state", "features.pb");
  if (!fs.existsSync(file)) return null;
  return decodeMessage(v1.FeatureState, (await readSealed(file, "features", 1)).payload, file);
}

/** What is known of the state that was kept. @throws E_WARM_START where there is none, or one of another optimiser */
async function keptTraining(start: Start, train: v1.TrainSpec, whole: boolean): Promise<v1.TrainingState> {
  const next = 'train.optimizerState: "reset" takes its weights alone';
  const origin = path.join(start.folder, "state", "training.pb");
  if (!whole || !fs.existsSync(origin)) throw refused(`${start.name} holds no state of its optimiser; ${next}`);
  const kept = decodeMessage(v1.TrainingState, (await readSealed(origin, "training", 1)).payload, origin);
  for (const [field, was, is] of [
    ["optimizer", kept.optimizer, train.optimizer],
    ["linearOptimizer", kept.linearOptimizer ?? kept.optimizer, train.linearOptimizer ?? train.optimizer],
    ["embeddingOptimizer", kept.embeddingOptimizer ?? kept.optimizer, train.embeddingOptimizer ?? train.optimizer],
  ] as const)
    if (!sameOptimizer(was, is))
      throw refused(`${start.name} was trained by another optimiser, or with other options of it, than train.${field} says; ${next}`);
  return kept;
}

async function keptState(
  start: Start,
  { optimizer, linearOptimizer, seen, shifts }: v1.TrainingState,
  map: { features: number; outputs: number; from: Uint32Array; fromOutputs: readonly number[] },
): Promise<Pick<InitialWeights, "optimizerState" | "seen" | "shifts">> {
  const file = path.join(start.folder, "state", "optimizer.pb");
  const packed = decodeMessage(v1.SparseState, (await readSealed(file, "optimizer", 1)).payload, file);
  const spec = v1.OptimizerSpec.create(linearOptimizer ?? optimizer ?? {});
  const state = unpackOptimizerState(packed, spec, map.outputs * (map.features + 1));
  return {
    optimizerState: mapOptimizerState({ state, optimizer: spec, ...map }),
    seen,
    shifts: Float64Array.from(map.fromOutputs, (k) => shifts[k] ?? 0),
  };
}

function sameOptimizer(a: v1.OptimizerSpec.$Properties | null | undefined, b: v1.OptimizerSpec.$Properties | null | undefined): boolean {
  return Buffer.compare(encodeMessage(v1.OptimizerSpec, a ?? {}), encodeMessage(v1.OptimizerSpec, b ?? {})) === 0;
}

/** What a later training needs to go on: `state/training.pb`, `state/optimizer.pb`, of a network `state/network.pb`. */
export async function saveTrainingState(folder: string, train: v1.TrainSpec, outcome: TrainOutcome): Promise<void> {
  const { optimizerState, seen, shifts, networkState } = outcome;
  const { optimizer, linearOptimizer, embeddingOptimizer } = train;
  const packed = optimizerState.length === 0 ? v1.SparseState.create() : packOptimizerState(optimizerState, linearOptimizer ?? optimizer ?? {});
  await writeSealed(path.join(folder, "optimizer.pb"), "optimizer", 1, encodeMessage(v1.SparseState, packed));
  if (networkState !== null) await saveNetworkState(folder, networkState.pack());
  const { steps, labelScale } = networkState ?? { steps: 0, labelScale: null };
  const training: v1.TrainingState.$Properties = {
    optimizer,
    seen,
    shifts: [...shifts],
    ...(linearOptimizer === null ? {} : { linearOptimizer }),
    ...(embeddingOptimizer === null ? {} : { embeddingOptimizer }),
    steps,
    labelMean: labelScale?.mean ?? 0,
    labelDeviation: labelScale?.deviation ?? 0,
  };
  await writeSealed(path.join(folder, "training.pb"), "training", 1, encodeMessage(v1.TrainingState, training));
}

function contentSha256({ weights, intercepts, optimizerState, seen, shifts, network }: InitialWeights): string {
  const bytes = (array: Float64Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return sha256Hex(
    Buffer.concat([
      bytes(weights),
      bytes(intercepts),
      optimizerState ?? new Uint8Array(0),
      bytes(Float64Array.of(seen ?? -1)),
      bytes(shifts ?? new Float64Array(0)),
      network === undefined ? new Uint8Array(0) : networkBytes(network),
    ]),
  );
}
