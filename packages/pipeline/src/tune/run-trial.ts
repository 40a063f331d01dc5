import path from "node:path";
import { calibrationSlope } from "@crossbill/calibration";
import { evaluateRows, type MeasuredRows, meanInterval, weightKindName } from "@crossbill/evaluation";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import { loadModel, type ModelContent, outputsOf, type Placement, placeColumns, saveModel } from "@crossbill/models";
import { removeTree, sha256Hex } from "@crossbill/storage";
import { type TrainProgress, train } from "@crossbill/trainer";
import { BUILD } from "../build.js";
import type { CompiledConfig } from "../config/compile.js";
import type { RunContext } from "../context.js";
import { engineSource } from "../engine.js";
import { packsOf } from "../steps/packs-of.js";
import { type Sources, withoutReferences } from "../transfer/sources.js";
import { transfer } from "../transfer/transfer.js";
import type { Serial } from "./at-once.js";
import type { PackSet } from "./pack-sets.js";
import type { PlannedTrial } from "./plan.js";
import type { TrialStore } from "./trial-store.js";

/** What a configuration can be blamed for: such a trial is recorded with its code, and the search goes on. Everything else is the machine's, or a user's who stops it. */
const RECORDED: ReadonlySet<string> = new Set([
  "E_DIVERGED",
  "E_MEMORY",
  "E_TRAIN_SPEC",
  "E_NETWORK",
  "E_TRANSFER",
  "E_UNSUPPORTED",
  "E_NO_ROWS",
  "E_TOO_MANY_REJECTS",
  "E_ONE_CLASS",
  "E_CLASSES",
  "E_WEIGHT",
]);

export interface TrialContext {
  readonly run: RunContext;
  readonly store: TrialStore;
  /** What measuring waits in: it uses all threads. */
  readonly serial: Serial;
  /** Threads and memory of one training. */
  readonly workers: number;
  readonly memoryBytes: number;
  readonly signal: AbortSignal;
  /** What vectors come from. */
  readonly sources: Sources;
  /** What trials are measured on. */
  readonly part: v1.Part;
  /** Labels and predictions of the measured rows are kept, too. */
  readonly keepPredictions: boolean;
}

/** The key of a trial: an equal one has an equal result. */
export function trialKey({ model, train: spec }: CompiledConfig, manifest: v1.IngestManifest): string {
  return sha256Hex(
    Buffer.concat([Buffer.from(`${BUILD}\ntune\n${manifest.key}\n`), encodeMessage(v1.ModelSpec, model), Buffer.from("\n"), encodeMessage(v1.TrainSpec, spec)]),
  );
}

/** Where a trial's checkpoints lie: beside the result, or where the whole training will have its own. */
export function checkpointFolder(store: TrialStore, key: string, { whole }: Pick<PlannedTrial, "whole">, manifest: v1.IngestManifest): string {
  return store.folderOf(whole === undefined ? key : trialKey(whole, manifest));
}

/** Trains, measures on the rows of a part, and records the result under `key`. Of the beginning of a whole training the checkpoint stays: more of it goes on from there. */
export async function runTrial(
  context: TrialContext,
  key: string,
  trial: Pick<PlannedTrial, "compiled" | "whole" | "goesOn">,
  packs: PackSet,
  onProgress: (p: TrainProgress) => void,
): Promise<{ result: v1.TrialResult; warnings: readonly string[] }> {
  const { run, store, workers, memoryBytes, signal } = context;
  const { compiled, whole, goesOn } = trial;
  const { manifest } = packs;
  const folder = checkpointFolder(store, key, trial, manifest);
  try {
    const placement = placeColumns(compiled.model, manifest.state);
    const around = { placement, manifest, outputs: outputsOf(compiled.model.head, manifest.classes.length), missing: compiled.data.csv?.missing ?? [] };
    const { tables } = await transfer({ spec: compiled.model, ...around }, context.sources);
    const outcome = await train({
      root: packs.root,
      checkpointRoot: folder,
      build: BUILD,
      specs: { model: withoutReferences(compiled.model), train: (whole ?? compiled).train },
      tables,
      engine: engineSource(run),
      ...(whole === undefined ? {} : { pauseAfterEpochs: compiled.train.epochs }),
      manifest,
      placement,
      workers,
      memoryBytes,
      fresh: run.fresh && goesOn !== true,
      signal,
      onProgress,
    });
    const result = await measure(context, key, compiled, packs, { ...outcome, placement });
    if (folder === store.folderOf(key)) await removeTree(path.join(folder, "train"));
    return { result, warnings: outcome.warnings };
  } catch (thrown) {
    if (!isRecorded(thrown)) throw thrown;
    const result = failed(key, thrown);
    await store.write(result, null);
    await removeTree(path.join(folder, "train"));
    return { result, warnings: [] };
  }
}

