import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { type RunSummary, runCommand } from "crossbill";
import { cli, clickConfig, clicks, configured, csv, inline, retrain, scratch } from "./kit.js";

interface Found {
  code: string;
  level: string;
  message: string;
  columns: string[];
  value: number | null;
}

function written(directory: string, rows: Record<string, string>[]): void {
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(rows));
}

function report(directory: string): { html: string; train: { diagnostics: Found[]; sampledLoss: object | null }; test: { outsideUnit: object | null } } {
  const json = JSON.parse(fs.readFileSync(path.join(directory, "work", "report.json"), "utf8")) as ReturnType<typeof report>;
  return { ...json, html: fs.readFileSync(path.join(directory, "work", "report.html"), "utf8") };
}

test.serial("squared on a 0/1 label: the run, its JSON and the report say so and name logistic", async (t) => {
  const directory = scratch(t);
  written(directory, clicks(3000, 1));
  const base = inline(directory, clickConfig("clicks.csv", { model: { head: "squared", l2: 1e-6 }, train: { epochs: 8 }, gate: { maxBias: 5 } }));
  const ended = await cli(["retrain", ...base, "--json"]);
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stderr, /logistic \(D_SQUARED_ON_BINARY\)/);
  const [found, ...others] = ended.json.train.diagnostics as Found[];
  t.deepEqual([found!.code, found!.level, others], ["D_SQUARED_ON_BINARY", "warn", []]);
  const { below, above, cappedBias } = ended.json.test.outsideUnit;
  t.true(below + above > 0 && Number.isFinite(cappedBias), JSON.stringify(ended.json.test));
  // Capping below 0 raises the mean, above 1 it lowers it.
  if (above === 0) t.true(cappedBias > ended.json.test.bias.difference);
  const page = report(directory);
  t.deepEqual(page.train.diagnostics, ended.json.train.diagnostics);
  t.deepEqual(page.test.outsideUnit, ended.json.test.outsideUnit);
  t.true(page.html.includes("D_SQUARED_ON_BINARY") && page.html.includes("predicted below 0"));
  const again = await retrain(base);
  t.deepEqual(again.train!.diagnostics as unknown, ended.json.train.diagnostics, "of a training that is skipped, too");
});

test.serial("the sampled loss stands beside that of all classes, in the JSON and in the report", async (t) => {
  const directory = scratch(t);
  written(directory, clicks(3000, 2));
  const columns = { site: undefined, price: { kind: "numeric", column: "price" } };
  const more = { data: { label: "site" }, columns, model: { head: { kind: "sampledSoftmax", samples: 5 } } };
  const ended = await retrain(inline(directory, clickConfig("clicks.csv", more)));
  const found = ended.train!.sampledLoss!;
  t.is(found.correction, "logExpectedCount");
  t.true(found.rows > 0 && found.sampled < found.full && Math.abs(found.difference - (found.sampled - found.full)) < 1e-12, JSON.stringify(found));
  const page = report(directory);
  t.deepEqual(page.train.sampledLoss as unknown, found);
  t.true(page.html.includes("sampled loss"));
});

test.serial("a training that diverges names the row, the column and the value at fault", async (t) => {
  const directory = scratch(t);
  const rows = clicks(600, 3);
  rows[100] = { ...rows[100]!, price: "1e100", user: "u1" };
  written(directory, rows);
  const numbers = await cli([
    "retrain",
    ...inline(directory, clickConfig("clicks.csv", { columns: { priceBand: undefined, price: { kind: "numeric", column: "price", scale: "none" } } })),
    "--json",
  ]);
  t.is(numbers.code, 1, numbers.stderr);
  t.regex(numbers.stderr, /E_DIVERGED.*step \d+, epoch 1, row \d+ of pack .*: column price has the value 1e\+100 \(Infinity as the model takes it\) there/s);
  written(directory, clicks(600, 3));
  const train = { optimizer: { kind: "sgd", learningRate: 1e6 }, epochs: 30 };
  const rate = await cli([
    "retrain",
    ...inline(directory, clickConfig("clicks.csv", { columns: { price: undefined, age: undefined }, model: { head: "squared" }, train })),
    "--json",
  ]);
  t.is(rate.code, 1, rate.stderr);
  t.regex(rate.stderr, /E_DIVERGED.*the weight of \w+[^ ]* .*\(id \d+ of column \w+\) is .*a smaller learning rate/s);
});

