import type { RunSummary } from "@crossbill/pipeline";
import { nameOf, out, table } from "./terminal.js";

const MOST_SLICES = 8;

type Slice = RunSummary["slices"][number];

/** What a slice is measured by: its head's own loss. */
function lossOf(slice: Slice | undefined): readonly [string, number] {
  if (slice?.deviance !== undefined) return ["deviance", slice.deviance];
  if (slice?.rmse !== undefined) return ["RMSE", slice.rmse];
  return ["log-loss", slice?.logLoss ?? Number.NaN];
}

/** The short table a person sees at the end of a command. */
export function showSummary(command: string, s: RunSummary): void {
  const rows: string[][] = [["what", "value"]];
  const add = (name: string, value: string): void => {
    rows.push([name, value]);
  };
  if (s.skipped.length > 0) add("skipped, unchanged", s.skipped.join(", "));
  if (s.rows.read > 0) add("rows read / rejected", `${count(s.rows.read)} / ${count(s.rows.rejected)}${s.rejectsFile === null ? "" : ` (${s.rejectsFile})`}`);
  add("rows train / validation / test", `${count(s.rows.train)} / ${count(s.rows.validation)} / ${count(s.rows.test)}`);
  for (const [column, rows] of Object.entries(s.outliers))
    add(`outliers of ${column}, train / validation / test`, `${count(rows.train)} / ${count(rows.validation)} / ${count(rows.test)}`);
  if (s.train !== null) {
    if (s.train.certificate !== null)
      add(
        "exact",
        `${s.train.steps} steps, ${s.train.epochs} passes, objective ${s.train.objective.toPrecision(8)}, relative gradient norm ${s.train.certificate.relativeGradientNorm.toExponential(1)}`,
      );
    else add("epochs", `${s.train.epochs}${s.train.stoppedEarly ? ", stopped early" : ""}, best at step ${count(s.train.bestStep)} of ${count(s.train.steps)}`);
    if (Number.isFinite(s.train.rowsPerSecond)) add("training rows a second", count(Math.round(s.train.rowsPerSecond)));
  }
  if (s.model !== null) {
    add("model", `${s.model.version ?? "candidate"}, sha256 ${s.model.sha256.slice(0, 16)}`);
    add("weights non-zero / all", `${count(s.model.nonZero)} / ${count(s.model.parameters)}, ${count(s.model.bytes)} bytes`);
  }
  if (s.test !== null) {
    const t = s.test;
    if (Number.isFinite(t.logLoss)) add("test log-loss", within(t.logLoss, t.logLossLow, t.logLossHigh));
    if (Number.isFinite(t.auc)) add("test AUC", within(t.auc, t.aucLow, t.aucHigh));
    if (Number.isFinite(t.brier)) add("test Brier score", within(t.brier, t.brierLow, t.brierHigh));
    if (Number.isFinite(t.calibrationError)) add("calibration error mean / largest", `${fixed(t.calibrationError)} / ${fixed(t.maxCalibrationError)}`);
    if (t.thresholdRule !== "") add("threshold", `${t.threshold.toPrecision(4)}: ${t.thresholdRule}`);
    if (t.macroAuc !== undefined) add("test macro AUC", fixed(t.macroAuc));
    if (t.poissonLoss !== undefined) add("test poisson loss / deviance", `${precise(t.poissonLoss, 6)} / ${precise(t.deviance!, 6)}`);
    if (Number.isFinite(t.rmse)) add("test RMSE", t.rmse.toPrecision(6));
    if (t.outsideUnit !== undefined)
      add("test predictions below 0 / above 1", `${count(t.outsideUnit.below)} / ${count(t.outsideUnit.above)} (labels are 0 and 1: head logistic)`);
    if (Number.isNaN(t.bias.difference) && Number.isFinite(t.accuracy)) add("test accuracy", t.accuracy.toFixed(5));
    else add("mean prediction / label", `${precise(t.bias.meanPrediction)} / ${precise(t.bias.meanLabel)} (${differenceOf(t.bias)})`);
    for (const { code, message } of t.causes) add(`bias? ${code}`, message);
    if (s.comparison !== null) add(`against ${s.comparison.version}`, s.comparison.verdict);
  }
  if (s.gate !== null) add("gate", `${s.gate.accepted ? "accepted" : "REJECTED"}${s.gate.reasons.length > 0 ? `: ${s.gate.reasons.join("; ")}` : ""}`);
  if (s.published !== null) add("published", s.published);
  if (s.seconds.total > 0)
    add(
      "seconds",
      `${s.seconds.total.toFixed(1)} (ingest ${s.seconds.ingest.toFixed(1)}, train ${s.seconds.train.toFixed(1)}, evaluate ${s.seconds.evaluate.toFixed(1)})`,
    );
  if (s.report !== null) add("report", s.report);
  if (s.tensorboard !== null) add("tensorboard", s.tensorboard);
  out(table(rows));
  if (command === "evaluate" && s.slices.length > 0) out(`\n${sliceTable(s)}`);
  const found = foundTable(s);
  if (found !== null) out(`\n${found}`);
}

