import fs from "node:fs/promises";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { ioError, readSealed, removeTree, sweepTemporaries, writeSealed } from "@crossbill/storage";
import type { Observation } from "../watch/observation.js";
import type { LearnedState } from "./learner.js";
import type { TrainState } from "./train-state.js";

const FORMAT = 1;
const KIND = "train.checkpoint";
const BEST_KIND = "train.best";
/** A state of 2^27 features with two float32 each is 1 GiB, with four 2 GiB. */
const MAX_BYTES = 2 ** 32 - 1;
/** What makes a checkpoint unusable without being a failure of the machine. */
const IGNORED: readonly string[] = ["E_NOT_FOUND", "E_CORRUPT", "E_MESSAGE_CORRUPT", "E_MESSAGE_TOO_LARGE", "E_WRONG_KIND", "E_NEWER_VERSION"];

export interface LoadedCheckpoint {
  readonly state: TrainState;
  /** null once finished. */
  readonly learned: LearnedState | null;
  /** f64[step + 1] */
  readonly seen: Uint8Array;
  /** At the best step; null: none yet. */
  readonly best: LearnedState | null;
}

function folder(root: string): string {
  return path.join(root, "train");
}
function checkpointFile(root: string): string {
  return path.join(folder(root), "checkpoint.pb");
}
function bestFile(root: string, key: string, step: number): string {
  return path.join(folder(root), `best-${key.slice(0, 16)}-${step}.pb`);
}

function fieldsOf({ optimizer, network }: LearnedState): Pick<v1.BestState.$Properties, "optimizer" | "network"> {
  return { optimizer, ...(network === null ? {} : { network }) };
}
function learnedOf({ optimizer, network }: v1.Checkpoint | v1.BestState): LearnedState | null {
  return optimizer == null ? null : { optimizer, network: network ?? null };
}

/** Removes what killed runs left half-written. */
export async function sweep(root: string): Promise<void> {
  await sweepTemporaries(folder(root));
}

/** Writes the state at the best step; call it before the checkpoint that names this step. */
export async function writeBest(root: string, key: string, step: number, best: LearnedState): Promise<void> {
  await writeSealed(bestFile(root, key, step), BEST_KIND, FORMAT, encodeMessage(v1.BestState, { formatVersion: FORMAT, key, step, ...fieldsOf(best) }));
}

/** Replaces the checkpoint, then drops best states that it does not name. */
export async function writeCheckpoint(root: string, key: string, state: TrainState, learned: LearnedState | null, seen: Uint8Array): Promise<void> {
  const message: v1.Checkpoint.$Properties = {
    formatVersion: FORMAT,
    key,
    step: state.step,
    ...(learned === null ? {} : fieldsOf(learned)),
    seen,
    finished: state.finished,
    stoppedEarly: state.stoppedEarly,
    bestStep: state.bestStep,
    bestLoss: state.bestLoss,
    bestMetric: state.bestMetric,
    bestSeen: state.bestSeen,
    referenceMetric: state.referenceMetric,
    badEvaluations: state.badEvaluations,
    curve: state.curve,
    lossSum: state.lossSum,
    weightSum: state.weightSum,
    epochLossSum: state.epochLossSum,
    epochWeightSum: state.epochWeightSum,
    windowLossSum: state.windowLossSum,
    windowWeightSum: state.windowWeightSum,
    progressive: state.progressive,
    otherLabels: state.otherLabels,
    ...(state.kept === null ? {} : { kept: { ...state.kept } }),
  };
  await writeSealed(checkpointFile(root), KIND, FORMAT, encodeMessage(v1.Checkpoint, message));
  const keep = path.basename(bestFile(root, key, state.bestStep));
  try {
    for (const name of await fs.readdir(folder(root))) {
      if (/^best-[0-9a-f]{16}-\d+\.pb$/.test(name) && name !== keep) await removeTree(path.join(folder(root), name));
    }
  } catch (thrown) {
    throw ioError(thrown, "tidy", folder(root));
  }
}

/**
 * The checkpoint of the run `key`, or null where there is none, or one of another run. A damaged one is null too, with a warning: training starts over.
 * @throws E_IO when it cannot be read for another reason
 */
