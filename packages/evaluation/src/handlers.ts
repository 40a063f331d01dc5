import path from "node:path";
import { RankingAccumulator } from "@crossbill/auc";
import { CalibrationAccumulator, PairedLossAccumulator } from "@crossbill/calibration";
import { openPack } from "@crossbill/ingest";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { loadModel, type Model } from "@crossbill/models";
import { SliceAccumulator } from "@crossbill/slicing";
import { openSealed, readWhole, sha256Hex } from "@crossbill/storage";
import { type Handler, type TaskContext, writeOutput } from "@crossbill/tasks";
import { scoreClasses } from "./score-classes.js";
import { encodeScores } from "./score-file.js";
import { ClassAccumulators, scoreVectors } from "./score-vectors.js";

/** Name of the step that scores one pack, and of its outputs. */
export const SCORE_STEP = "evaluation.score";
export const STATE_KIND = "feature-state";
const ROWS_AT_ONCE = 8192;

/** The tasks of this package: what an executor's handler modules export. */
export const handlers: Readonly<Record<string, Handler>> = { [SCORE_STEP]: scorePack };

/**
 * Scores every row of a pack with one model or two (of several classes: both are): output 0 is the scores (see score-file.ts), output 1, of the logistic head and (by class) of multiLabel, the accumulators
 * (v1.PackAccumulators). Rows in pack order.
 */
async function scorePack(task: v1.Task, context: TaskContext): Promise<{ outputs: v1.Ref[]; summary: Uint8Array }> {
  const params = decodeMessage(v1.ScoreParams, task.params, "score task");
  const [packRef, stateRef, ...modelRefs] = task.inputs as v1.Ref[];
  const state = await stateOf(context.inputPath(stateRef!), stateRef!.sha256);
  const models = await Promise.all(params.modelSha256.map((sha256, i) => modelOf(path.dirname(context.inputPath(modelRefs[2 * i]!)), sha256)));
  const scorers = models.map((model) => model.scorer(state));
  const pack = await openPack(context.inputPath(packRef!), packRef!);
  const label = new Float64Array(pack.rows);
  const weight = new Float64Array(pack.rows);
  const predictions = models.map(() => new Float64Array(pack.rows));
  const several = models[0]!.classes.length > 0;
  const hits = several ? models.map(() => new Float64Array(pack.rows)) : [];
  const classes = params.vectors && models[0]!.head === v1.Head.MULTI_LABEL ? new ClassAccumulators(params.classes) : null;
  const slices = new Map<string, (string | null)[]>(params.slices.flatMap((set) => set.fields ?? []).map((field) => [field, []]));
  for (let from = 0; from < pack.rows; from += ROWS_AT_ONCE) {
    context.beat();
    const rows = await pack.read(from, Math.min(pack.rows, from + ROWS_AT_ONCE), { slices: slices.size > 0 });
    label.set(rows.label, from);
    weight.set(rows.weight, from);
    for (const [m, score] of scorers.entries()) {
      const found = score(rows, { logits: several });
      if (!several) {
        predictions[m]!.set(found, from);
        continue;
      }
      if (params.vectors) {
        const { loss, hit } = scoreVectors(models[m]!, params.classes, rows.labels!, found);
        predictions[m]!.set(loss, from);
        hits[m]!.set(hit, from);
        if (m === 0) classes?.update(models[0]!, rows.labels!, models[0]!.classesOf(found).probabilities, rows.weight);
        continue;
      }
      const { own, hit } = scoreClasses(models[m]!, params.classes, rows.label, found);
      predictions[m]!.set(own, from);
      hits[m]!.set(hit, from);
    }
    for (const [field, values] of slices) {
      const texts = rows.slices.get(field);
      if (texts === undefined)
        throw new CrossbillError("E_SLICE_FIELD", `${pack.path}: holds no slice values of "${field}"; ingest again with it among the slices`);
      for (const text of texts) values.push(text);
    }
  }
  const outputs = [await writeOutput(context.root, task.key, "scores.arrow", encodeScores({ label, weight, predictions, hits }))];
  if (models[0]!.head === v1.Head.LOGISTIC) {
    const accumulators = accumulate(label, weight, predictions, params.slices, slices);
    outputs.push(await writeOutput(context.root, task.key, "accumulators.pb", encodeMessage(v1.PackAccumulators, accumulators)));
  }
  if (classes !== null)
    outputs.push(await writeOutput(context.root, task.key, "accumulators.pb", encodeMessage(v1.PackAccumulators, { classes: classes.toMessages() })));
  return { outputs, summary: new Uint8Array(0) };
}

function accumulate(
  label: Float64Array,
  weight: Float64Array,
  predictions: readonly Float64Array[],
  sets: readonly v1.ISliceSet[],
  slices: ReadonlyMap<string, (string | null)[]>,
): v1.IPackAccumulators {
  const [first, second] = predictions as [Float64Array, Float64Array | undefined];
  const ranking = new RankingAccumulator();
  ranking.update(label, first, weight);
  const calibration = new CalibrationAccumulator();
  calibration.update(label, first, weight);
  const message: v1.IPackAccumulators = { ranking: ranking.toMessage(), calibration: calibration.toMessage() };
  if (sets.length > 0) {
    const accumulator = new SliceAccumulator(sets.map((set) => set.fields ?? []));
    accumulator.update(label, first, Object.fromEntries(slices), weight);
    message.slices = accumulator.toMessage();
  }
  if (second !== undefined) {
    const paired = new PairedLossAccumulator();
    paired.update(label, first, second, weight);
    message.paired = paired.toMessage();
  }
  return message;
}

// A thread scores many packs with the same models and state: the last few are kept.
const KEPT = 3;
const models = new Map<string, Promise<Model>>();
const states = new Map<string, Promise<v1.FeatureState>>();

function modelOf(dir: string, sha256: string): Promise<Model> {
  return kept(models, sha256, async () => {
    const model = await loadModel(dir);
    if (model.sha256 !== sha256)
      throw new CrossbillError("E_CORRUPT", `${dir}: holds the model ${model.sha256}, not ${sha256}; it was changed while it was measured`, {
        details: { path: dir },
      });
    return model;
  });
}

function stateOf(file: string, sha256: string): Promise<v1.FeatureState> {
  return kept(states, sha256, async () => {
    const bytes = await readWhole(file);
    if (sha256Hex(bytes) !== sha256) throw new CrossbillError("E_CORRUPT", `${file}: damaged; run the same command again`, { details: { path: file } });
    return decodeMessage(v1.FeatureState, openSealed(STATE_KIND, bytes, file).payload, file);
  });
}

function kept<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  made.catch(() => cache.delete(key));
  for (const old of cache.keys()) if (cache.size > KEPT) cache.delete(old);
  return made;
}
