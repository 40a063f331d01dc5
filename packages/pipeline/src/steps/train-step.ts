import path from "node:path";
import { encodeMessage, v1 } from "@crossbill/messages";
import { loadModel, type Model, type ModelContent, outputsOf, type Placement, placeColumns, saveModel } from "@crossbill/models";
import { isDamage, publishDirectory, removeTree, sha256Hex, temporaryDirectory, writeSealed } from "@crossbill/storage";
import { type TrainOutcome, train, withoutCheckpoints } from "@crossbill/trainer";
import { BUILD } from "../build.js";
import { candidatePath, readCandidate, removeOtherCandidates, writeCandidate } from "../candidate.js";
import { configSha256 } from "../config/digest.js";
import type { RunContext } from "../context.js";
import { engineSource } from "../engine.js";
import { diagnosticSummaries, NO_TRAINING, type TrainingWork } from "../summary.js";
import { Sources, withoutReferences, withSources } from "../transfer/sources.js";
import { type Transfer, transfer } from "../transfer/transfer.js";
import { findStart, loadStart, saveTrainingState } from "../warm-start.js";
import { startDimensions, withDimensions } from "../warm-start-network.js";
import { nameFault } from "./name-fault.js";
import { checkValidationRows, recalibrate } from "./recalibrate.js";
import { uniqueValues } from "./unique-values.js";
import { wildScales } from "./wild-scale.js";

export interface TrainStepOutcome {
  candidate: v1.Candidate;
  skipped: boolean;
  work: TrainingWork;
}

/**
 * Trains a candidate from the packs of `manifest`, or finds it trained already.
 * @param told whether what was found of the data was told just before
 */
export async function trainStep(run: RunContext, manifest: v1.IngestManifest, told: boolean): Promise<TrainStepOutcome> {
  const { compiled } = run;
  const found = await findStart(run);
  const known = run.fresh ? null : await knownCandidate(run);
  const sources = new Sources(run);
  const dimensions = await startDimensions(compiled.model, found);
  const referenced = withDimensions(await withSources(compiled.model, sources), dimensions);
  const spec = withoutReferences(referenced);
  // Where the current model is this very candidate (its publication was done before), its start and sources are those it had: so that the same question gets the same answer.
  if (known !== null) {
    const trained = await wholeModel(run.root, known);
    const itself = known.modelSha256 === found?.modelSha256;
    const start = itself ? (known.start?.modelSha256 ?? "") : (found?.modelSha256 ?? "");
    const had =
      trained === null
        ? spec
        : withoutReferences(withDimensions(await withSources(compiled.model, sources, trained), itself ? asTrained(trained) : dimensions));
    if (trained !== null && [candidateKey(run, manifest, had, start), candidateKey(run, manifest, spec, found?.modelSha256 ?? "")].includes(known.key))
      return skip(run, known);
  }
  const key = candidateKey(run, manifest, spec, found?.modelSha256 ?? "");
  if (compiled.recalibrate !== null) checkValidationRows(manifest);
  const placement = placeColumns(spec, manifest.state);
  const vectors = await transferred(run, manifest, placement, referenced, sources);
  const start = found === null ? null : await loadStart(run, found, placement, manifest);
  if (start !== null) run.notice(`train: ${start.told}`);
  const unique = uniqueValues(manifest, compiled.model);
  if (!told) tellFindings(run, unique);
  const before = [...vectors.diagnostics, ...wildScales(spec, placement)];
  tellFindings(run, before);
  const outcome = await train({
    root: run.root,
    build: BUILD,
    specs: { model: spec, train: compiled.train },
    manifest,
    placement,
    ...(start === null ? {} : { initial: start.initial }),
    tables: vectors.tables,
    engine: engineSource(run),
    workers: run.workers,
    memoryBytes: run.memoryBytes,
    fresh: run.fresh,
    signal: run.signal,
    onProgress: (p) => run.progress("train", p.steps > 0 ? p.step / p.steps : Number.NaN, facts(p, compiled.train.optimizer?.exact == null ? "epoch" : "pass")),
  }).catch((thrown: unknown) => {
    throw nameFault(thrown, manifest.state);
  });
  if (compiled.train.classWeights != null && compiled.recalibrate === null)
    run.notice(
      "train: classWeights: the model's probabilities are those of the data re-weighted by class, not of the data as they are; evaluation measures them on the data as they are, bias included (gate.maxBias)",
    );
  if (outcome.engine !== null) run.notice(`train: layers by ${outcome.engine}`);
  for (const warning of outcome.warnings) run.notice(`train: ${warning}`);
  tellFindings(run, outcome.metrics.diagnostics);
  outcome.metrics.diagnostics.unshift(...unique, ...before);
  if (outcome.resumedFromStep > 0) run.notice(`train: resumed from step ${outcome.resumedFromStep}`);
  const from = found === null ? null : v1.ModelStart.create({ modelSha256: found.modelSha256, optimizerState: start?.initial.optimizerState !== undefined });
  const candidate = await save(run, manifest, key, spec, placement, outcome, from);
  return { candidate, skipped: false, work: outcome };
}

/** What tables start with, and what is to be told of it. */
async function transferred(run: RunContext, manifest: v1.IngestManifest, placement: Placement, spec: v1.ModelSpec, sources: Sources): Promise<Transfer> {
  const outputs = outputsOf(spec.head, manifest.classes.length);
  return transfer({ spec, placement, manifest, outputs, missing: run.compiled.data.csv?.missing ?? [] }, sources);
}

