import fs from "node:fs";
import path from "node:path";
import { calibrationSlope, pairedLogLossDifference } from "@crossbill/calibration";
import test from "ava";
import { loadModel } from "crossbill";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";

const gate = { maxBias: 100, maxLogLossIncrease: 100 };
const EXACT = { optimizer: { kind: "exact" } };
/** Far too strong penalties: predictions are drawn to the base rate. */
const HEAVY = { model: { l2: 0.3 } };

test.serial("penalties draw predictions together; recalibrations improve log-loss and calibration on rows that nothing was fitted on", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(12_000, 5)));
  const rows = clicks(6000, 55); // not seen by any of them
  fs.writeFileSync(path.join(directory, "new.csv"), csv(rows));
  const of = async (recalibrate: string | null, name: string): Promise<{ run: Awaited<ReturnType<typeof retrain>>; predictions: number[] }> => {
    const config = inline(directory, clickConfig("clicks.csv", { ...HEAVY, train: { ...EXACT, recalibrate }, gate }));
    const run = await retrain(config);
    const output = path.join(directory, `${name}.jsonl`);
    const predicted = await cli(["predict", ...config, "--input", path.join(directory, "new.csv"), "--output", output, "--quiet"]);
    t.is(predicted.code, 0, predicted.stderr);
    const predictions = fs
      .readFileSync(output, "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { prediction: number }).prediction);
    return { run, predictions };
  };
  const plain = await of(null, "plain");
  t.is(plain.run.train!.recalibration, null);
  const labels = rows.map((row) => Number(row["clicked"]));
  t.true(calibrationSlope(labels, plain.predictions).slope.low > 1.3);
  const hashes = new Set([plain.run.model!.sha256]);
  for (const kind of ["isotonic", "platt", "beta", "temperature"]) {
    const { run, predictions } = await of(kind, kind);
    hashes.add(run.model!.sha256);
    const told = run.train!.recalibration!;
    t.is(told.kind, kind);
    t.is(told.rows, run.rows.validation);
    t.true(told.logLossAfter < told.logLossBefore);
    if (kind !== "temperature") {
      // A temperature alone cannot: the penalty moved the base rate away from log-odds 0, too.
      const difference = pairedLogLossDifference(labels, predictions, plain.predictions);
      t.true(difference.high < 0, `${kind}: ${JSON.stringify(difference)}`);
      t.true(run.test!.logLoss < plain.run.test!.logLoss, `${kind}: ${run.test!.logLoss} ${plain.run.test!.logLoss}`);
      t.true(run.test!.calibrationError < plain.run.test!.calibrationError, `${kind}: ${run.test!.calibrationError} ${plain.run.test!.calibrationError}`);
      const { slope } = calibrationSlope(labels, predictions);
      // Isotonic regression follows the noise of some 1,200 validation rows.
      if (kind !== "isotonic") t.true(slope.low < 1.1 && slope.high > 0.9, `${kind}: ${JSON.stringify(slope)}`);
      t.log(
        `${kind}: log-loss of new rows ${difference.difference.toFixed(4)} (${difference.low.toFixed(4)} to ${difference.high.toFixed(4)}), slope ${slope.value.toFixed(3)}`,
      );
    }

    const model = await loadModel(run.model!.path);
    t.is(model.recalibration!.kind as string, kind);
    const row = rows[3]!;
    t.is(model.predict(row), predictions[3]!);
    const { logit, recalibrated, contributions, intercept, prediction } = model.explain(row);
    t.is(
      contributions.reduce((sum, c) => sum + c.contribution, intercept),
      logit,
    );
    t.true(Math.abs(1 / (1 + Math.exp(-recalibrated!)) - prediction) < 1e-12);
    const seen = await cli(["inspect", run.model!.path]);
    t.regex(seen.stdout, new RegExp(`recalibration +${kind}`));
    const again = await cli(["inspect", run.model!.path, "--json"]);
    t.is(again.json.recalibration.kind, kind);
    t.is(again.json.metrics.recalibration.kind, kind);
  }
  t.is(hashes.size, 5);
});

