import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";

const ROWS = clicks(5000, 21);
const [TRAIN, VALIDATION, TEST] = [ROWS.slice(0, 3000), ROWS.slice(3000, 4000), ROWS.slice(4000)];
const DATA = { validation: "validation.csv", test: "test.csv", split: undefined, positive: "1", negative: "0" };

function write(directory: string, name: string, rows: readonly Record<string, string>[]): string {
  fs.writeFileSync(path.join(directory, name), csv(rows));
  return path.join(directory, name);
}

function files(directory: string): void {
  write(directory, "clicks.csv", TRAIN);
  write(directory, "validation.csv", VALIDATION);
  write(directory, "test.csv", TEST);
}

// biome-ignore lint/suspicious/noExplicitAny: what a program printed
async function evaluate(base: readonly string[], ...args: string[]): Promise<any> {
  const { code, json, stderr } = await cli(["evaluate", ...base, "--json", ...args]);
  if (code !== 0) throw new Error(stderr);
  return json;
}

test.serial("with 100 labels of the test part changed, the page, report.json and --json show the same new figures", async (t) => {
  const directory = scratch(t);
  files(directory);
  const base = inline(directory, clickConfig("clicks.csv", { data: DATA, evaluate: { threshold: { maximize: "f1" } }, gate: { maxBias: 10 } }));
  const before = await retrain(base);
  const flipped = TEST.map((row, i) => (i % 10 === 3 ? { ...row, clicked: row.clicked === "1" ? "0" : "1" } : row));
  write(directory, "test.csv", flipped);
  const after = await retrain(base);
  t.is(after.model!.sha256, before.model!.sha256, "no training row changed");
  t.is(after.test!.threshold, before.test!.threshold, "the threshold is the validation part's");
  t.regex(after.test!.thresholdRule, /the best f1, chosen on the 1000 validation rows/);
  const report = JSON.parse(fs.readFileSync(path.join(directory, "work", "report.json"), "utf8"));
  for (const [name, value] of Object.entries(after.test!)) {
    if (["against", "bias"].includes(name)) continue;
    t.deepEqual(name === "causes" ? report.causes : report.test[name], value, name);
    if (!["rows", "threshold", "thresholdRule", "rmse", "ranking"].includes(name)) t.notDeepEqual(value, before.test![name as "auc"], name);
  }
  t.is(report.test.bias.difference, after.test!.bias.difference);
  const page = fs.readFileSync(after.report!, "utf8");
  for (const shown of [after.test!.auc, after.test!.logLoss, after.test!.brier]) t.true(page.includes(shown.toFixed(4).replace(/0+$/, "")), String(shown));
  const counts = Object.values(after.test!.confusion!).reduce((sum, n) => sum + n, 0);
  t.is(counts, 1000);
  const again = await evaluate(base);
  t.deepEqual(again.test, JSON.parse(JSON.stringify(after.test)));
});

test.serial("other files are measured as the test part is: in another format, against a model with other columns, rejected rows counted", async (t) => {
  const directory = scratch(t);
  files(directory);
  const config = clickConfig("clicks.csv", {
    data: DATA,
    evaluate: { threshold: { cost: { falsePositive: 1, falseNegative: 3 } } },
    gate: { minSliceRows: 50, maxBias: 10 },
  });
  const base = inline(directory, config);
  const { test: measured, slices } = await retrain(base);
  const other = path.join(directory, "other");
  fs.mkdirSync(other);
  files(other);
  const fewer = inline(other, {
    ...config,
    columns: { country: { kind: "vocabulary", column: "country" }, price: { kind: "bucketized", column: "price", quantiles: 4 } },
  });
  const { model } = await retrain(fewer);
  fs.writeFileSync(path.join(directory, "test.jsonl"), TEST.map((row) => `${JSON.stringify(row)}\n`).join(""));
  write(directory, "bad.csv", [...TEST, { ...TEST[0]!, clicked: "perhaps" }]);
  const plain = await evaluate(base, "--against", model!.path);
  for (const input of ["test.csv", "test.jsonl", "bad.csv"]) {
    const found = await evaluate(base, "--input", path.join(directory, input), "--against", model!.path);
    t.deepEqual({ ...found.test, against: null }, JSON.parse(JSON.stringify({ ...measured, against: null })), input);
    t.deepEqual(found.slices, JSON.parse(JSON.stringify(slices)), input);
    t.deepEqual({ ...found.comparison, version: "" }, { ...plain.comparison, version: "" }, input);
    t.deepEqual([found.rows.read, found.rows.rejected, found.rows.test], input === "bad.csv" ? [1001, 1, 1000] : [1000, 0, 1000]);
  }
  const { comparison } = plain;
  t.regex(comparison.verdict, /^(Better|Worse|No difference beyond chance): the log-loss changes by .* AUC .* slices/);
  t.is(comparison.changed.length, 50);
  t.true(
    comparison.changed.every(({ key }: { key: string }) => TEST.some(({ id }) => id === key)),
    "rows are named by data.key",
  );
  t.true(comparison.auc.low <= comparison.auc.difference && comparison.auc.difference <= comparison.auc.high);
  t.is(comparison.overall.rows, 1000);
  const mixed = await cli(["evaluate", ...base, "--json", "--input", path.join(directory, "test.csv"), path.join(directory, "test.jsonl")]);
  t.deepEqual([mixed.code, mixed.json.error.code], [2, "E_FORMAT"]);
});
