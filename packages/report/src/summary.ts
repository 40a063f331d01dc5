import { decodeMessage, encodeMessage, HEAD_NAMES, isOfNumbers, v1 } from "@crossbill/messages";
import type { JsonBias, JsonComparison, JsonDifference, JsonHistogram, JsonSlice, JsonSliceKey, JsonTest, JsonTrain, Num, ReportJson } from "./json.js";

/** Submessages that were not set are null when decoded, whatever their generated type says. */
type Maybe<T> = T | null | undefined;

const num = (x: number): Num => (Number.isFinite(x) ? x : null);
const nums = (xs: readonly number[]): Num[] => xs.map(num);

const NO_BIAS: JsonBias = { meanPrediction: null, meanLabel: null, difference: null, ratio: null, low: null, high: null };

function bias(b: Maybe<v1.Bias>): JsonBias | null {
  if (!b) return null;
  return {
    meanPrediction: num(b.meanPrediction),
    meanLabel: num(b.meanLabel),
    difference: num(b.difference),
    ratio: num(b.ratio),
    low: num(b.low),
    high: num(b.high),
  };
}

function histogram(g: Maybe<v1.Histogram>): JsonHistogram | null {
  return g ? { low: num(g.low), high: num(g.high), rows: [...g.rows], weight: nums(g.weight), positiveWeight: nums(g.positiveWeight) } : null;
}

function sliceKey(keys: readonly v1.SliceKey[]): JsonSliceKey {
  const slice: JsonSliceKey = Object.create(null) as JsonSliceKey;
  for (const key of keys) slice[key.field] = key.missing ? null : key.value;
  return slice;
}

/** A slice without rows has no numbers, whatever stands in the message. */
function slice(s: v1.SliceEvaluation, head: v1.Head): JsonSlice {
  const of = (x: number): Num => (s.rows === 0 ? null : num(x));
  return {
    slice: sliceKey(s.slice),
    rows: s.rows,
    weight: num(s.weight),
    logLoss: of(s.logLoss),
    auc: of(s.auc),
    rmse: of(s.rmse),
    ...(head === v1.Head.POISSON ? { deviance: of(s.deviance) } : {}),
    bias: (s.rows === 0 ? null : bias(s.bias)) ?? NO_BIAS,
    calibrationError: of(s.calibrationError),
    z: of(s.z),
    pValue: of(s.pValue),
  };
}

/** By falling |z|; undefined ones last, equal ones in their order. */
export function byStrength<T extends { z: Num }>(items: readonly T[]): T[] {
  const strength = (item: T): number => (item.z === null ? -1 : Math.abs(item.z));
  return [...items].sort((a, b) => strength(b) - strength(a));
}