test.serial("the same bits for any number of workers; nothing changed is skipped; a warm start fits it anew", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(3000, 6)));
  const config = (work: string, more: object = {}): string[] =>
    inline(directory, clickConfig("clicks.csv", { ...HEAVY, train: { recalibrate: "platt", epochs: 2, ...more }, gate })).map((text) =>
      text === path.join(directory, "work") ? path.join(directory, work) : text,
    );
  const one = await retrain([...config("one"), "--workers", "1"]);
  const three = await retrain([...config("three"), "--workers", "3"]);
  t.is(one.model!.sha256, three.model!.sha256);
  t.deepEqual(one.train!.recalibration, three.train!.recalibration);
  const again = await retrain(config("one"));
  t.true(again.skipped.includes("train"));
  t.is(again.model!.sha256, one.model!.sha256);
  const warm = await retrain(config("one", { warmStart: "current", seed: 1 }));
  t.is(warm.train!.recalibration!.kind, "platt");
  t.not(warm.model!.sha256, one.model!.sha256);
});

test.serial("re-weighted classes and a recalibration: no bias is left", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(6000, 7)));
  const run = async (more: object): Promise<Awaited<ReturnType<typeof retrain>>> =>
    retrain(inline(directory, clickConfig("clicks.csv", { train: { ...EXACT, classWeights: { positive: 8 }, ...more }, gate })));
  const biased = await run({});
  t.true(biased.test!.bias.low > 0.1);
  const platt = await run({ recalibrate: "platt" });
  t.true(platt.test!.bias.low < 0.02 && platt.test!.bias.high > -0.02, JSON.stringify(platt.test!.bias));
  t.true(platt.test!.logLoss < biased.test!.logLoss - 0.05);
});

test.serial("several classes: a temperature, in evaluation and prediction", async (t) => {
  const directory = scratch(t);
  const rows = clicks(4000, 8);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(rows));
  const run = async (recalibrate: string | null): Promise<Awaited<ReturnType<typeof retrain>>> =>
    retrain(
      inline(
        directory,
        clickConfig("clicks.csv", {
          data: { label: "country" },
          columns: {
            site: { kind: "vocabulary", column: "site" },
            clicked: { kind: "vocabulary", column: "clicked" },
            device: { kind: "vocabulary", column: "device" },
          },
          model: { head: "softmax", l2: 0.2 },
          train: { ...EXACT, recalibrate },
          gate,
          evaluate: { slices: [] },
        }),
      ),
    );
  const plain = await run(null);
  const warm = await run("temperature");
  t.true(warm.train!.recalibration!.logLossAfter < warm.train!.recalibration!.logLossBefore);
  const { recalibration } = await loadModel(warm.model!.path);
  t.true(recalibration!.kind === "temperature" && recalibration!.temperature < 1);
  t.true(warm.test!.logLoss < plain.test!.logLoss, `${warm.test!.logLoss} ${plain.test!.logLoss}`);
  t.is(warm.test!.accuracy, plain.test!.accuracy);
});

test.serial("a recalibration that cannot be is refused, and says what to do", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(300, 3)));
  for (const [more, says] of [
    [{ train: { recalibrate: "spline" } }, /train\.recalibrate/],
    [{ train: { recalibrate: "platt" }, model: { head: "squared" } }, /train\.recalibrate.*squared/],
    [{ train: { recalibrate: "platt" }, data: { label: "country" }, model: { head: "softmax" } }, /train\.recalibrate: platt.*temperature/],
    [{ train: { recalibrate: "beta" }, data: { split: { by: "index", every: 10, test: [0], validation: [] } } }, /train\.recalibrate.*validation/],
  ] as const) {
    const ended = await cli(["retrain", ...inline(directory, clickConfig("clicks.csv", more))]);
    t.is(ended.code, 2, ended.stderr);
    t.regex(ended.stderr, says);
  }
});
