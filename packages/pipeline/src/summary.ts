import { v1 } from "@crossbill/messages";
import type { ComparisonSummary } from "./comparison-summary.js";
import type { FairnessSummary } from "./fairness-summary.js";
import type { FoundSummaries } from "./found-summary.js";
import type { MultiClassSummary } from "./multi-class-summary.js";
import type { SliceSummary, TestSummary } from "./test-summary.js";

/** What `crossbill <step> --json` prints; numbers that are undefined are NaN here and null in JSON. Paths are absolute. */
export interface RunSummary {
  rows: { read: number; rejected: number; train: number; validation: number; test: number };
  rejects: Record<string, number>;
  rejectsFile: string | null;
  /** By numeric column, then part: rows that this run ingested whose value is outside the column's bounds (those rejected for it too). Columns without such rows are left out. */
  outliers: Record<string, { train: number; validation: number; test: number }>;
  /** What the last ingestion found when it compared its data with an earlier run's. */
  dataChecks: DataCheckSummary[];
  seconds: { ingest: number; train: number; evaluate: number; total: number };
  model: ModelSummary | null;
  train: TrainSummary | null;
  test: TestSummary | null;
  slices: SliceSummary[];
  /** Against another model; null: there was none to compare with. */
  comparison: ComparisonSummary | null;
  /** Of heads of several classes; else null. */
  multiClass: MultiClassSummary | null;
  /** Slices that a search found. */
  found: FoundSummaries;
  /** Decisions by group, a field of `evaluate.fairness` each. */
  fairness: FairnessSummary[];
  gate: { accepted: boolean; reasons: string[] } | null;
  report: string | null;
  /** The event file that was asked for. */
  tensorboard: string | null;
  published: string | null;
  skipped: string[];
}

export interface DataCheckSummary {
  check: string;
  /** Of the data; of `collisions` the column. */
  field: string;
  level: "warn" | "fail";
  value: number;
  limit: number;
  message: string;
}

export function checkSummaries(manifest: v1.IngestManifest): DataCheckSummary[] {
  return manifest.checks.map(({ check, field, failed, value, limit, message }) => ({ check, field, level: failed ? "fail" : "warn", value, limit, message }));
}

export interface ModelSummary {
  version: string | null;
  sha256: string;
  parameters: number;
  nonZero: number;
  bytes: number;
  path: string;
}

export interface TrainSummary {
  epochs: number;
  /** Of this run; NaN when training was skipped. */
  rowsPerSecond: number;
  /** Mean loss of the last epoch's blocks, each before its update; of the exact solver that of all training rows at the optimum. */
  logLoss: number;
  /** Validation loss of the kept step. */
  validationLoss: number;
  /** What decided the kept step, and its value there; "" and NaN of the exact solver. */
  metric: string;
  bestMetric: number;
  /** Known to the exact solver only. */
  objective: number;
  stoppedEarly: boolean;
  steps: number;
  bestStep: number;
  /** Training rows that this run processed (over all its epochs); a resumed run counts its own, one that skipped the training none. */
  rowsProcessed: number;
  /**
   * Progressive validation: each block of the first pass before it was learned. `logLoss` over all of them, an honest estimate of new rows' loss; null of the exact solver.
   * `window`: mean of those since the last point.
   */
  progressive: { logLoss: number; curve: { step: number; weight: number; logLoss: number; window: number }[] } | null;
  /** The evaluations in their order. `observedLoss`: of a fixed part of the training rows, `gradientNorm` of its blocks (of the exact solver: of all rows). */
  curve: {
    step: number;
    epoch: number;
    progressiveLoss: number;
    validationLoss: number;
    metric: number;
    nonZero: number;
    observedLoss: number;
    gradientNorm: number;
  }[];
  /** Of the exact solver; null for the online optimisers. */
  certificate: CertificateSummary | null;
  /** What the training found, each with what to do about it. */
  diagnostics: DiagnosticSummary[];
  /** Of heads that are trained on some classes at a time: that loss and the one of all classes, over the same training rows at the kept step; else null. */
  sampledLoss: { rows: number; sampled: number; full: number; difference: number; correction: string } | null;
  /** Training rows by class, and how many were used; null: all. */
  sampling: { correct: "weight" | "intercept"; classes: { class: string; rate: number; rows: number; kept: number }[] } | null;
  /** How the model's recalibration was fitted on the validation rows, and their log-loss before and after it; null: it has none. */
  recalibration: { kind: string; rows: number; logLossBefore: number; logLossAfter: number } | null;
}

export interface DiagnosticSummary {
  code: string;
  level: "warn" | "info";
  message: string;
  /** Those it is about; empty: no single ones. */
  columns: string[];
  /** In the unit that the code has. */
  value: number;
}

export interface CertificateSummary {
  gradientNorm: number;
  relativeGradientNorm: number;
  dualityGap: number;
  sumPredictions: number;
  sumLabels: number;
  converged: boolean;
}