function test(e: v1.Evaluation): JsonTest {
  const part = e.part === v1.Part.TEST ? "test" : e.part === v1.Part.VALIDATION ? "validation" : "train";
  const of = (x: number): Num => (e.rows === 0 ? null : num(x));
  const probabilities = !isOfNumbers(e.head);
  const roc = e.roc as Maybe<v1.RocCurve>;
  const recall = e.precisionRecall as Maybe<v1.PrecisionRecallCurve>;
  const unit = e.unit as Maybe<v1.UnitInterval>;
  const probability = (x: number): Num => (probabilities ? of(x) : null);
  return {
    head: HEAD_NAMES[e.head],
    part,
    weightKind: e.weightKind === v1.WeightKind.FREQUENCY ? "frequency" : "importance",
    level: num(e.level),
    rows: e.rows,
    weight: num(e.weight),
    positiveWeight: probability(e.positiveWeight),
    logLoss: probability(e.logLoss),
    logLossLow: probability(e.logLossLow),
    logLossHigh: probability(e.logLossHigh),
    auc: probability(e.auc),
    averagePrecision: probability(e.averagePrecision),
    brier: probability(e.brier),
    accuracy: probability(e.accuracy),
    threshold: probability(e.threshold),
    rmse: probabilities ? null : of(e.rmse),
    ...(e.head === v1.Head.MULTI_LABEL
      ? {
          macroAuc: of(e.macroAuc),
          classes: (e.classes as v1.ClassEvaluation[]).map((one) => ({
            class: one.name,
            positiveWeight: num(one.positiveWeight),
            logLoss: num(one.logLoss),
            auc: num(one.auc),
            bias: bias(one.bias) ?? NO_BIAS,
          })),
        }
      : {}),
    ...(e.head === v1.Head.POISSON ? { poissonLoss: of(e.poissonLoss), deviance: of(e.deviance) } : {}),
    bias: (e.rows === 0 ? null : bias(e.bias)) ?? NO_BIAS,
    calibrationError: of(e.calibrationError),
    calibrationErrorBins: e.calibrationErrorBins,
    outsideUnit: unit ? { below: unit.below, above: unit.above, cappedBias: num(unit.cappedBias) } : null,
    calibration: e.calibration.map((c) => ({
      strategy: c.strategy,
      bins: c.bins.map((b) => ({
        low: num(b.low),
        high: num(b.high),
        rows: b.rows,
        weight: num(b.weight),
        meanPrediction: num(b.meanPrediction),
        meanLabel: num(b.meanLabel),
        labelLow: num(b.labelLow),
        labelHigh: num(b.labelHigh),
      })),
    })),
    roc: {
      falsePositiveRate: nums(roc?.falsePositiveRate ?? []),
      truePositiveRate: nums(roc?.truePositiveRate ?? []),
      thresholds: nums(roc?.thresholds ?? []),
    },
    precisionRecall: { precision: nums(recall?.precision ?? []), recall: nums(recall?.recall ?? []), thresholds: nums(recall?.thresholds ?? []) },
    histogram: histogram(e.histogram),
  };
}

function difference(d: v1.PairedDifference): JsonDifference {
  const of = (x: number): Num => (d.rows === 0 ? null : num(x));
  return {
    rows: d.rows,
    weight: num(d.weight),
    lossNew: of(d.lossNew),
    lossCurrent: of(d.lossCurrent),
    difference: of(d.difference),
    low: of(d.low),
    high: of(d.high),
    relativeIncrease: of(d.relativeIncrease),
    z: of(d.z),
    pValue: of(d.pValue),
  };
}

function comparison(c: v1.Comparison): JsonComparison {
  const overall = c.overall as Maybe<v1.PairedDifference>;
  return {
    modelSha256: c.modelSha256,
    againstSha256: c.againstSha256,
    level: num(c.level),
    overall: overall ? difference(overall) : null,
    biasNew: bias(overall?.biasNew),
    biasCurrent: bias(overall?.biasCurrent),
    slices: byStrength(
      c.slices.filter((s) => (s.difference as Maybe<v1.PairedDifference>) != null).map((s) => ({ slice: sliceKey(s.slice), ...difference(s.difference) })),
    ),
    minSliceRows: c.minSliceRows,
    smallSlices: c.smallSlices,
  };
}

function train(t: v1.TrainMetrics, optimizer: string): JsonTrain {
  const c = t.certificate as Maybe<v1.Certificate>;
  const s = t.sampledLoss as Maybe<v1.SampledLoss>;
  const sampling = t.rowSampling as Maybe<v1.RowSampling>;
  return {
    optimizer,
    epochs: t.epochs,
    steps: t.steps,
    bestStep: t.bestStep,
    stoppedEarly: t.stoppedEarly,
    progressiveLoss: num(t.progressiveLoss),
    validationLoss: num(t.validationLoss),
    metric: t.metric,
    bestMetric: t.metric === "" ? null : num(t.bestMetric),
    progressive: t.progressive.map((p) => ({ step: p.step, weight: num(p.weight), loss: num(p.loss), windowLoss: num(p.windowLoss) })),
    curve: t.curve.map((p) => ({
      step: p.step,
      epoch: num(p.epoch),
      progressiveLoss: num(p.progressiveLoss),
      validationLoss: num(p.validationLoss),
      metric: t.metric === "" ? null : num(p.metric),
      nonZero: p.nonZero,
      observedLoss: num(p.observedLoss),
      gradientNorm: num(p.gradientNorm),
    })),
    certificate: c
      ? {
          objective: num(c.objective),
          gradientNorm: num(c.gradientNorm),
          relativeGradientNorm: num(c.relativeGradientNorm),
          dualityGap: num(c.dualityGap),
          sumPredictions: num(c.sumPredictions),
          sumLabels: num(c.sumLabels),
          converged: c.converged,
        }
      : null,
    diagnostics: t.diagnostics.map((d) => ({
      code: d.code,
      level: d.info ? "info" : "warn",
      message: d.message,
      columns: [...d.columns],
      value: num(d.value),
    })),
    sampledLoss: s ? { rows: s.rows, sampled: num(s.sampled), full: num(s.full), difference: num(s.sampled - s.full), correction: s.correction } : null,
    sampling: sampling
      ? {
          correct: sampling.correct === v1.SampleSpec.Correct.INTERCEPT ? "intercept" : "weight",
          classes: sampling.classes.map((of) => ({ class: of.class, rate: num(of.rate), rows: of.rows, kept: of.kept })),
        }
      : null,
  };
}