/** Whether a failure belongs to the trial alone. */
export function isRecorded(thrown: unknown): thrown is CrossbillError {
  return thrown instanceof CrossbillError && RECORDED.has(thrown.code);
}

/** The result of a trial that failed. */
export function failed(key: string, { code, message }: CrossbillError): v1.TrialResult {
  return v1.TrialResult.create({ ...UNDEFINED, formatVersion: 1, key, errorCode: code, errorMessage: message }) as v1.TrialResult;
}

const NUMBERS = [
  "loss",
  "lossStandardError",
  "logLoss",
  "auc",
  "averagePrecision",
  "brier",
  "accuracy",
  "macroAuc",
  "rmse",
  "deviance",
  "objective",
  "calibrationSlope",
  "bias",
] as const;
const UNDEFINED = Object.fromEntries(NUMBERS.map((name) => [name, Number.NaN]));

/** A model's weights as training gives them. */
export interface Trained extends Pick<ModelContent, "weights" | "intercept" | "intercepts" | "network" | "networkScale"> {
  readonly placement: Placement;
  readonly metrics: v1.TrainMetrics;
}

/** Measures a model on the rows of a part and records what it came to. */
export async function measure(
  { run, store, serial, signal, part, keepPredictions }: Omit<TrialContext, "workers" | "memoryBytes" | "sources">,
  key: string,
  compiled: CompiledConfig,
  packs: PackSet,
  trained: Trained,
): Promise<v1.TrialResult> {
  const { manifest, root, executor } = packs;
  const folder = path.join(store.folderOf(key), "model");
  await removeTree(folder); // of a run that was killed
  const saved = await saveModel(folder, {
    spec: withoutReferences(compiled.model),
    state: manifest.state,
    placement: trained.placement,
    weights: trained.weights,
    network: trained.network ?? null,
    networkScale: trained.networkScale ?? 1,
    intercept: trained.intercept,
    classes: manifest.classes,
    intercepts: trained.intercepts ?? [],
    data: v1.DataContract.create({ missing: compiled.data.csv?.missing ?? [] }),
  });
  const model = await loadModel(folder);
  const { evaluation: e, rows } = await serial.run(() =>
    evaluateRows({
      root,
      packs: packsOf(manifest, part),
      manifest,
      executor,
      model,
      threshold: typeof run.compiled.threshold === "number" ? run.compiled.threshold : run.compiled.threshold.criterion,
      weightKind: compiled.data.weightKind,
      signal,
    }),
  );
  const kind = weightKindName(compiled.data.weightKind);
  const { mean, standardError } = meanInterval(rows.loss.keys(), rows.weight, (i) => rows.loss[i]!, kind, LEVEL);
  const result = v1.TrialResult.create({
    ...UNDEFINED,
    formatVersion: 1,
    key,
    modelSha256: saved.sha256,
    weights: saved.parameters,
    nonZero: saved.nonZero,
    bytes: saved.bytes,
    epochs: trained.metrics.epochs,
    rows: rows.loss.length,
    rowsSha256: rowsHash(rows),
    loss: mean,
    lossStandardError: standardError,
    logLoss: e.logLoss,
    auc: e.auc,
    averagePrecision: e.averagePrecision,
    brier: e.brier,
    accuracy: e.accuracy,
    macroAuc: e.macroAuc,
    rmse: e.rmse,
    deviance: e.deviance,
    objective: trained.metrics.certificate?.objective ?? Number.NaN,
    l1: compiled.model.l1,
    ...(model.head === v1.Head.LOGISTIC
      ? { calibrationSlope: calibrationSlope(rows.label, rows.prediction, rows.weight, { weightKind: kind }).slope.value, bias: e.bias.difference }
      : {}),
  }) as v1.TrialResult;
  await removeTree(folder);
  const kept = keepPredictions ? { labels: rows.label, predictions: rows.prediction } : {};
  await store.write(result, { losses: rows.loss, weights: rows.weight, ...kept });
  return result;
}

/** Of intervals, which no result holds: standard errors do not depend on it. */
const LEVEL = 0.95;

/** Equal where two trials were measured on the same rows. */
function rowsHash({ label, weight }: MeasuredRows): string {
  return sha256Hex(Buffer.concat([label, weight].map((values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength))));
}
