import {
  type FitEnd,
  fitBetaFromLogits,
  fitClassTemperature,
  fitIsotonic,
  fitPlattFromLogits,
  fitTemperature,
  logLoss,
  type Recalibration,
  recalibratedProbability,
} from "@crossbill/calibration";
import { openPack } from "@crossbill/ingest";
import { CrossbillError, isOfClasses, v1 } from "@crossbill/messages";
import { loadModel, type Model, softmax } from "@crossbill/models";
import { ExactSum, log, sigmoid } from "@crossbill/numerics";
import { outputRefPath, throwIfAborted } from "@crossbill/tasks";
import type { RecalibrationKind } from "../config/train-schema.js";
import type { RunContext } from "../context.js";
import { partRows } from "../summary.js";
import { packsOf } from "./packs-of.js";

const ROWS_AT_ONCE = 8192;

/** Rows scored by a model that has no recalibration. */
interface ScoredRows {
  readonly labels: Float64Array;
  readonly weights: Float64Array;
  /** f64[rows][K], of the logistic head K = 1. */
  readonly logits: Float64Array;
}

/** @throws E_NO_VALIDATION where there is no row that a recalibration could be fitted on */
export function checkValidationRows(manifest: v1.IngestManifest): void {
  if (partRows(manifest).validation > 0) return;
  throw new CrossbillError(
    "E_NO_VALIDATION",
    "train.recalibrate is fitted on the validation rows, and there are none; give data.validation or data.split.validation, or leave train.recalibrate out",
    { exitCode: 2 },
  );
}

/**
 * Fits a recalibration of the model in `folder`, which has none, on the validation rows as they are: all of them, with their weights. It depends on model, rows and
 * kind alone. Isotonic maps and Platt's scaling are smooth: neither says 0 or 1, and both exist for any labels.
 * @throws E_RECALIBRATION where beta calibration has no finite numbers; E_MEMORY; E_ABORTED; E_CORRUPT, E_PACK, E_IO
 */
export async function recalibrate(
  run: RunContext,
  manifest: v1.IngestManifest,
  folder: string,
  kind: RecalibrationKind,
): Promise<{ recalibration: Recalibration; fit: v1.RecalibrationFit }> {
  const model = await loadModel(folder);
  const scored = await scoreValidation(run, manifest, model);
  const several = isOfClasses(model.head);
  const K = model.classes.length;
  const { recalibration, converged } = several ? ended(fitClassTemperature(scored.labels, scored.logits, K, scored.weights)) : fitted(kind, scored);
  if (!converged && kind === "beta")
    throw new CrossbillError(
      "E_RECALIBRATION",
      `train.recalibrate: the model's predictions separate the labels of the ${scored.labels.length} validation rows (or all have one label), so beta calibration has no finite numbers; take platt or isotonic, or a larger validation part`,
      { exitCode: 2 },
    );
  const temperature = recalibration.kind === "temperature" ? recalibration.temperature : 1;
  const [before, after] = several
    ? [classLoss(scored, K, 1), classLoss(scored, K, temperature)]
    : [logLoss(scored.labels, scored.logits.map(sigmoid), scored.weights), loss(scored, recalibration)];
  const fit = v1.RecalibrationFit.create({
    kind,
    rows: scored.weights.reduce((rows, w) => rows + (w > 0 ? 1 : 0), 0),
    weight: exactSum(scored.weights),
    lossBefore: before,
    lossAfter: after,
    converged,
  }) as v1.RecalibrationFit;
  run.notice(`train: recalibrated (${kind}) on ${fit.rows} validation rows: their log-loss is ${after.toPrecision(6)}, it was ${before.toPrecision(6)}`);
  if (!converged)
    run.notice(
      `train: the temperature ${temperature} is an end of its range: the validation rows are too few, or the predictions tell their labels apart without an error or not at all`,
    );
  return { recalibration, fit };
}

function fitted(kind: RecalibrationKind, { labels, logits, weights }: ScoredRows): { recalibration: Recalibration; converged: boolean } {
  switch (kind) {
    case "isotonic":
      return { recalibration: fitIsotonic(labels, logits.map(sigmoid), weights, { smooth: true }), converged: true };
    case "platt":
      return ended(fitPlattFromLogits(labels, logits, weights, { smooth: true }));
    case "beta":
      return ended(fitBetaFromLogits(labels, logits, weights));
    case "temperature":
      return ended(fitTemperature(labels, logits, weights));
  }
}

function ended(fit: Recalibration & FitEnd): { recalibration: Recalibration; converged: boolean } {
  const { converged, iterations: _iterations, ...recalibration } = fit;
  return { recalibration, converged };
}

async function scoreValidation(run: RunContext, manifest: v1.IngestManifest, model: Model): Promise<ScoredRows> {
  const packs = packsOf(manifest, v1.Part.VALIDATION);
  const N = partRows(manifest).validation;
  const K = model.intercepts.length;
  const bytes = 8 * N * (K + 2);
  if (bytes > run.memoryBytes)
    throw new CrossbillError(
      "E_MEMORY",
      `train.recalibrate holds the logits of all ${N} validation rows, ${bytes} bytes, and ${run.memoryBytes} are allowed; raise --memory, or take a smaller validation part`,
    );
  const rows = { labels: new Float64Array(N), weights: new Float64Array(N), logits: new Float64Array(N * K) };
  const score = model.scorer(manifest.state);
  let at = 0;
  for (const { file } of packs) {
    const ref = v1.Ref.create(file ?? {});
    const pack = await openPack(outputRefPath(run.root, ref), ref);
    for (let from = 0; from < pack.rows; from += ROWS_AT_ONCE) {
      throwIfAborted(run.signal);
      const read = await pack.read(from, Math.min(pack.rows, from + ROWS_AT_ONCE));
      rows.labels.set(read.label, at);
      rows.weights.set(read.weight, at);
      rows.logits.set(score(read, { logits: true }), at * K);
      at += read.rows;
    }
  }
  return rows;
}

function loss({ labels, logits, weights }: ScoredRows, recalibration: Recalibration): number {
  return logLoss(
    labels,
    logits.map((z) => recalibratedProbability(recalibration, z)),
    weights,
  );
}

/** Weighted mean of -log p of the rows' classes. */
function classLoss({ labels, logits, weights }: ScoredRows, K: number, temperature: number): number {
  const sum = new ExactSum();
  const p = logits.map((z) => z / temperature);
  for (const [i, label] of labels.entries()) {
    softmax(p, i * K, K);
    sum.addProduct(weights[i]!, -log(Math.max(p[i * K + label]!, Number.MIN_VALUE)));
  }
  return sum.value() / exactSum(weights);
}

function exactSum(xs: Float64Array): number {
  const sum = new ExactSum();
  for (const x of xs) sum.add(x);
  return sum.value();
}
