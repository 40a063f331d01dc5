import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { ReportJson } from "./json.js";
import { byStrength, histogram, type Maybe, num } from "./summary/base.js";
import { calibrationSummary } from "./summary/calibration.js";
import { comparison } from "./summary/comparison.js";
import { decision } from "./summary/decision.js";
import { causes, test } from "./summary/evaluation.js";
import { multiClass } from "./summary/multi-class.js";
import { fairness, foundSlices, slice } from "./summary/slices.js";
import { train } from "./summary/train.js";

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
  const costs = r.costs as Maybe<v1.ReportCosts>;
  const head = evaluation?.head ?? v1.Head.LOGISTIC;
  const slices = byStrength((evaluation?.slices ?? []).map((one) => slice(one, head)));
  const measured = evaluation ? test(evaluation) : null;
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
    checks: r.checks.map(({ check, field, failed, value, limit, message }) => ({
      check,
      field,
      level: failed ? "fail" : "warn",
      value: num(value),
      limit: num(limit),
      message,
    })),
    model: {
      version: model?.version ?? "",
      sha256: model?.sha256 ?? "",
      parameters: model?.parameters ?? 0,
      nonZero: model?.nonZero ?? 0,
      bytes: model?.bytes ?? 0,
    },
    train: metrics ? train(metrics, r.optimizer) : null,
    test: measured,
    causes: evaluation ? causes(evaluation) : [],
    calibrationSummary: measured ? calibrationSummary(measured) : null,
    decision: measured?.head === "logistic" ? decision(measured, { falsePositive: costs?.falsePositive ?? 1, falseNegative: costs?.falseNegative ?? 1 }) : null,
    slices,
    sliceSummary: { withRows, leaveOutZero, byChance: level > 0 && level < 1 ? num(withRows * (1 - level)) : null },
    foundSlices: {
      bias: foundSlices(evaluation?.foundBias, head),
      logLoss: foundSlices(evaluation?.foundLoss, head),
    },
    fairness: (evaluation?.fairness ?? []).map(fairness),
    multiClass: multiClass(evaluation?.multiClass),
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
