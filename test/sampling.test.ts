import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { loadModel } from "crossbill";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";

test.serial("a tenth of the negatives: packs stay, the run and the report say what was left out, predictions keep the base rate", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(6000, 3)));
  const train = { optimizer: { kind: "exact" } };
  const small = { columns: { user: { kind: "hashed", column: "user", buckets: 8 } }, gate: { maxBias: 1 } };
  const whole = await retrain(inline(directory, clickConfig("clicks.csv", { ...small, train })));
  t.is(whole.train!.sampling, null);
  for (const correct of ["weight", "intercept"]) {
    const sampled = await retrain(
      inline(directory, clickConfig("clicks.csv", { ...small, train: { ...train, sample: { rates: { "0": 0.2 }, correct } }, data: { negative: "0" } })),
    );
    const { classes, correct: said } = sampled.train!.sampling!;
    t.is(said as string, correct);
    const [negative, positive] = classes;
    t.deepEqual([negative!.class, negative!.rate, positive!.class, positive!.rate], ["negative", 0.2, "positive", 1]);
    t.is(negative!.rows + positive!.rows, sampled.rows.train);
    t.true(Math.abs(negative!.kept / negative!.rows - 0.2) < 0.05 && positive!.kept === positive!.rows, JSON.stringify(classes));
    const { meanPrediction, meanLabel } = sampled.test!.bias;
    t.true(Math.abs(meanPrediction / meanLabel - 1) < 0.15, `${meanPrediction} ${meanLabel}`);
    t.is(sampled.test!.rows, whole.test!.rows);
    const page = JSON.parse(fs.readFileSync(path.join(directory, "work", "report.json"), "utf8"));
    t.deepEqual(page.train.sampling, sampled.train!.sampling);
    t.true(fs.readFileSync(path.join(directory, "work", "report.html"), "utf8").includes("rows left out"));
    const { sumPredictions, sumLabels } = sampled.train!.certificate!;
    t.true(Math.abs(sumPredictions - sumLabels) < 1e-8 * sumLabels, "of the rows that are kept");
  }
});

test.serial("a warm start keeps the intercept that was corrected, whatever is sampled now, with the optimiser's state and without", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(1500, 3)));
  // Next to nothing is learned: the intercept is what was added to it.
  const train = { optimizer: { kind: "adagrad", learningRate: 1e-9 }, epochs: 1, initialIntercept: "zero" };
  const gate = { maxBias: 100, maxLogLossIncrease: 100 };
  const sample = (rate: number): object => ({ sample: { rates: { negative: rate }, correct: "intercept" } });
  const models = new Set<string>();
  for (const more of [
    sample(0.2),
    { ...sample(0.2), seed: 1, warmStart: "current" },
    { ...sample(0.5), warmStart: "current" },
    { warmStart: "current" },
    { ...sample(0.3), warmStart: "current", optimizerState: "reset" },
  ]) {
    const done = await retrain(inline(directory, clickConfig("clicks.csv", { train: { ...train, ...more }, gate })));
    models.add(done.published!);
    const { intercept } = await loadModel(done.model!.path);
    t.true(Math.abs(intercept - Math.log(0.2)) < 1e-5, `${JSON.stringify(more)}: ${intercept}`);
  }
  t.is(models.size, 5);
});

test.serial("a sampling that makes no sense is refused before anything runs", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(100, 3)));
  for (const [more, says] of [
    [{ train: { sample: { rates: { nobody: 0.1 } } } }, /train\.sample.*"nobody".*positive, negative/],
    [{ train: { sample: { rates: { negative: 1.5 } } } }, /train\.sample\.rates\.negative/],
    [{ train: { sample: { rates: { negative: 0.1 } } }, model: { head: "squared" } }, /train\.sample.*squared/],
    [
      { data: { labelSplit: "|" }, train: { sample: { rates: { negative: 0.1 } } }, model: { head: "multiLabel" } },
      /train\.sample.*multiLabel.*allowed are logistic/,
    ],
    [
      { data: { label: ["clicked", "price"] }, train: { sample: { rates: { clicked: 0.1 } } }, model: { head: "softmax" } },
      /train\.sample.*labels of several numbers/,
    ],
  ] as const) {
    const ended = await cli(["train", ...inline(directory, clickConfig("clicks.csv", more))]);
    t.is(ended.code, 2);
    t.regex(ended.stderr, says);
  }
});
