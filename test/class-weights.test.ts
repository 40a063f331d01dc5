import fs from "node:fs";
import path from "node:path";
import { loadModel } from "@crossbill/models";
import test from "ava";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";

test.serial("class weights shift the probabilities, the notice says so, and evaluation measures the data as they are", async (t) => {
  const means: number[] = [];
  const rows = clicks(2000, 3);
  const positive = rows.filter((row) => row["clicked"] === "1").length / rows.length;
  for (const classWeights of [undefined, { "1": 3 }, "balanced"]) {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, "c.csv"), csv(rows));
    const train = { optimizer: { kind: "exact", tolerance: 1e-9 }, ...(classWeights === undefined ? {} : { classWeights }) };
    const base = inline(directory, clickConfig("c.csv", { train, model: { l2: 1e-3 }, gate: { maxBias: 10 } }));
    const ended = await cli(["retrain", ...base]);
    t.is(ended.code, 0, ended.stderr);
    t.is(/re-weighted by class/.test(ended.stderr + ended.stdout), classWeights !== undefined);
    const shown = await retrain(base);
    const { bias } = shown.test!;
    means.push(bias.meanPrediction);
    t.true(Math.abs(bias.meanLabel - positive) < 0.05, "evaluation counts rows as they are");
    t.true((await loadModel(shown.model!.path)).predict(rows).every((p) => p > 0 && p < 1));
  }
  t.true(means[1]! > means[0]! + 0.15, means.join());
  t.true(Math.abs(means[2]! - 0.5) < 0.05, "balanced: half of the weight is positive");
});

test.serial("classes that there are not are refused by the names that there are", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "c.csv"), csv(clicks(50, 3)));
  const refused = async (data: object, classWeights: object | string, head = "logistic"): Promise<string> => {
    const ended = await cli(["retrain", ...inline(directory, clickConfig("c.csv", { data, model: { head }, train: { classWeights } }))]);
    t.is(ended.code, 2, ended.stderr);
    return ended.stderr;
  };
  t.regex(await refused({}, { yes: 2 }), /no class "yes"; there are "positive", "negative", "0", "1"/);
  t.regex(await refused({ positive: ["a", "b"] }, { a: 2, b: 3 }), /gives the positive labels 2 and 3/);
  t.regex(await refused({ label: "price" }, "balanced", "squared"), /the head squared predicts numbers/);
  t.regex(
    await refused({ label: "device", classes: ["phone", "tablet", "desktop"] }, { watch: 2 }, "softmax"),
    /no class "watch"; there are "phone", "tablet", "desktop"/,
  );
});