/** Notices and steps in their order, and the summary. */
async function saidBy(command: "retrain" | "train", directory: string, config: object): Promise<{ said: string[]; summary: RunSummary }> {
  const said: string[] = [];
  const [, file, , workdir] = configured(directory, config);
  const summary = await runCommand(command, {
    config: file,
    cwd: directory,
    workdir,
    executor: "inline",
    onNotice: (text) => said.push(text),
    onProgress: ({ step }) => {
      if (said.at(-1) !== step) said.push(step);
    },
  });
  return { said, summary };
}

test.serial("a column whose values come about once each is told before training begins, in the JSON and in the report; a clean table has none", async (t) => {
  const directory = scratch(t);
  written(directory, clicks(3000, 4));
  const model = { l2: 1e-3 };
  const clean = await saidBy("retrain", directory, clickConfig("clicks.csv", { model }));
  t.deepEqual([clean.said.filter((text) => text.includes("come once")), clean.summary.train!.diagnostics], [[], []]);
  const columns = { row: { kind: "vocabulary", column: "id" }, rowHash: { kind: "hashed", column: "id", buckets: 65536 } };
  const config = clickConfig("clicks.csv", { columns, model });
  const found = await saidBy("retrain", directory, config);
  const told = found.said.slice(0, found.said.indexOf("train")).filter((text) => text.includes("unique id"));
  t.regex(told[0]!, /^data: column row: .* different values among [\d,]+ \((9\d|100)%\): most come once, as in a unique id.*leave the column out/);
  t.regex(told[1]!, /^data: column rowHash: /);
  t.is(found.said.filter((text) => text.includes("unique id")).length, 2, "and once");
  const { diagnostics } = found.summary.train!;
  t.deepEqual(
    diagnostics.map(({ code, columns: of }) => [code, of]),
    [
      ["D_UNIQUE_VALUES", ["row"]],
      ["D_UNIQUE_VALUES", ["rowHash"]],
    ],
  );
  t.true(diagnostics[0]!.value > 0.9);
  const page = report(directory);
  t.deepEqual(page.train.diagnostics as unknown, diagnostics);
  t.true(page.html.includes("D_UNIQUE_VALUES"));
  // Where nothing was ingested it is told by the training.
  const again = await saidBy("train", directory, clickConfig("clicks.csv", { columns, model: { l2: 1e-2 } }));
  t.regex(again.said.slice(0, again.said.indexOf("train")).join(), /train: column row: .*\(D_UNIQUE_VALUES\)/);
});

test.serial("steps that are too large are told with a smaller rate; the curve of the JSON and the report has gradient norms", async (t) => {
  const directory = scratch(t);
  written(directory, clicks(3000, 5));
  const train = { optimizer: { kind: "sgd", learningRate: 300 }, epochs: 2 };
  const ended = await cli(["retrain", ...inline(directory, clickConfig("clicks.csv", { train, gate: { maxBias: 1e9 } })), "--json"]);
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stderr, /train: the loss of the training rows looked at is .*learningRate is 300, try 30.*\(D_LOSS_RISES\)/);
  const { diagnostics, curve } = ended.json.train as { diagnostics: Found[]; curve: { gradientNorm: number; observedLoss: number }[] };
  t.true(diagnostics.some(({ code, value }) => code === "D_LOSS_RISES" && value! > 1.02));
  t.true(curve.every(({ gradientNorm, observedLoss }) => gradientNorm > 0 && observedLoss > 0));
  const page = report(directory);
  t.deepEqual(page.train.diagnostics, diagnostics);
  t.true(page.html.includes("D_LOSS_RISES") && page.html.includes("gradient norm"));
});