function rejectCounts(rejects: readonly v1.RejectCount[]): { [code: string]: number } {
  const counts: { [code: string]: number } = Object.create(null) as { [code: string]: number };
  for (const reject of rejects) counts[reject.code] = (counts[reject.code] ?? 0) + reject.rows;
  return counts;
}

/** What `report.json` holds, and all the page is drawn from. Pure; parts of `input` that are not set are null. */
export function summarize(input: v1.IReportInput): ReportJson {
  const r = decodeMessage(v1.ReportInput, encodeMessage(v1.ReportInput, input), "report input");
  const evaluation = r.evaluation as Maybe<v1.Evaluation>;
  const against = r.comparison as Maybe<v1.Comparison>;
  const metrics = r.train as Maybe<v1.TrainMetrics>;
  const gate = r.gate as Maybe<v1.ReportGate>;
  const rows = r.rows as Maybe<v1.ReportRows>;
  const model = r.model as Maybe<v1.ReportModel>;
  const weights = r.weights as Maybe<v1.ReportWeights>;
  const lineage = r.lineage as Maybe<v1.Lineage>;
  const slices = byStrength((evaluation?.slices ?? []).map((one) => slice(one, evaluation?.head ?? v1.Head.LOGISTIC)));
  const withRows = slices.filter((s) => s.rows > 0).length;
  const leaveOutZero = slices.filter(({ bias: b }) => b.low !== null && b.high !== null && b.low < b.high && (b.low > 0 || b.high < 0)).length;
  const level = evaluation ? evaluation.level : Number.NaN;
  return {
    formatVersion: 1,
    title: r.title,
    gate: gate
      ? {
          accepted: gate.accepted,
          reasons: [...gate.reasons],
          limits: gate.limits.map((l) => ({ name: l.name, limit: num(l.limit), value: num(l.value), low: num(l.low), high: num(l.high), passed: l.passed })),
        }
      : null,
    rows: { read: rows?.read ?? 0, rejected: rows?.rejected ?? 0, train: rows?.train ?? 0, validation: rows?.validation ?? 0, test: rows?.test ?? 0 },
    rejects: rejectCounts(r.rejects),
    model: {
      version: model?.version ?? "",
      sha256: model?.sha256 ?? "",
      parameters: model?.parameters ?? 0,
      nonZero: model?.nonZero ?? 0,
      bytes: model?.bytes ?? 0,
    },
    train: metrics ? train(metrics, r.optimizer) : null,
    test: evaluation ? test(evaluation) : null,
    slices,
    sliceSummary: { withRows, leaveOutZero, byChance: level > 0 && level < 1 ? num(withRows * (1 - level)) : null },
    comparison: against ? comparison(against) : null,
    weights: weights
      ? {
          histogram: histogram(weights.histogram),
          strongest: weights.strongest.map((w) => ({ feature: w.feature, weight: num(w.weight) })),
          intercept: num(weights.intercept),
        }
      : null,
    lineage: { build: lineage?.build ?? "", configSha256: lineage?.configSha256 ?? "", ingestKey: lineage?.ingestKey ?? "", seed: lineage?.seed ?? 0 },
    configuration: r.configuration,
  };
}
