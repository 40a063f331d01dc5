import { biasInterval, type PairedLossDifference, pairedLogLossDifference, predictionBias, type WeightKind } from "@crossbill/calibration";
import { CrossbillError, hasLabelVectors, isOfClasses, isOfNumbers, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { normalCdf } from "@crossbill/numerics";
import { biasMessage, squaredBias } from "./bias.js";
import { NO_BIAS, ones } from "./class-evaluation.js";
import { LEVEL, weightKindName } from "./level.js";
import { meanInterval } from "./mean-interval.js";
import { numberLoss } from "./number-loss.js";
import type { Scores } from "./score-file.js";
import { type ScoreOptions, scorePacks } from "./score-packs.js";
import { gather, groupSlices, readSlices } from "./slice-rows.js";

export interface CompareOptions extends Omit<ScoreOptions, "slices"> {
  /** The new model. */
  readonly model: Model;
  /** The current one. */
  readonly against: Model;
  /** The same rows in the current model's own terms (ingest's `encodeFor`), where it cannot score those of `packs`. */
  readonly againstPacks?: readonly v1.Pack[];
  readonly slices?: readonly (readonly string[])[];
  /** Slices with fewer rows are counted and left out. */
  readonly minSliceRows?: number;
  readonly weightKind?: v1.WeightKind;
}

/**
 * A model against another on the same rows: the paired difference of their losses (log-loss, squared error, or deviance) and (of one prediction) both biases, over all rows and
 * by slice. Differences are new - current: negative is better.
 * Heads of several exclusive classes all give the classes' probabilities: they are compared with one another.
 * @throws E_COMPARE_HEADS for models of heads without a common loss; E_MODEL_STATE when a model cannot score rows encoded with this state (after a refit, or with
 * other columns): then give againstPacks; E_COMPARE_ROWS when those are not the same rows
 */
export async function compare(options: CompareOptions): Promise<v1.Comparison> {
  const { model, against, packs, root } = options;
  if (!haveCommonLoss(model, against))
    throw new CrossbillError(
      "E_COMPARE_HEADS",
      `models with heads ${model.info().head} and ${against.info().head} have no common loss; compare models of the same head, or models of the same several classes`,
    );
  const sets = options.slices ?? [];
  const scores =
    options.againstPacks === undefined
      ? (await scorePacks([model, against], { ...options, slices: [] })).scores
      : await scoreApart(options, options.againstPacks);
  const vectors = hasLabelVectors((options.manifest.data as v1.DataSpec | null)?.label);
  const kind = weightKindName(options.weightKind ?? v1.WeightKind.IMPORTANCE);
  const of = (rows: readonly number[] | null): v1.PairedDifference =>
    pairedDifference(rows === null ? scores : rowsOf(scores, rows), model.head, kind, vectors);
  const groups = groupSlices(await readSlices(root, packs, [...new Set(sets.flat())]), sets, scores.label.length);
  const minSliceRows = options.minSliceRows ?? 1;
  const large = groups.filter((group) => group.rows.length >= minSliceRows);
  return v1.Comparison.create({
    formatVersion: 1,
    modelSha256: model.sha256,
    againstSha256: against.sha256,
    part: packs[0]?.part ?? v1.Part.TEST,
    weightKind: options.weightKind ?? v1.WeightKind.IMPORTANCE,
    level: LEVEL,
    overall: of(null),
    slices: large.map((group) => ({ slice: group.keys, difference: of(group.rows) })),
    minSliceRows,
    smallSlices: groups.length - large.length,
  });
}

/** The log-loss of the class's probability is every such head's. */
const EXCLUSIVE: ReadonlySet<v1.Head> = new Set([v1.Head.SOFTMAX, v1.Head.SAMPLED_SOFTMAX, v1.Head.NCE, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE]);

function haveCommonLoss(model: Model, against: Model): boolean {
  return model.head === against.head || (EXCLUSIVE.has(model.head) && EXCLUSIVE.has(against.head));
}

/** Each model on packs of its own; row i is the same row in both. */
async function scoreApart(options: CompareOptions, againstPacks: readonly v1.Pack[]): Promise<Scores> {
  const own = await scorePacks([options.model], { ...options, slices: [] });
  const manifest = v1.IngestManifest.create({
    build: options.manifest.build,
    state: options.against.state,
    classes: options.manifest.classes,
    data: options.manifest.data,
  }) as v1.IngestManifest;
  const other = await scorePacks([options.against], { ...options, packs: againstPacks, manifest, slices: [] });
  const { label, weight, predictions } = own.scores;
  const same = label.length === other.scores.label.length && label.every((y, i) => y === other.scores.label[i] && weight[i] === other.scores.weight[i]);
  if (!same)
    throw new CrossbillError("E_COMPARE_ROWS", `the two models' packs hold different rows (${label.length} and ${other.scores.label.length}); ingest again`);
  return { label, weight, predictions: [predictions[0]!, other.scores.predictions[0]!], hits: [...own.scores.hits, ...other.scores.hits] };
}

function rowsOf(scores: Scores, rows: readonly number[]): Scores {
  const each = (of: readonly Float64Array[]): Float64Array[] => of.map((one) => gather(one, rows));
  return { label: gather(scores.label, rows), weight: gather(scores.weight, rows), predictions: each(scores.predictions), hits: each(scores.hits) };
}

function pairedDifference({ label, weight, predictions }: Scores, head: v1.Head, weightKind: WeightKind, vectors: boolean): v1.PairedDifference {
  const [a, b] = predictions as [Float64Array, Float64Array];
  const options = { weightKind, level: LEVEL };
  const several = isOfClasses(head);
  const d =
    isOfNumbers(head) || vectors
      ? pairedNumberDifference(vectors ? (_, loss) => loss : numberLoss(head), label, a, b, weight, weightKind)
      : pairedLogLossDifference(several ? ones(a) : label, a, b, weight, options);
  const bias = (p: Float64Array): v1.IBias => {
    if (several) return NO_BIAS;
    if (isOfNumbers(head)) return squaredBias(label, p, weight, weightKind, LEVEL);
    return biasMessage(predictionBias(label, p, weight), biasInterval(label, p, weight, options));
  };
  const z = d.difference / d.standardError;
  return v1.PairedDifference.create({
    rows: label.length,
    weight: d.weight,
    lossNew: d.lossA,
    lossCurrent: d.lossB,
    difference: d.difference,
    standardError: d.standardError,
    low: d.low,
    high: d.high,
    relativeIncrease: d.difference / d.lossB,
    z,
    pValue: 2 * normalCdf(-Math.abs(z)),
    biasNew: bias(a),
    biasCurrent: bias(b),
  } as v1.IPairedDifference) as v1.PairedDifference;
}

function pairedNumberDifference(
  lossOf: (label: number, prediction: number) => number,
  label: Float64Array,
  a: Float64Array,
  b: Float64Array,
  weight: Float64Array,
  weightKind: WeightKind,
): PairedLossDifference {
  const of = (p: Float64Array, i: number): number => lossOf(label[i]!, p[i]!);
  const { mean, standardError, low, high } = meanInterval(label.keys(), weight, (i) => of(a, i) - of(b, i), weightKind, LEVEL);
  const loss = (p: Float64Array): number => meanInterval(label.keys(), weight, (i) => of(p, i), weightKind, LEVEL).mean;
  const used = weight.filter((w) => w > 0);
  return { difference: mean, standardError, low, high, rows: used.length, weight: used.reduce((sum, w) => sum + w, 0), lossA: loss(a), lossB: loss(b) };
}
