import path from "node:path";
import { openPack, type PackReader, type PackRows } from "@crossbill/ingest";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { MODEL_FILE, type Model } from "@crossbill/models";
import { type TaskContext, writeOutput } from "@crossbill/tasks";
import { ComparisonSums } from "./comparison-sums.js";
import { EvaluationSums, type SumsSpec } from "./evaluation-sums.js";
import { modelOf, stateOf } from "./kept-models.js";
import { readOutput } from "./read-output.js";
import { scoreClasses } from "./score-classes.js";
import { decodeScores, encodeScores, type Scores } from "./score-file.js";
import { scoreVectors } from "./score-vectors.js";
import type { ScoredRows } from "./scored-rows.js";
import { columnsOf, setsOf } from "./slice-sets.js";
import { textsOf } from "./slice-texts.js";

/** Name of the step that scores one pack, and of its outputs. */
export const SCORE_STEP = "evaluation.score";
const ROWS_AT_ONCE = 8192;

/**
 * Scores every row of a pack with one model or two (of several classes: both are): output 0 is the scores (see score-file.ts), output 1, where it is asked for, what is summed up
 * of them (v1.PackAccumulators). Rows in pack order.
 */
export async function scorePack(task: v1.Task, context: TaskContext): Promise<{ outputs: v1.Ref[]; summary: Uint8Array }> {
  const params = decodeMessage(v1.ScoreParams, task.params, "score task");
  const [packRef, stateRef, ...more] = task.inputs as v1.Ref[];
  const folders = more.map((ref) => context.inputPath(ref)).filter((file) => path.basename(file) === MODEL_FILE);
  const state = await stateOf(context.inputPath(stateRef!), stateRef!.sha256);
  const models = await Promise.all(params.modelSha256.map((sha256, i) => modelOf(path.dirname(folders[i]!), sha256)));
  const against = params.againstScores ? await readScores(context, more.at(-1)!) : null;
  const pack = await openPack(context.inputPath(packRef!), packRef!);
  if (against !== null && against.label.length !== pack.rows) throw otherRows(pack.rows, against.label.length);
  const spec = specOf(models[0]!, params);
  const compared = params.purpose === v1.ScoreParams.Purpose.COMPARISON ? new ComparisonSums(spec) : null;
  const sums = params.purpose === v1.ScoreParams.Purpose.EVALUATION ? new EvaluationSums(spec) : null;
  const scored = new PackScores(pack.rows, models.length + (against === null ? 0 : 1), models[0]!.classes.length > 0);
  const scorers = models.map((model) => model.scorer(state));
  const fields = columnsOf(spec.sets);
  for (let from = 0; from < pack.rows; from += ROWS_AT_ONCE) {
    context.beat();
    const to = Math.min(pack.rows, from + ROWS_AT_ONCE);
    const rows = await pack.read(from, to, { slices: fields.length > 0, keys: compared !== null });
    const own = scorers.map((score, m) => {
      const found = score(rows, { logits: scored.several });
      if (m === 0 && sums !== null) updateClasses(sums, models[0]!, rows, found);
      return keptOf(models[m]!, params, rows, found);
    });
    if (against !== null) own.push(againstOf(against, rows, from, to));
    const kept = scored.put(from, rows, own);
    const all: ScoredRows = { ...kept, slices: slicesOf(pack, rows, fields), keys: rows.keys };
    sums?.update(all);
    compared?.update(all);
  }
  const outputs = [await writeOutput(context.root, task.key, "scores.arrow", encodeScores(scored))];
  const summed = sums ?? compared;
  if (summed !== null) outputs.push(await writeOutput(context.root, task.key, "accumulators.pb", encodeMessage(v1.PackAccumulators, summed.toMessage())));
  return { outputs, summary: new Uint8Array(0) };
}

/** Of heads whose sums need the probabilities of all classes. */
function updateClasses({ classes, several }: EvaluationSums, model: Model, { label, labels, weight }: PackRows, found: Float64Array): void {
  if (classes === null && several === null) return;
  const { probabilities } = model.classesOf(found);
  classes?.update(model, labels!, probabilities, weight);
  several?.update(model, label, probabilities, weight);
}

/** What is kept of a row's prediction by one model. */
interface Kept {
  readonly prediction: Float64Array;
  readonly hit: Float64Array | null;
}

function specOf(model: Model, params: v1.ScoreParams): SumsSpec {
  const { vectors, classes } = params;
  return { head: model.head, vectors, classes, sets: setsOf(params) };
}

function keptOf(model: Model, { vectors, classes }: v1.ScoreParams, rows: PackRows, found: Float64Array): Kept {
  if (vectors) {
    const { loss, hit } = scoreVectors(model, classes, rows.labels!, found);
    return { prediction: loss, hit };
  }
  if (model.classes.length === 0) return { prediction: found, hit: null };
  const { own, hit } = scoreClasses(model, classes, rows.label, found);
  return { prediction: own, hit };
}

/** The scores of a whole pack. */
class PackScores implements Scores {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  readonly predictions: readonly Float64Array[];
  readonly hits: readonly Float64Array[];

  constructor(
    rows: number,
    models: number,
    readonly several: boolean,
  ) {
    this.label = new Float64Array(rows);
    this.weight = new Float64Array(rows);
    this.predictions = Array.from({ length: models }, () => new Float64Array(rows));
    this.hits = several ? Array.from({ length: models }, () => new Float64Array(rows)) : [];
  }

  /** @returns views of the rows that were put */
  put(from: number, { label, weight }: PackRows, own: readonly Kept[]): Scores {
    this.label.set(label, from);
    this.weight.set(weight, from);
    for (const [m, { prediction, hit }] of own.entries()) {
      this.predictions[m]!.set(prediction, from);
      if (hit !== null) this.hits[m]!.set(hit, from);
    }
    const of = (all: Float64Array): Float64Array => all.subarray(from, from + label.length);
    return { label: of(this.label), weight: of(this.weight), predictions: this.predictions.map(of), hits: this.hits.map(of) };
  }
}

async function readScores(context: TaskContext, ref: v1.Ref): Promise<Scores> {
  return decodeScores(await readOutput(context.inputPath(ref), ref), 1, ref.uri);
}

/** @throws E_COMPARE_ROWS when these are other rows */
function againstOf(against: Scores, { label, weight }: PackRows, from: number, to: number): Kept {
  for (let i = from; i < to; i++)
    if (against.label[i] !== label[i - from] || against.weight[i] !== weight[i - from]) throw otherRows(label.length, against.label.length);
  return { prediction: against.predictions[0]!.subarray(from, to), hit: against.hits[0]?.subarray(from, to) ?? null };
}

export function otherRows(own: number, against: number): CrossbillError {
  return new CrossbillError("E_COMPARE_ROWS", `the two models' packs hold different rows (${own} and ${against}); ingest again`);
}

function slicesOf(pack: PackReader, rows: PackRows, fields: readonly string[]): Map<string, readonly (string | null)[]> {
  return new Map(fields.map((field) => [field, textsOf(pack, rows.slices, field)]));
}
