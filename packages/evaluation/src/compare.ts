import type { IntervalOptions } from "@crossbill/calibration";
import { CrossbillError, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { normalCdf } from "@crossbill/numerics";
import { groupBias, NO_BIAS } from "./bias.js";
import { ComparisonSums } from "./comparison-sums.js";
import type { SumsSpec } from "./evaluation-sums.js";
import type { Group } from "./group-means.js";
import { LEVEL, weightKindName } from "./level.js";
import { comparisonNames } from "./measures.js";
import { Passes, type ScoreOptions, vectorsOf } from "./passes.js";
import { otherRows } from "./score-task.js";
import type { SliceSets } from "./slice-sets.js";
import { verdictOf } from "./verdict.js";

export interface CompareOptions extends Omit<ScoreOptions, "slices"> {
  /** The new model. */
  readonly model: Model;
  /** The current one. */
  readonly against: Model;
  /** The same rows in the current model's own terms (ingest's `encodeFor`), where it cannot score those of `packs`. */
  readonly againstPacks?: readonly v1.Pack[];
  readonly slices?: SliceSets;
  /** Slices with fewer rows are counted and left out. */
  readonly minSliceRows?: number;
  readonly weightKind?: v1.WeightKind;
}

/**
 * A model against another on the same rows: the paired difference of their losses (log-loss, squared error, or deviance) and (of one prediction) both biases, over all rows and
 * by slice; of the logistic head the paired differences of AUC and Brier score, too; the rows whose predictions differ most. Differences are new - current: negative is better
 * (AUC: positive). Heads of several exclusive classes all give the classes' probabilities: they are compared with one another.
 * @throws E_COMPARE_HEADS for models of heads without a common loss; E_MODEL_STATE when a model cannot score rows encoded with this state (after a refit, or with
 * other columns): then give againstPacks; E_COMPARE_ROWS when those are not the same rows
 */
export async function compare(options: CompareOptions): Promise<v1.Comparison> {
  const { model, against } = options;
  if (!haveCommonLoss(model, against))
    throw new CrossbillError(
      "E_COMPARE_HEADS",
      `models with heads ${model.info().head} and ${against.info().head} have no common loss; compare models of the same head, or models of the same several classes`,
    );
  const spec: SumsSpec = { head: model.head, vectors: vectorsOf(options.manifest), classes: options.manifest.classes, sets: options.slices ?? [] };
  const interval = { weightKind: weightKindName(options.weightKind ?? v1.WeightKind.IMPORTANCE), level: LEVEL };
  const passes = new Passes({ ...options, slices: [] });
  try {
    const { sums, scores } = await scorePairs(passes, options, spec);
    const found = sums ?? new ComparisonSums(spec);
    const groups = found.means.slices();
    const minSliceRows = options.minSliceRows ?? 1;
    const large = groups.filter((group) => group.rows >= minSliceRows);
    const comparison: v1.IComparison = {
      formatVersion: 1,
      modelSha256: model.sha256,
      againstSha256: against.sha256,
      part: options.packs[0]?.part ?? v1.Part.TEST,
      weightKind: options.weightKind ?? v1.WeightKind.IMPORTANCE,
      level: LEVEL,
      overall: pairedDifference(spec, found.means.all, interval),
      slices: large.map((group) => ({ slice: [...group.keys], difference: pairedDifference(spec, group, interval) })),
      minSliceRows,
      smallSlices: groups.length - large.length,
      ...(spec.head === v1.Head.LOGISTIC ? { brier: brierDifference(found.means.all, interval) } : {}),
      ...(await aucDifference(passes, found, scores, interval)),
      changed: found.changed.value(),
    };
    return v1.Comparison.create({ ...comparison, verdict: verdictOf(comparison, spec.head) } as v1.Comparison) as v1.Comparison;
  } finally {
    await passes.remove();
  }
}

/** The log-loss of the class's probability is every such head's. */
const EXCLUSIVE: ReadonlySet<v1.Head> = new Set([v1.Head.SOFTMAX, v1.Head.SAMPLED_SOFTMAX, v1.Head.NCE, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE]);

function haveCommonLoss(model: Model, against: Model): boolean {
  return model.head === against.head || (EXCLUSIVE.has(model.head) && EXCLUSIVE.has(against.head));
}

/** Both models on the same packs, or each on packs of its own; row i is the same row in both. */
async function scorePairs(passes: Passes, options: CompareOptions, spec: SumsSpec): ReturnType<typeof passes.score<ComparisonSums>> {
  const { model, against, manifest, againstPacks } = options;
  const folding = {
    purpose: v1.ScoreParams.Purpose.COMPARISON,
    fromMessage: (message: v1.PackAccumulators, pack: number) => ComparisonSums.fromMessage(spec, message, pack),
    merge: (a: ComparisonSums, b: ComparisonSums) => a.merge(b),
  };
  if (againstPacks === undefined) return passes.score([model, against], options, folding);
  if (againstPacks.length !== options.packs.length) throw otherRows(rowsOf(options.packs), rowsOf(againstPacks));
  const foreign = v1.IngestManifest.create({
    build: manifest.build,
    state: against.state,
    classes: manifest.classes,
    data: manifest.data,
  }) as v1.IngestManifest;
  const { scores } = await passes.score([against], { packs: againstPacks, manifest: foreign }, null);
  return passes.score([model], options, folding, scores);
}

function rowsOf(packs: readonly v1.Pack[]): number {
  return packs.reduce((sum, { rows }) => sum + rows, 0);
}

function pairedDifference(spec: SumsSpec, group: Group, interval: IntervalOptions): v1.IPairedDifference {
  const bias = (which: "New" | "Current"): v1.IBias =>
    comparisonNames(spec).means.includes(`bias${which}`)
      ? groupBias(group, { prediction: `prediction${which}`, label: "label", difference: `bias${which}` }, interval)
      : NO_BIAS;
  return {
    ...differenceOf(group, "loss", group.mean("lossNew"), group.mean("lossCurrent"), interval),
    biasNew: bias("New"),
    biasCurrent: bias("Current"),
  };
}

function brierDifference(group: Group, interval: IntervalOptions): v1.IPairedDifference {
  return differenceOf(group, "brier", group.mean("brierNew"), group.mean("brierCurrent"), interval);
}

function differenceOf(group: Group, name: string, lossNew: number, lossCurrent: number, interval: IntervalOptions): v1.IPairedDifference {
  const { mean: difference, standardError, low, high } = group.interval(name, interval);
  const z = difference / standardError;
  return {
    rows: group.rows,
    weight: group.weight(),
    lossNew,
    lossCurrent,
    difference,
    standardError,
    low,
    high,
    relativeIncrease: difference / lossCurrent,
    z,
    pValue: 2 * normalCdf(-Math.abs(z)),
  };
}

/** DeLong's, by a second look at the scores. */
async function aucDifference(passes: Passes, { rankings }: ComparisonSums, scores: readonly v1.Ref[], interval: IntervalOptions): Promise<v1.IComparison> {
  if (rankings === null || scores.length === 0) return {};
  const { delong } = await passes.refine(scores, { models: 2, range: [], rankings: rankings.map((ranking) => ranking.toMessage()) }, null);
  const { aucA, aucB, difference, standardError, low, high, pValue } = delong!.value(interval).comparison!;
  return { auc: { new: aucA, current: aucB, difference, standardError, low, high, pValue } };
}
