import fs from "node:fs";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, HEAD_NAMES, v1 } from "@crossbill/messages";
import { loadModel, MODEL_FILE, type Model, mapFeatures, NO_FEATURE, outputNames, type Placement, placeColumns, readWeights } from "@crossbill/models";
import { isVersionName, Registry } from "@crossbill/registry";
import { readSealed, sha256Hex, writeSealed } from "@crossbill/storage";
import { type InitialWeights, mapOptimizerState, packOptimizerState, type TrainOutcome, unpackOptimizerState } from "@crossbill/trainer";
import { candidatePath, readCandidate } from "./candidate.js";
import type { RunContext } from "./context.js";

/** The model that a training starts from. */
export interface Start {
  readonly name: string;
  readonly modelSha256: string;
  /** Holds `model/`, and where it can be kept `state/`. */
  readonly folder: string;
}

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
    throw refused(
      `the head of ${start.name} is ${HEAD_NAMES[model.head]}, that of the configuration ${HEAD_NAMES[spec.head]}; train.warmStart: false starts from zero`,
    );
  if ((model.spec.network as v1.NetworkSpec | null) !== null)
    throw refused(`${start.name} has a network, and its linear part is not a model of its own; train.warmStart: false starts from zero`);
  const whole = await keptFeatures(start.folder);
  const state = whole ?? model.state;
  const known = new Set(state.columns.map(({ name }) => name));
  const earlier = placeColumns(v1.ModelSpec.create({ columns: model.spec.columns.filter((name) => known.has(name)) }), state);
  const map = mapFeatures(earlier, state, placement, manifest.state, model.data.missing);
  const outputs = outputsFrom(model, spec.head, manifest.classes);
  const initial: InitialWeights = {
    weights: await weightsOf(model, earlier, map.from, outputs),
    intercepts: Float64Array.from(outputs, (k) => (k < 0 ? 0 : model.intercepts[k]!)),
    sha256: "",
    ...(run.compiled.warmStart?.keepState === true && train.optimizer?.exact == null
      ? await keptState(start, train, { features: earlier.features, outputs: model.intercepts.length, from: map.from, fromOutputs: outputs }, whole !== null)
      : {}),
  };
  const changed = map.changed.map(({ column, why }) => `${column} (${why})`).join(", ");
  const told = [
    `starts from ${start.name}: of ${placement.features} features ${map.mapped} have its weights, ${map.fresh} are new; ${map.dropped} of its own are dropped`,
    changed === "" ? "" : `; columns that mean something else start at zero: ${changed}`,
    train.optimizer?.exact != null ? "" : initial.optimizerState === undefined ? "; the optimiser's state begins anew" : "; the optimiser's state is kept",
  ].join("");
  return { initial: { ...initial, sha256: contentSha256(initial) }, told };
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

async function keptState(
  start: Start,
  { optimizer }: v1.TrainSpec,
  map: { features: number; outputs: number; from: Uint32Array; fromOutputs: readonly number[] },
  whole: boolean,
): Promise<Pick<InitialWeights, "optimizerState" | "seen" | "shifts">> {
  const next = 'train.optimizerState: "reset" takes its weights alone';
  const origin = path.join(start.folder, "state", "training.pb");
  if (!whole || !fs.existsSync(origin)) throw refused(`${start.name} holds no state of its optimiser; ${next}`);
  const { optimizer: kept, seen, shifts } = decodeMessage(v1.TrainingState, (await readSealed(origin, "training", 1)).payload, origin);
  if (!sameOptimizer(kept, optimizer))
    throw refused(`${start.name} was trained by another optimiser, or with other options of it, than train.optimizer says; ${next}`);
  const file = path.join(start.folder, "state", "optimizer.pb");
  const packed = decodeMessage(v1.SparseState, (await readSealed(file, "optimizer", 1)).payload, file);
  const spec = v1.OptimizerSpec.create(optimizer ?? {});
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

/** What a later training needs to go on: `state/training.pb`, `state/optimizer.pb`. */
export async function saveTrainingState(folder: string, { optimizer }: v1.TrainSpec, { optimizerState, seen, shifts }: TrainOutcome): Promise<void> {
  const packed = optimizerState.length === 0 ? v1.SparseState.create() : packOptimizerState(optimizerState, optimizer ?? {});
  await writeSealed(path.join(folder, "optimizer.pb"), "optimizer", 1, encodeMessage(v1.SparseState, packed));
  await writeSealed(path.join(folder, "training.pb"), "training", 1, encodeMessage(v1.TrainingState, { optimizer, seen, shifts: [...shifts] }));
}

function contentSha256({ weights, intercepts, optimizerState, seen, shifts }: InitialWeights): string {
  const bytes = (array: Float64Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return sha256Hex(
    Buffer.concat([
      bytes(weights),
      bytes(intercepts),
      optimizerState ?? new Uint8Array(0),
      bytes(Float64Array.of(seen ?? -1)),
      bytes(shifts ?? new Float64Array(0)),
    ]),
  );
}

function refused(why: string): CrossbillError {
  return new CrossbillError("E_WARM_START", `train.warmStart: ${why}`, { exitCode: 2 });
}