/** The dimensions of vectors as a model's specification has them; 0: "auto". */
function asTrained({ spec }: Model): (table: string) => number {
  const network: v1.NetworkSpec | null = spec.network;
  return (name) => network?.tables.find((table) => table.name === name)?.dimension ?? 0;
}

function tellFindings(run: RunContext, diagnostics: v1.Diagnostic.$Properties[]): void {
  for (const { code, message } of diagnosticSummaries({ diagnostics })) run.notice(`train: ${message} (${code})`);
}

async function skip(run: RunContext, known: v1.Candidate): Promise<TrainStepOutcome> {
  run.notice("train: nothing changed, skipped");
  await removeOtherCandidates(run.root, known); // a kill may have come between them and the pointer
  return { candidate: known, skipped: true, work: NO_TRAINING };
}

/** Everything that determines the model. `spec`: with its sources by their sha256; `start`: sha256 of the model that training starts from, or empty. */
function candidateKey(run: RunContext, manifest: v1.IngestManifest, spec: v1.ModelSpec, start: string): string {
  const { compiled } = run;
  return sha256Hex(
    Buffer.concat([
      Buffer.from(`${BUILD}\n${manifest.key}\n`),
      encodeMessage(v1.ModelSpec, spec),
      Buffer.from("\n"),
      encodeMessage(v1.TrainSpec, withoutCheckpoints(compiled.train)),
      Buffer.from(compiled.recalibrate === null ? "" : `\n${compiled.recalibrate}`),
      Buffer.from(compiled.warmStart === null ? "" : `\n${start} ${compiled.warmStart.keepState ? "keep" : "reset"}`),
    ]),
  );
}

/** A damaged pointer is no loss: what it pointed to is made again, the same. */
async function knownCandidate(run: RunContext): Promise<v1.Candidate | null> {
  try {
    return await readCandidate(run.root);
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    run.notice(`train: ${thrown.message}; training again`);
    return null;
  }
}

/** The candidate's model; null: it is damaged or gone, and trained again. */
async function wholeModel(root: string, candidate: v1.Candidate): Promise<Model | null> {
  try {
    const model = await loadModel(path.join(candidatePath(root, candidate), "model"));
    return model.sha256 === candidate.modelSha256 ? model : null;
  } catch {
    return null;
  }
}

async function save(
  run: RunContext,
  manifest: v1.IngestManifest,
  key: string,
  spec: v1.ModelSpec,
  placement: Placement,
  outcome: TrainOutcome,
  start: v1.ModelStart | null,
): Promise<v1.Candidate> {
  const { compiled } = run;
  const temporary = await temporaryDirectory(path.join(run.root, "candidates"));
  const folder = path.join(temporary, "model");
  const content: ModelContent = {
    spec,
    state: manifest.state,
    placement,
    weights: outcome.weights,
    network: outcome.network,
    networkScale: outcome.networkScale,
    intercept: outcome.intercept,
    classes: manifest.classes,
    intercepts: outcome.intercepts,
    data: v1.DataContract.create({ missing: compiled.data.csv?.missing ?? [] }),
    lineage: v1.Lineage.create({
      build: BUILD,
      configSha256: configSha256(compiled),
      ingestKey: manifest.key,
      seed: compiled.train.seed,
      ...(compiled.train.engine === "" ? {} : { engine: compiled.train.engine }),
      ...(start === null ? {} : { start }),
    }),
    metrics: outcome.metrics,
  };
  let saved = await saveModel(folder, content);
  if (compiled.recalibrate !== null) {
    const { recalibration, fit } = await recalibrate(run, manifest, folder, compiled.recalibrate);
    outcome.metrics.recalibration = fit;
    saved = await saveModel(folder, { ...content, recalibration });
  }
  const { rounded } = saved;
  if (rounded !== null && rounded.outside + rounded.lost > 0)
    run.notice(`train: weights in 16 bits (q2.13): ${rounded.outside} outside [-4, 4) became its end, ${rounded.lost} below 2^-14 became 0`);
  await writeSealed(path.join(temporary, "state", "features.pb"), "features", 1, encodeMessage(v1.FeatureState, manifest.state));
  await saveTrainingState(path.join(temporary, "state"), compiled.train, outcome);
  const directory = path.join("candidates", `${key.slice(0, 16)}-${saved.sha256.slice(0, 16)}`);
  await removeTree(path.join(run.root, directory)); // of a run that was killed before its pointer was written
  await publishDirectory(temporary, path.join(run.root, directory));
  const candidate = v1.Candidate.create({
    formatVersion: 1,
    key,
    directory,
    modelSha256: saved.sha256,
    bytes: saved.bytes,
    ingestKey: manifest.key,
    metrics: outcome.metrics,
    ...(start === null ? {} : { start }),
  });
  await writeCandidate(run.root, candidate);
  await removeOtherCandidates(run.root, candidate);
  return candidate;
}

function facts(p: { epoch: number; loss: number; rowsPerSecond: number }, round: "epoch" | "pass"): string {
  const rate = p.rowsPerSecond >= 1e6 ? `${(p.rowsPerSecond / 1e6).toFixed(1)} M` : `${Math.round(p.rowsPerSecond / 1e3)} k`;
  return `${round} ${p.epoch}, loss ${Number.isFinite(p.loss) ? p.loss.toFixed(5) : "-"}, ${rate} rows/s`;
}