export function outlierRows(counts: readonly v1.OutlierCount[]): RunSummary["outliers"] {
  const rows = new Map<string, RunSummary["outliers"][string]>();
  for (const { column, part, below, above } of counts) {
    const own = rows.get(column) ?? { train: 0, validation: 0, test: 0 };
    own[part === v1.Part.TEST ? "test" : part === v1.Part.VALIDATION ? "validation" : "train"] += below + above;
    rows.set(column, own);
  }
  return Object.fromEntries(rows);
}

export function partRows(manifest: v1.IngestManifest): { train: number; validation: number; test: number } {
  const rows = (part: v1.Part): number =>
    manifest.partitions.flatMap((p) => p.packs ?? []).reduce((sum, pack) => sum + ((pack.part ?? v1.Part.TRAIN) === part ? (pack.rows ?? 0) : 0), 0);
  return { train: rows(v1.Part.TRAIN), validation: rows(v1.Part.VALIDATION), test: rows(v1.Part.TEST) };
}

/** What this run did for a training. */
export interface TrainingWork {
  rowsPerSecond: number;
  rowsProcessed: number;
}

/** Of a run that found the model trained. */
export const NO_TRAINING: TrainingWork = { rowsPerSecond: Number.NaN, rowsProcessed: 0 };

export function trainSummary(metrics: v1.TrainMetrics, { rowsPerSecond, rowsProcessed }: TrainingWork): TrainSummary {
  const c = metrics.certificate == null ? null : (v1.Certificate.create(metrics.certificate) as v1.Certificate);
  return {
    epochs: metrics.epochs,
    rowsPerSecond,
    logLoss: metrics.progressiveLoss,
    validationLoss: metrics.validationLoss,
    metric: metrics.metric,
    bestMetric: metrics.metric === "" ? Number.NaN : metrics.bestMetric,
    objective: c?.objective ?? Number.NaN,
    stoppedEarly: metrics.stoppedEarly,
    steps: metrics.steps,
    bestStep: metrics.bestStep,
    rowsProcessed,
    progressive: progressiveSummary(metrics),
    curve: metrics.curve.map((point) => {
      const { step, epoch, progressiveLoss, validationLoss, metric, nonZero, observedLoss, gradientNorm } = v1.CurvePoint.create(point);
      return { step, epoch, progressiveLoss, validationLoss, metric, nonZero, observedLoss, gradientNorm };
    }),
    certificate:
      c === null
        ? null
        : {
            gradientNorm: c.gradientNorm,
            relativeGradientNorm: c.relativeGradientNorm,
            dualityGap: c.dualityGap,
            sumPredictions: c.sumPredictions,
            sumLabels: c.sumLabels,
            converged: c.converged,
          },
    diagnostics: diagnosticSummaries(metrics),
    sampledLoss: sampledLossSummary(metrics.sampledLoss),
    sampling: samplingSummary(metrics.rowSampling),
    recalibration: recalibrationSummary(metrics.recalibration),
  };
}

export function diagnosticSummaries({ diagnostics }: Pick<v1.TrainMetrics.$Properties, "diagnostics">): DiagnosticSummary[] {
  return (diagnostics ?? []).map((found) => {
    const { code, message, columns, value, info } = v1.Diagnostic.create(found);
    return { code, level: info ? "info" : "warn", message, columns: [...columns], value };
  });
}

function samplingSummary(found: v1.RowSampling.$Properties | null | undefined): TrainSummary["sampling"] {
  if (found == null) return null;
  return {
    correct: found.correct === v1.SampleSpec.Correct.INTERCEPT ? "intercept" : "weight",
    classes: (found.classes ?? []).map((one) => {
      const { class: name, rate, rows, kept } = v1.SampledClass.create(one);
      return { class: name, rate, rows, kept };
    }),
  };
}

function recalibrationSummary(found: v1.RecalibrationFit.$Properties | null | undefined): TrainSummary["recalibration"] {
  if (found == null) return null;
  const { kind, rows, lossBefore, lossAfter } = v1.RecalibrationFit.create(found);
  return { kind, rows, logLossBefore: lossBefore, logLossAfter: lossAfter };
}

function sampledLossSummary(found: v1.SampledLoss.$Properties | null | undefined): TrainSummary["sampledLoss"] {
  if (found == null) return null;
  const { rows, sampled, full, correction } = v1.SampledLoss.create(found);
  return { rows, sampled, full, difference: sampled - full, correction };
}

function progressiveSummary(metrics: v1.TrainMetrics): TrainSummary["progressive"] {
  const curve = metrics.progressive.map((point) => {
    const { step, weight, loss, windowLoss } = v1.ProgressivePoint.create(point);
    return { step, weight, logLoss: loss, window: windowLoss };
  });
  const last = curve.at(-1);
  return last === undefined ? null : { logLoss: last.logLoss, curve };
}
