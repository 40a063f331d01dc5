import path from "node:path";
import { RankingAccumulator } from "@crossbill/auc";
import { CalibrationAccumulator, PairedLossAccumulator } from "@crossbill/calibration";
import { CrossbillError, decodeMessage, encodeMessage, hasLabelVectors, v1 } from "@crossbill/messages";
import { MODEL_FILE, type Model, WEIGHTS_FILE } from "@crossbill/models";
import { pairwiseTreeFold } from "@crossbill/numerics";
import { SliceAccumulator } from "@crossbill/slicing";
import { readWhole, removeTree, sealMessage, sha256Hex } from "@crossbill/storage";
import { type Executor, makeTask, outputRefPath, refOfFile, runInOrder, writeOutput } from "@crossbill/tasks";
import { SCORE_STEP, STATE_KIND } from "./handlers.js";
import { decodeScores, joinScores, type Scores } from "./score-file.js";

export interface ScoreOptions {
  /** The work folder: packs and outputs lie in it, and it is the executor's. */
  readonly root: string;
  /** Of one part, in the manifest's order. */
  readonly packs: readonly v1.Pack[];
  /** Says with which feature state the packs were encoded. */
  readonly manifest: v1.IngestManifest;
  /** Sets of slice fields that are accumulated. */
  readonly slices?: readonly (readonly string[])[];
  /** Its handler modules must contain `evaluationHandlers`. */
  readonly executor: Executor;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ScoredPacks {
  /** Rows of all packs, in order. */
  readonly scores: Scores;
  /** Merged in the fixed tree, of the logistic head and of multiLabel; null for the others or without packs. */
  readonly accumulators: MergedAccumulators | null;
}

export interface ClassAccumulator {
  readonly ranking: RankingAccumulator;
  readonly calibration: CalibrationAccumulator;
}

export interface MergedAccumulators extends ClassAccumulator {
  /** Of the multiLabel head, by class (the others are of nothing then); else empty. */
  readonly classes: readonly ClassAccumulator[];
  readonly slices: SliceAccumulator | null;
  readonly paired: PairedLossAccumulator | null;
}

/**
 * Scores packs with one model or two, a task a pack. The answer does not depend on the number of workers.
 * What the tasks wrote is removed again: an evaluation is kept as a message.
 * @throws E_MODEL_STATE, E_CORRUPT, E_PACK, E_SLICE_FIELD; E_ABORTED
 */
export async function scorePacks(models: readonly Model[], options: ScoreOptions): Promise<ScoredPacks> {
  const { root, packs, manifest } = options;
  if (packs.length === 0) return { scores: joinScores([], models.length), accumulators: null };
  const params = encodeMessage(v1.ScoreParams, {
    modelSha256: models.map((model) => model.sha256),
    slices: (options.slices ?? []).map((fields) => ({ fields: [...fields] })),
    classes: manifest.classes,
    vectors: hasLabelVectors((manifest.data as v1.DataSpec | null)?.label),
  });
  const stateBytes = sealMessage(STATE_KIND, 1, encodeMessage(v1.FeatureState, manifest.state));
  // The name holds the parameters' hash: two evaluations at once do not remove each other's file.
  const state = await writeOutput(root, sha256Hex(Buffer.concat([params, stateBytes])), "state.pb", stateBytes);
  const modelFiles = await Promise.all(
    models.flatMap((model) => [MODEL_FILE, WEIGHTS_FILE].map((name) => path.join(model.path, name))).map((file) => refOfFile(file, file)),
  );
  const tasks = packs.map((pack) => makeTask({ step: SCORE_STEP, params, inputs: [pack.file, state, ...modelFiles], build: `${manifest.build} evaluation` }));
  const outputs = new Set([state.uri]);
  try {
    const results = await runInOrder(options.executor, tasks, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onDone: ({ result, done, total }) => {
        for (const output of result.outputs) outputs.add(output.uri ?? "");
        options.onProgress?.(done, total);
      },
    });
    // What follows is this thread's work: beside it the others would only hold memory.
    await options.executor.rest?.();
    const parts: Scores[] = [];
    const accumulators: MergedAccumulators[] = [];
    for (const {
      outputs: [scores, accumulated],
    } of results as { outputs: v1.Ref[] }[]) {
      parts.push(decodeScores(await readOutput(root, scores!), models.length, scores!.uri));
      if (accumulated !== undefined) accumulators.push(fromMessage(decodeMessage(v1.PackAccumulators, await readOutput(root, accumulated), accumulated.uri)));
    }
    return { scores: joinScores(parts, models.length), accumulators: accumulators.length === 0 ? null : pairwiseTreeFold(accumulators, mergeInto) };
  } finally {
    for (const uri of outputs) await removeTree(outputRefPath(root, { uri }));
  }
}

async function readOutput(root: string, ref: v1.Ref): Promise<Uint8Array> {
  const file = outputRefPath(root, ref);
  const bytes = await readWhole(file);
  if (bytes.length !== ref.length || sha256Hex(bytes) !== ref.sha256)
    throw new CrossbillError("E_CORRUPT", `${file}: damaged since it was written; run the same command again`, { details: { path: file } });
  return bytes;
}

function fromMessage(message: v1.PackAccumulators): MergedAccumulators {
  const slices = message.slices as v1.SliceAccumulator | null;
  const paired = message.paired as v1.PairedLossAccumulator | null;
  const one = ({ ranking, calibration }: v1.PackAccumulators): ClassAccumulator => ({
    ranking: RankingAccumulator.fromMessage(ranking),
    calibration: CalibrationAccumulator.fromMessage(calibration),
  });
  const classes = (message.classes as v1.PackAccumulators[]).map(one);
  return {
    ...(classes.length === 0 ? one(message) : { ranking: new RankingAccumulator(), calibration: new CalibrationAccumulator() }),
    classes,
    slices: slices === null ? null : SliceAccumulator.fromMessage(slices),
    paired: paired === null ? null : PairedLossAccumulator.fromMessage(paired),
  };
}

function mergeInto(left: MergedAccumulators, right: MergedAccumulators): MergedAccumulators {
  left.ranking.merge(right.ranking);
  left.calibration.merge(right.calibration);
  for (const [k, { ranking, calibration }] of right.classes.entries()) {
    left.classes[k]!.ranking.merge(ranking);
    left.classes[k]!.calibration.merge(calibration);
  }
  if (right.slices !== null) left.slices?.merge(right.slices);
  if (right.paired !== null) left.paired?.merge(right.paired);
  return left;
}
