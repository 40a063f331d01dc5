import fs from "node:fs";
import path from "node:path";
import test from "ava";
import type { TuneSummary } from "crossbill";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";

/** A folder with these rows and this configuration; its search. */
async function tuned(
  t: { teardown: (f: () => void) => void },
  text: string,
  config: object,
  tune: object,
): Promise<{ summary: TuneSummary; alone: (change: object) => string[] }> {
  const at = (section: object): string[] => {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, "a.csv"), text);
    return inline(directory, { ...config, ...section });
  };
  const ended = await cli(["tune", ...at({ tune }), "--json"]);
  if (ended.code !== 0) throw new Error(`tune ended with ${ended.code}: ${ended.stderr.slice(-2000)}`);
  return { summary: ended.json as TuneSummary, alone: at };
}

test.serial("class weights are searched, none among them, with the penalties of an online optimiser", async (t) => {
  const config = clickConfig("a.csv", { model: { l2: 0 }, train: { optimizer: { kind: "adagrad" }, epochs: 1, classWeights: { "1": 9 } } }) as {
    train: object;
  };
  const parameters = { "train.classWeights": [null, "balanced", { "1": 3 }], "model.l1": [0, 1e-3], "model.l2": [1e-4] };
  const { summary: s, alone } = await tuned(t, csv(clicks(1500, 21)), config, { parameters });
  t.deepEqual(
    s.trials.map(({ error }) => error),
    [null, null, null, null, null, null],
  );
  t.is(new Set(s.trials.map(({ modelSha256 }) => modelSha256)).size, 6);
  t.deepEqual({ ...s.best.parameters }, { "train.classWeights": null, "model.l1": 0, "model.l2": 1e-4 }, "the loss is that of the rows as they are");
  const { train, model } = s.best.configuration as { train: object; model: object };
  const pasted = await retrain(alone({ train: { ...config.train, ...train }, model }));
  t.is(pasted.model!.sha256, s.best.modelSha256);
  const sparse = s.trials.filter(({ parameters: of }) => of["model.l1"] === 1e-3);
  t.true(sparse.every(({ nonZero }) => nonZero! < 0.8 * s.trials[0]!.nonZero!));
});

/** Seeded rows of two fields, with a count that hangs on them and the topics they are of. */
function rowsOf(n: number): Record<string, string>[] {
  let s = 7;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  return Array.from({ length: n }, (_, i) => {
    const [a, b] = [Math.floor(5 * uniform()), Math.floor(9 * uniform())];
    const topics = ["x", "y", "z"].filter((_, k) => uniform() < ((a * (k + 2)) % 5) / 5);
    return { id: String(i), a: `a${a}`, b: `b${b}`, count: String(Math.floor(uniform() * (1 + a + b / 3))), topics: topics.join("|") };
  });
}

const config = {
  data: { train: "a.csv", label: "count", key: "id", split: { by: "index", every: 4, test: [0], validation: [1] } },
  columns: { a: { kind: "vocabulary", column: "a" }, b: { kind: "vocabulary", column: "b" } },
  train: { optimizer: { kind: "adagrad", learningRate: 0.2 }, epochs: 3, batchSize: 32 },
};

for (const [head, data, metric] of [
  ["poisson", {}, "deviance"],
  ["multiLabel", { label: "topics", labelSplit: "|" }, "macroAuc"],
] as const)
  test.serial(`${head}: the ${metric} that trials are compared by is the one that training keeps a step by`, async (t) => {
    const made = { ...config, data: { ...config.data, ...data }, model: { kind: "linear", head }, train: { ...config.train, keep: metric } };
    const parameters = { "train.optimizer.learningRate": [0.2, 0.001] };
    const { summary: s, alone } = await tuned(t, csv(rowsOf(900)), made, { metric, parameters });
    const [fast, slow] = s.trials.map((trial) => trial[metric]!);
    t.true(metric === "deviance" ? fast! < slow! : fast! > slow!, `${fast} ${slow}`);
    t.is(s.best.trial, 1);
    const run = await retrain(alone({}));
    t.is(run.model!.sha256, s.best.modelSha256);
    t.true(Math.abs(run.train!.bestMetric - fast!) < 1e-9, `${run.train!.bestMetric} ${fast}`);
    t.regex(fs.readFileSync(s.report, "utf8"), /Best: trial/);
  });

test.serial("a network of the squared head is measured in the label's units: a trial is the model that its configuration trains", async (t) => {
  const model = {
    kind: "deep",
    head: "squared",
    columns: [
      { kind: "embedding", column: "a" },
      { kind: "embedding", column: "b" },
    ],
    hidden: [6],
  };
  const made = { ...config, model };
  const rows = rowsOf(900).map((row) => ({ ...row, count: String(1000 * Number(row["count"])) }));
  const { summary: s, alone } = await tuned(t, csv(rows), made, { parameters: { "train.epochs": [3] } });
  const run = await retrain(alone({}));
  t.is(s.trials[0]!.modelSha256, run.model!.sha256);
  t.true(Math.abs(s.trials[0]!.rmse! - Math.sqrt(run.train!.bestMetric)) < 1e-6 * s.trials[0]!.rmse!, `${s.trials[0]!.rmse} ${run.train!.bestMetric}`);
});
