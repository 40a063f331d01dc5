import type { Ranking, ThresholdCriterion } from "@crossbill/auc";
import { type IntervalOptions, quantileEdgesOf, UNIFORM_BIN_COUNTS, uniformEdges } from "@crossbill/calibration";
import { CrossbillError, isOfClasses, isOfNumbers, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { NO_BIAS } from "./bias.js";
import { classPart, classSlice } from "./class-evaluation.js";
import { EvaluationSums, type SumsSpec } from "./evaluation-sums.js";
import { fairnessPart } from "./fairness-part.js";
import { LEVEL, weightKindName } from "./level.js";
import { calibrationPart, logisticPart, logisticSlices } from "./logistic-evaluation.js";
import { ownLoss } from "./measures.js";
import { numberPart, numberSlice } from "./number-evaluation.js";
import { Passes, type ScoreOptions, vectorsOf } from "./passes.js";
import { type SliceSearchSpec, searchedRows, searchPart } from "./search-packs.js";
import { bestThreshold, checkThreshold } from "./threshold.js";

export interface EvaluateOptions extends ScoreOptions {
  readonly model: Model;
  /** Of the calibration curves; default 20. */
  readonly bins?: number;
  /** Predicted positive: probability >= threshold; or what makes the best one on these rows (0.5 where that is undefined); default 0.5. */
  readonly threshold?: number | ThresholdCriterion;
  /** How the threshold was chosen, for people; default: it is given. */
  readonly thresholdRule?: string;
  /** Default importance. */
  readonly weightKind?: v1.WeightKind;
  /** Logistic head: a search for slices that nobody named; default: none. */
  readonly search?: SliceSearchSpec;
  /** Logistic head: slice fields by whose values decisions at the threshold are told; default: none. */
  readonly fairness?: readonly string[];
}

/** N rows of one part, in the order of the packs. */
export interface MeasuredRows {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  /** Probability (logistic head), value, the own class's probability, or of label vectors the loss. */
  readonly prediction: Float64Array;
  /** The head's own loss of each row, see {@link ownLoss}. */
  readonly loss: Float64Array;
}

/**
 * Scores the packs of one part and measures, in two passes whose memory does not depend on the number of rows. Every number is weighted; undefined ones (no rows, one class) are
 * NaN. Calibration errors are those of the quantile curve.
 * @throws as Passes.score; E_BIN_COUNT, E_THRESHOLD_RANGE (exit code 2)
 */
export async function evaluate(options: EvaluateOptions): Promise<v1.Evaluation> {
  checkOptions(options);
  const passes = new Passes(options);
  try {
    const { sums, scores } = await firstPass(passes, options);
    const evaluation = { ...heading(options), ...firstLook(options, sums) };
    if (sums !== null) {
      Object.assign(evaluation, await secondLook(passes, options, sums, scores), await search(passes, options, sums, scores));
      evaluation.fairness = await fairness(passes, options, sums, scores, evaluation.threshold!);
    }
    return v1.Evaluation.create(evaluation as v1.Evaluation) as v1.Evaluation;
  } finally {
    await passes.remove();
  }
}

/**
 * What one pass gives of {@link evaluate} (no calibration curves but their numbers, no interval of the AUC, no histogram of values), and the rows it measured, 32 bytes each: what
 * two models are compared by that are never there at once.
 */
export async function evaluateRows(options: EvaluateOptions): Promise<{ readonly evaluation: v1.Evaluation; readonly rows: MeasuredRows }> {
  checkOptions(options);
  const passes = new Passes(options);
  try {
    const { sums, scores } = await firstPass(passes, options);
    const evaluation = v1.Evaluation.create({ ...heading(options), ...firstLook(options, sums) } as v1.Evaluation) as v1.Evaluation;
    const loss = ownLoss(specOf(options));
    const column = (): Float64Array => new Float64Array(evaluation.rows);
    const rows = { label: column(), weight: column(), prediction: column(), loss: column() };
    let at = 0;
    for (const ref of scores) {
      const { label, weight, predictions } = await passes.read(ref, 1);
      rows.label.set(label, at);
      rows.weight.set(weight, at);
      rows.prediction.set(predictions[0]!, at);
      for (const [i, p] of predictions[0]!.entries()) rows.loss[at + i] = loss(label[i]!, p);
      at += label.length;
    }
    return { evaluation, rows };
  } finally {
    await passes.remove();
  }
}

function checkOptions({ threshold = 0.5, bins = 20 }: EvaluateOptions): void {
  if (typeof threshold === "number") checkThreshold(threshold);
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= 10_000))
    throw new CrossbillError("E_BIN_COUNT", `bins is ${String(bins)}, allowed is an integer from 1 to 10000`, { exitCode: 2 });
}

function specOf({ model, manifest, slices }: Pick<EvaluateOptions, "model" | "manifest" | "slices">): SumsSpec {
  return { head: model.head, vectors: vectorsOf(manifest), classes: manifest.classes, sets: slices ?? [] };
}

function intervalOf({ weightKind }: EvaluateOptions): IntervalOptions {
  return { weightKind: weightKindName(weightKind ?? v1.WeightKind.IMPORTANCE), level: LEVEL };
}

function firstPass(passes: Passes, options: EvaluateOptions): ReturnType<typeof passes.score<EvaluationSums>> {
  return passes.score([options.model], options, EvaluationSums.folding(specOf(options)));
}

