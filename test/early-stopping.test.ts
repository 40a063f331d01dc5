import fs from "node:fs";
import path from "node:path";
import { eventFile } from "@crossbill/report";
import test from "ava";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch, threads } from "./kit.js";

const earlyStopping = { metric: "auc", patience: 2, minimumGain: 1e-4 };

test.serial("early stopping by AUC: the kept step is the best of the curve that --json and the report show", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(6000, 3)));
  const base = inline(directory, clickConfig("clicks.csv", { train: { epochs: 30, earlyStopping }, gate: { maxBias: 1 } }));
  const one = await retrain(base);
  const { curve, bestStep, bestMetric, metric, stoppedEarly } = one.train!;
  t.is(metric, "auc");
  t.true(stoppedEarly);
  const best = Math.max(...curve.map((point) => point.metric));
  t.is(bestMetric, best);
  t.is(curve.find((point) => point.metric === best)!.step, bestStep);
  t.true(curve.some((point) => point.validationLoss !== point.metric));
  const report = JSON.parse(fs.readFileSync(path.join(directory, "work", "report.json"), "utf8"));
  t.deepEqual(
    report.train.curve.map((point: { metric: number }) => point.metric),
    curve.map((point) => point.metric),
  );
  t.regex(fs.readFileSync(one.report!, "utf8"), /Metric of the validation rows/);
  const again = await retrain(threads(base, 2), ["--fresh", "--tensorboard", path.join(directory, "events")]);
  t.is(again.model!.sha256, one.model!.sha256);
  t.deepEqual(again.train!.curve, curve);
  t.is(again.tensorboard, path.join(directory, "events", one.model!.sha256.slice(0, 12), "events.out.tfevents.0.crossbill"));
  t.deepEqual(fs.readFileSync(again.tensorboard!), Buffer.from(eventFile(report)));
});

test.serial("a metric that the head has not, and a kept metric beside early stopping, are refused before anything runs", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(50, 3)));
  const config = clickConfig("clicks.csv", { model: { head: "squared" }, train: { earlyStopping, keep: "last" } });
  const { code, json } = await cli(["retrain", ...inline(directory, config), "--json"]);
  t.is(code, 2);
  t.regex(json.error.message, /train\.earlyStopping\.metric: auc is not defined for the head squared; allowed are loss, rmse/);
  t.regex(json.error.message, /train\.keep: early stopping returns to the best step/);
});

test.serial("one pass: progressive validation is in --json and in the report, near the loss of the rows held out", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(8000, 4)));
  const train = { epochs: 1, batchSize: 64, checkpoint: { everyBlocks: 20 } };
  const base = inline(directory, clickConfig("clicks.csv", { train, gate: { maxBias: 1 } }));
  const { train: found, test: measured, report, model } = await retrain(base);
  const { logLoss, curve } = found!.progressive!;
  t.is(curve.length, 64);
  t.is(curve.at(-1)!.logLoss, logLoss);
  t.is(logLoss, found!.logLoss);
  t.true(Math.abs(logLoss - measured!.logLoss) < 0.05, `${logLoss} and ${measured!.logLoss}`);
  t.regex(fs.readFileSync(report!, "utf8"), /Progressive validation/);
  const again = await retrain(inline(directory, clickConfig("clicks.csv", { train: { ...train, checkpoint: { everySeconds: 60 } }, gate: { maxBias: 1 } })));
  t.true(again.skipped.includes("train"), "when checkpoints are written changes no model");
  t.is(again.model!.sha256, model!.sha256);
});