export async function readCheckpoint(root: string, key: string): Promise<{ readonly checkpoint: LoadedCheckpoint | null; readonly warnings: string[] }> {
  try {
    const { payload } = await readSealed(checkpointFile(root), KIND, FORMAT);
    const message = decodeMessage(v1.Checkpoint, payload, checkpointFile(root), MAX_BYTES);
    if (message.key !== key) return { checkpoint: null, warnings: [] };
    const best = message.bestStep === 0 ? null : await readBest(root, key, message.bestStep);
    if (message.seen.length !== 8 * (message.step + 1) || (message.finished ? best : message.optimizer) == null)
      throw new CrossbillError("E_CORRUPT", `${checkpointFile(root)}: an array is missing or has a wrong size`);
    const state: TrainState = {
      step: message.step,
      seen: new DataView(message.seen.buffer, message.seen.byteOffset).getFloat64(8 * message.step, true),
      clock: 0, // found from `seen` when the memory is filled
      lossSum: message.lossSum,
      weightSum: message.weightSum,
      epochLossSum: message.epochLossSum,
      epochWeightSum: message.epochWeightSum,
      windowLossSum: message.windowLossSum,
      windowWeightSum: message.windowWeightSum,
      progressive: message.progressive.map(({ step, weight, loss, windowLoss }) => ({ step, weight, loss, windowLoss })),
      bestStep: message.bestStep,
      bestLoss: message.bestLoss,
      bestMetric: message.bestMetric,
      bestSeen: message.bestSeen,
      referenceMetric: message.referenceMetric ?? null,
      badEvaluations: message.badEvaluations,
      stoppedEarly: message.stoppedEarly,
      finished: message.finished,
      otherLabels: message.otherLabels,
      kept: observationOf(message.kept),
      curve: message.curve.map(({ step, epoch, progressiveLoss, validationLoss, metric, nonZero, gradientNorm, observedLoss, layers }) => ({
        step,
        epoch,
        progressiveLoss,
        validationLoss,
        metric,
        nonZero,
        gradientNorm,
        observedLoss,
        ...(layers.length === 0 ? {} : { layers: layers.map(layerOf) }),
      })),
    };
    return { checkpoint: { state, learned: learnedOf(message), seen: message.seen, best }, warnings: [] };
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError) || !IGNORED.includes(thrown.code)) throw thrown;
    if (thrown.code === "E_NOT_FOUND" && thrown.details["path"] === checkpointFile(root)) return { checkpoint: null, warnings: [] };
    return { checkpoint: null, warnings: [`the checkpoint was not used, training started over: ${thrown.message}`] };
  }
}

/** A plain object, as an evaluation makes it. */
function layerOf(message: v1.LayerWatch.$Properties): v1.LayerWatch.$Properties {
  const { name, units, dead, zeros, saturated, gradient, weights, updateRatio, activations, gradients, parameters } = v1.LayerWatch.create(message);
  const sizes = { activations: sizesOf(activations), gradients: sizesOf(gradients), parameters: sizesOf(parameters) };
  return { name, units, dead, zeros, saturated, gradient, weights, updateRatio, ...sizes };
}

function sizesOf(message: v1.SizeCounts.$Properties | null): v1.SizeCounts.$Properties {
  const { first, counts } = v1.SizeCounts.create(message ?? {});
  return { first, counts: [...counts] };
}

function observationOf(message: v1.Observation.$Properties | null | undefined): Observation | null {
  if (message == null) return null;
  const { rows, weight, fullLoss, sampledLoss, outside, constantLoss, startLoss, judged, wrong, saturated, several } = v1.Observation.create(message);
  return { rows, weight, fullLoss, sampledLoss, outside, constantLoss, startLoss, judged, wrong, saturated, several };
}

async function readBest(root: string, key: string, step: number): Promise<LearnedState | null> {
  const file = bestFile(root, key, step);
  const { payload } = await readSealed(file, BEST_KIND, FORMAT);
  const message = decodeMessage(v1.BestState, payload, file, MAX_BYTES);
  if (message.key !== key || message.step !== step)
    throw new CrossbillError("E_CORRUPT", `${file}: is of step ${message.step} of another run, not of step ${step}`);
  return learnedOf(message);
}