function sliceTable(s: RunSummary): string {
  const [name] = lossOf(s.slices[0]);
  const hasBias = s.slices.some(({ bias }) => Number.isFinite(bias.difference));
  const surprise = ({ bias }: Slice): number => Math.abs(bias.difference) / (bias.high - bias.low) || 0;
  const by = hasBias ? surprise : (x: Slice): number => lossOf(x)[1] || 0;
  const worst = [...s.slices].sort((a, b) => by(b) - by(a)).slice(0, MOST_SLICES);
  return table([
    [`slice (${hasBias ? "least expected bias" : `highest ${name}`} first)`, "rows", name, ...(hasBias ? ["bias", "95% low", "high"] : [])],
    ...worst.map((x) => [
      sliceName(x.slice),
      count(x.rows),
      fixed(lossOf(x)[1]),
      ...(hasBias ? [signed(x.bias.difference), signed(x.bias.low), signed(x.bias.high)] : []),
    ]),
  ]);
}

/** Slices that nobody named, of those that a search found. */
function foundTable(s: RunSummary): string | null {
  const rows = (["bias", "logLoss"] as const).flatMap((metric) =>
    (s.found[metric]?.slices ?? [])
      .slice(0, MOST_SLICES)
      .map((x) => [
        sliceName(x.slice),
        metric === "bias" ? "bias" : "log-loss above the others'",
        count(x.rows),
        signed(x.effect),
        signed(x.low),
        signed(x.high),
      ]),
  );
  return rows.length === 0 ? null : table([["found slice", "by", "rows", "effect", "95% low", "high"], ...rows]);
}

const sliceName = (slice: Record<string, string | null>): string =>
  Object.entries(slice)
    .map(([field, value]) => `${nameOf(field)}=${value === null ? "(missing)" : nameOf(value)}`)
    .join(", ");
const count = (n: number): string => n.toLocaleString("en-US");
/** A number with its interval, where it has one. */
function within(x: number, low: number, high: number): string {
  return Number.isFinite(low) && Number.isFinite(high) ? `${x.toFixed(5)} (95% ${low.toFixed(5)} to ${high.toFixed(5)})` : x.toFixed(5);
}

function differenceOf({ difference, low, high }: Slice["bias"]): string {
  if (!Number.isFinite(difference)) return "difference undefined";
  return `difference ${signed(difference)}, 95% ${Number.isFinite(low) && Number.isFinite(high) ? `${signed(low)} to ${signed(high)}` : "undefined"}`;
}

const precise = (x: number, digits = 4): string => (Number.isFinite(x) ? x.toPrecision(digits) : "undefined");
const signed = (x: number): string => (Number.isFinite(x) ? `${x < 0 ? "-" : "+"}${Math.abs(x).toFixed(5)}` : "undefined");
const fixed = (x: number): string => (Number.isFinite(x) ? x.toFixed(5) : "undefined");