const NUMBERS = [
  "logLoss",
  "auc",
  "averagePrecision",
  "brier",
  "accuracy",
  "rmse",
  "calibrationError",
  "logLossLow",
  "logLossHigh",
  "poissonLoss",
  "deviance",
  "macroAuc",
  "aucLow",
  "aucHigh",
  "brierLow",
  "brierHigh",
  "normalizedEntropy",
  "maxCalibrationError",
  "aucErrorBound",
] as const;

/** Nothing measured yet: every number is undefined. */
function heading({ model, packs, weightKind, threshold, thresholdRule }: EvaluateOptions): v1.IEvaluation {
  return {
    formatVersion: 1,
    level: LEVEL,
    bias: NO_BIAS,
    ...Object.fromEntries(NUMBERS.map((name) => [name, Number.NaN])),
    modelSha256: model.sha256,
    head: model.head,
    part: packs[0]?.part ?? v1.Part.TEST,
    weightKind: weightKind ?? v1.WeightKind.IMPORTANCE,
    // It is of one probability.
    threshold: isOfClasses(model.head) ? Number.NaN : typeof threshold === "number" ? threshold : 0.5,
    thresholdRule: thresholdRule ?? "",
  };
}

function firstLook(options: EvaluateOptions, sums: EvaluationSums | null): v1.IEvaluation {
  const { head } = options.model;
  const interval = intervalOf(options);
  if (sums === null || sums.means.all.rows === 0) return { rows: 0 };
  const groups = sums.means.slices();
  const rows = sums.means.all.rows;
  if (isOfNumbers(head)) return { rows, ...numberPart(head, sums, interval), slices: groups.map((group) => numberSlice(head, group, interval)) };
  if (isOfClasses(head)) return { rows, ...classPart(sums, options.manifest.classes, interval), slices: groups.map(classSlice) };
  const ranking = sums.ranking!.ranking();
  const threshold = thresholdOf(options, ranking);
  return {
    rows,
    threshold,
    ...logisticPart(sums, ranking, threshold, interval),
    slices: sums.slices === null ? [] : logisticSlices(sums.slices, interval),
  };
}

function thresholdOf({ threshold = 0.5 }: EvaluateOptions, ranking: Ranking): number {
  if (typeof threshold === "number") return threshold;
  const best = bestThreshold(ranking, threshold);
  return Number.isNaN(best) ? 0.5 : best;
}

async function search(passes: Passes, options: EvaluateOptions, sums: EvaluationSums, scores: readonly v1.Ref[]): Promise<v1.IEvaluation> {
  if (options.search === undefined || sums.calibration === null) return {};
  const { weightKind = "importance", level = LEVEL } = intervalOf(options);
  return searchPart(
    await searchedRows(options.root, options.packs, (pack) => passes.read(scores[pack]!, 1), options.search),
    options.search,
    weightKind,
    level,
  );
}

async function fairness(
  passes: Passes,
  options: EvaluateOptions,
  sums: EvaluationSums,
  scores: readonly v1.Ref[],
  threshold: number,
): Promise<v1.IGroupFairness[]> {
  const { fairness: fields = [] } = options;
  if (fields.length === 0 || sums.calibration === null) return [];
  const { weightKind = "importance", level = LEVEL } = intervalOf(options);
  return fairnessPart(options.root, options.packs, (pack) => passes.read(scores[pack]!, 1), fields, threshold, { weightKind, level });
}

async function secondLook(passes: Passes, options: EvaluateOptions, sums: EvaluationSums, scores: readonly v1.Ref[]): Promise<v1.IEvaluation> {
  if (sums.means.all.rows === 0) return {};
  const interval = intervalOf(options);
  if (isOfNumbers(options.model.head)) {
    const range = { low: sums.low, high: sums.high };
    const { histogram } = await passes.refine(scores, { models: 1, range: [range.low, range.high] }, range);
    return { histogram: histogram!.value() };
  }
  if (sums.calibration === null) return {};
  const bins = options.bins ?? 20;
  const edges = quantileEdges(sums, sums.ranking!.ranking(), bins);
  const isUniformKnown = UNIFORM_BIN_COUNTS.includes(bins);
  const curves = [{ strategy: "quantile", edges: [...edges] }, ...(isUniformKnown ? [] : [{ strategy: "uniform", edges: [...uniformEdges(bins)] }])];
  const refined = await passes.refine(scores, { models: 1, range: [], curves, rankings: [sums.ranking!.toMessage()] }, null);
  const [quantile, uniform] = refined.curves.map((curve) => curve.curve(interval));
  const { low, high } = refined.delong!.value(interval).a;
  return {
    aucLow: low,
    aucHigh: high,
    ...calibrationPart(
      [
        uniform ?? sums.calibration.curve({ ...interval, bins, strategy: "uniform" }),
        quantile!,
        sums.calibration.curve({ ...interval, bins, strategy: "logit" }),
      ],
      sums.calibration.value(interval).brierScore,
    ),
  };
}

/** Of the predictions as the ranking has them: where it rounded scores down, edges are rounded, too. */
function quantileEdges({ calibration }: EvaluationSums, { thresholds, positives, negatives }: Ranking, bins: number): Float64Array {
  const weights = positives.map((w, t) => w + negatives[t]!);
  return quantileEdgesOf({ values: thresholds.slice().reverse(), weights: weights.reverse(), facts: calibration!.weightFacts() }, bins);
}
