import fs from "node:fs";
import path from "node:path";
import { encodeMessage, v1 } from "@crossbill/messages";
import { type Model, strongestWeights } from "@crossbill/models";
import { atomicWrite, readWhole, sha256Hex } from "@crossbill/storage";
import { BUILD } from "../build.js";
import { describeModel } from "../config/describe-model.js";
import type { RunContext } from "../context.js";
import type { GateDecision } from "../gate.js";
import { partRows } from "../summary.js";
import type { NamedModel } from "./evaluate-step.js";

const STRONGEST = 30;

export interface ReportFacts {
  manifest: v1.IngestManifest;
  subject: NamedModel;
  measured: v1.Measured;
  decision: GateDecision | null;
  /** Published version, or null. */
  version: string | null;
}

/**
 * Writes report.html and report.json into the work folder; an equal page is left as it is. `tables`: a folder for every table of the report as CSV,
 * one file each. Returns the page's absolute path.
 */
export async function reportStep(run: RunContext, facts: ReportFacts, tables?: string): Promise<{ path: string; skipped: boolean }> {
  const html = path.join(run.root, "report.html");
  const json = path.join(run.root, "report.json");
  const input = await reportInput(run, facts);
  if (tables !== undefined) await writeTables(input, tables);
  const key = `${sha256Hex(Buffer.concat([Buffer.from(`${BUILD}\n`), encodeMessage(v1.ReportInput, input)]))}\n`;
  const keyFile = path.join(run.root, "report.key");
  const known = fs.existsSync(keyFile) ? Buffer.from(await readWhole(keyFile)).toString() : "";
  if (!run.fresh && known === key && fs.existsSync(html) && fs.existsSync(json)) {
    run.notice("report: nothing changed, skipped");
    return { path: html, skipped: true };
  }
  run.progress("report", 0, "");
  const { renderReport } = await import("@crossbill/report"); // charts are loaded when one is drawn
  const page = await renderReport(input);
  await atomicWrite(json, Buffer.from(`${JSON.stringify(page.json, null, 1)}\n`));
  await atomicWrite(html, Buffer.from(page.html));
  await atomicWrite(keyFile, Buffer.from(key));
  return { path: html, skipped: false };
}

async function writeTables(input: v1.ReportInput, folder: string): Promise<void> {
  const { reportTables, summarize } = await import("@crossbill/report");
  for (const { name, csv } of reportTables(summarize(input))) await atomicWrite(path.join(folder, `${name}.csv`), csv);
}

async function reportInput(run: RunContext, { manifest, subject, measured, decision, version }: ReportFacts): Promise<v1.ReportInput> {
  const { model } = subject;
  const weights = await strongestWeights(model.path, STRONGEST);
  const partitions = manifest.partitions;
  const rejects = new Map<string, number>();
  for (const r of partitions.flatMap((p) => p.rejects ?? [])) rejects.set(r.code ?? "", (rejects.get(r.code ?? "") ?? 0) + (r.rows ?? 0));
  return v1.ReportInput.create({
    title: path.basename(run.loaded.directory),
    evaluation: measured.evaluation,
    ...(measured.comparison ? { comparison: measured.comparison } : {}),
    ...(model.metrics === null ? {} : { train: model.metrics }),
    ...(decision === null ? {} : { gate: v1.ReportGate.create({ accepted: decision.accepted, reasons: decision.reasons, limits: decision.limits }) }),
    rows: v1.ReportRows.create({
      read: partitions.reduce((sum, p) => sum + (p.rowsRead ?? 0), 0),
      rejected: partitions.reduce((sum, p) => sum + (p.rowsRejected ?? 0), 0),
      ...partRows(manifest),
    }),
    rejects: [...rejects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, rows]) => v1.RejectCount.create({ code, rows })),
    checks: manifest.checks.map(({ check, field, failed, value, limit, message }) => v1.ReportCheck.create({ check, field, failed, value, limit, message })),
    ...costs(run),
    model: v1.ReportModel.create({ version: version ?? "", sha256: model.sha256, parameters: model.parameters, nonZero: model.nonZero, bytes: model.bytes }),
    weights: v1.ReportWeights.create({ histogram: weights.histogram, strongest: weights.strongest, intercept: model.intercept }),
    ...(model.lineage === null ? {} : { lineage: model.lineage }),
    configuration: describe(run, model),
    optimizer: optimizer(run),
  });
}

/** Of wrong decisions, where the threshold was chosen by them. */
function costs({ loaded }: RunContext): { costs?: v1.ReportCosts } {
  const { threshold } = loaded.config.evaluate;
  return typeof threshold === "object" && "cost" in threshold ? { costs: v1.ReportCosts.create(threshold.cost) as v1.ReportCosts } : {};
}

function describe({ compiled, loaded, columns: all }: RunContext, model: Model): string {
  const { label } = compiled.data;
  const columns = compiled.columns.map((c) => `${c.name}: ${c.kind ?? ""}`);
  return [
    `label ${[label.field, ...label.fields].filter((field) => field !== "").join(", ")}, ${label.multi ? `${model.classes.length} classes` : label.number ? "a number" : `positive ${label.positive.join(" or ")}`}`,
    `columns ${columns.join(", ")}`,
    `model ${describeModel(loaded.config.model, all)} of ${compiled.model.columns.length} columns, l1 ${compiled.model.l1}, l2 ${compiled.model.l2}`,
    compiled.train.optimizer?.exact
      ? "training on all rows at once, to the optimum"
      : `training ${compiled.train.epochs} epochs at most, blocks of ${compiled.train.batchSize} rows, seed ${compiled.train.seed}`,
  ].join("\n");
}

function optimizer({ loaded, compiled }: RunContext): string {
  const { optimizer: all, linearOptimizer: linear, embeddingOptimizer: embeddings } = loaded.config.train;
  return [
    describeOptimizer(all),
    ...(linear == null ? [] : [`of the linear part ${describeOptimizer(linear)}`]),
    ...(embeddings == null ? [] : [`of the embeddings ${describeOptimizer(embeddings)}`]),
    ...(compiled.train.engine === "" ? [] : [`layers by ${compiled.train.engine}`]),
  ].join(", ");
}

function describeOptimizer(o: RunContext["loaded"]["config"]["train"]["optimizer"]): string {
  if (o.kind === "ftrl") return `ftrl(alpha ${o.alpha}, beta ${o.beta}, l1 ${o.l1}, l2 ${o.l2})`;
  if (o.kind === "exact") return `exact(tolerance ${o.tolerance})`;
  const more = [
    ...(o.schedule.kind === "constant" ? [] : [`schedule ${o.schedule.kind}`]),
    ...(o.warmUp === 0 ? [] : [`warm-up ${o.warmUp}`]),
    ...(o.weightDecay === 0 ? [] : [`weight decay ${o.weightDecay}`]),
  ];
  return `${o.kind}(${[`learning rate ${o.learningRate}`, ...more].join(", ")})`;
}
