import fs from "node:fs";
import path from "node:path";
import { aucInterval, averagePrecision, confusionAt, rocAuc } from "@crossbill/auc";
import {
  biasInterval,
  brierInterval,
  brierParts,
  brierScore,
  calibrationCurve,
  expectedCalibrationError,
  logLoss,
  maximumCalibrationError,
  normalizedEntropy,
  pairedLogLossDifference,
  predictionBias,
  spiegelhalterTest,
} from "@crossbill/calibration";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import { sliceMetrics } from "@crossbill/slicing";
import { threadsExecutor } from "@crossbill/tasks";
import test from "ava";
import { compare, evaluate, evaluateRows, meanInterval } from "../dist/index.js";
import { type Click, clicks, HANDLERS, ingested, randomModel } from "./example.js";

const TRAIN = clicks(3000, 1);
const TEST = clicks(3000, 2);

function truth(rows: readonly Click[]) {
  return { label: rows.map((row) => Number(row.clicked)), weight: rows.map((row) => Number(row.weight)) };
}

test("every number equals that of the model's own predictions and the metric functions", async (t) => {
  const { root, manifest, packs, executor } = await ingested([TRAIN], TEST);
  t.true(packs.length > 3);
  const model = await randomModel(manifest.state, 7);
  const e = await evaluate({ root, model, packs, manifest, executor, slices: [["country"], ["country", "site"]], bins: 10, threshold: 0.3 });
  const { label, weight } = truth(TEST);
  const p = model.predict(TEST.map(({ price, site, country }) => ({ price: price!, site: site!, country: country! })));
  t.is(e.rows, 3000);
  t.is(
    e.weight,
    weight.reduce((a, b) => a + b),
  );
  t.is(e.modelSha256, model.sha256);
  t.is(e.part, v1.Part.TEST);
  t.is(e.logLoss, logLoss(label, p, weight));
  t.is(e.auc, rocAuc(label, p, weight));
  t.is(e.averagePrecision, averagePrecision(label, p, weight));
  t.is(e.brier, brierScore(label, p, weight));
  t.is(e.accuracy, confusionAt(label, p, 0.3, weight).accuracy);
  t.is(e.bias.difference, predictionBias(label, p, weight).difference);
  t.is(e.bias.ratio, predictionBias(label, p, weight).ratio);
  t.is(e.bias.high, biasInterval(label, p, weight).high);
  t.is(e.calibrationError, expectedCalibrationError(label, p, { bins: 10, strategy: "quantile", weights: weight }));
  t.deepEqual(
    e.calibration.map((curve) => curve.strategy),
    ["uniform", "quantile", "logit"],
  );
  t.deepEqual(
    e.calibration[0]!.bins!.map((bin) => bin.meanLabel),
    calibrationCurve(label, p, { bins: 10, weights: weight }).bins.map((bin) => bin.meanLabel),
  );
  const quantile = { bins: 10, strategy: "quantile", weights: weight } as const;
  for (const [c, strategy] of (["uniform", "quantile", "logit"] as const).entries())
    t.deepEqual(
      e.calibration[c]!.bins!.map((bin) => ({ ...bin })),
      calibrationCurve(label, p, { ...quantile, strategy }).bins.map(
        ({ low, high, rows, weight: w, meanPrediction, meanLabel, labelLow, labelHigh, allLow, allHigh }) => ({
          low,
          high,
          rows,
          weight: w,
          meanPrediction,
          meanLabel,
          labelLow,
          labelHigh,
          allLow,
          allHigh,
        }),
      ),
    );
  t.is(e.maxCalibrationError, maximumCalibrationError(label, p, quantile));
  t.deepEqual({ ...e.brierParts! }, { ...brierParts(label, p, quantile) });
  const loss = pairedLogLossDifference(label, p, label, weight);
  t.deepEqual([e.logLossLow, e.logLossHigh], [loss.low, loss.high]);
  const auc = aucInterval(label, p, weight);
  t.deepEqual([e.aucLow, e.aucHigh], [auc.low, auc.high]);
  t.true(e.aucLow < e.auc && e.auc < e.aucHigh);
  const brier = brierInterval(label, p, weight);
  t.deepEqual([e.brierLow, e.brierHigh], [brier.low, brier.high]);
  t.is(e.normalizedEntropy, normalizedEntropy(label, p, weight));
  t.is(e.spiegelhalter!.z, spiegelhalterTest(label, p, weight).z);
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = confusionAt(label, p, 0.3, weight);
  t.deepEqual({ ...e.confusion! }, { truePositives, falsePositives, falseNegatives, trueNegatives });
  t.deepEqual([e.distinctScores, e.roundedBits, e.aucErrorBound, e.thresholdRule], [new Set(p).size, 0, 0, ""]);
  t.is(e.rmse, Number.NaN);
  t.true(e.roc.thresholds!.length <= 1000);
  t.deepEqual([e.roc.falsePositiveRate![0], e.roc.truePositiveRate!.at(-1)], [0, 1]);
  t.is(
    e.histogram.rows!.reduce((a, b) => a + b),
    3000,
  );
  const expected = sliceMetrics(label, p, { country: TEST.map((row) => row.country!), site: TEST.map((row) => row.site!) }, weight, {
    sets: ["country", ["country", "site"]],
  });
  t.is(e.slices.length, expected.length);
  t.deepEqual(
    e.slices.slice(0, 4).map((s) => [s.slice![0]!.field, s.slice![0]!.value, s.rows, s.logLoss, s.auc]),
    expected.slice(0, 4).map((s) => [Object.keys(s.slice)[0], Object.values(s.slice)[0], s.rows, s.logLoss, s.auc]),
  );
});

test("the answer's bytes do not depend on the number of workers, and nothing is left behind", async (t) => {
  const { root, manifest, packs, executor } = await ingested([TRAIN], TEST);
  const model = await randomModel(manifest.state, 7);
  const before = fs.readdirSync(path.join(root, "objects"), { recursive: true, encoding: "utf8" }).sort();
  const bytes = [];
  for (const workers of [0, 1, 3]) {
    const chosen = workers === 0 ? executor : threadsExecutor({ handlers: HANDLERS, root, workers });
    bytes.push(
      Buffer.from(encodeMessage(v1.Evaluation, await evaluate({ root, model, packs, manifest, executor: chosen, slices: [["site"]] }))).toString("hex"),
    );
    await chosen.close();
  }
  t.is(new Set(bytes).size, 1);
  const left = fs
    .readdirSync(path.join(root, "objects"), { recursive: true, encoding: "utf8" })
    .filter((file) => !before.includes(file) && fs.statSync(path.join(root, "objects", file)).isFile());
  t.deepEqual(left, []);
});

test("the squared head has rmse, bias and slices, and no classification numbers", async (t) => {
  const withNumber = (rows: readonly Click[]): Click[] => rows.map((row, i) => ({ ...row, price2: String(Number(row.price || "3") * 2 + (i % 5)) }));
  const { root, manifest, packs, executor } = await ingested([withNumber(TRAIN)], withNumber(TEST), { number: true });
  const model = await randomModel(manifest.state, 7, { head: v1.Head.SQUARED, scale: 20, intercept: 80 });
  const e = await evaluate({ root, model, packs, manifest, executor, slices: [["country"]] });
  const rows = withNumber(TEST);
  const p = model.predict(rows.map(({ price, site, country }) => ({ price: price!, site: site!, country: country! })));
  const w = rows.map((row) => Number(row.weight));
  const total = w.reduce((a, b) => a + b);
  const mse = rows.reduce((sum, row, i) => sum + w[i]! * (p[i]! - Number(row.price2)) ** 2, 0) / total;
  t.true(Math.abs(e.rmse - Math.sqrt(mse)) < 1e-9);
  t.true(Math.abs(e.bias.difference! - rows.reduce((sum, row, i) => sum + w[i]! * (p[i]! - Number(row.price2)), 0) / total) < 1e-9);
  t.true(e.bias.low! < e.bias.difference! && e.bias.difference! < e.bias.high!);
  for (const undefinedNumber of [e.logLoss, e.auc, e.averagePrecision, e.brier, e.accuracy, e.calibrationError]) t.is(undefinedNumber, Number.NaN);
  t.deepEqual(
    e.slices.map((s) => s.slice![0]!.value),
    ["DE", "FR", "US"],
  );
  t.is(
    e.slices.reduce((sum, s) => sum + s.rows!, 0),
    3000,
  );
});

test("the poisson head has loss, deviance, rmse, bias and slices; two models are compared by their deviance", async (t) => {
  const withCount = (rows: readonly Click[]): Click[] =>
    rows.map((row, i) => ({ ...row, price2: String(Math.floor(Number(row.price || "3") / 20) * (i % 3)) }));
  const { root, manifest, packs, executor } = await ingested([withCount(TRAIN)], withCount(TEST), { number: true });
  const model = await randomModel(manifest.state, 7, { head: v1.Head.POISSON, scale: 0.5, intercept: 0.5 });
  const e = await evaluate({ root, model, packs, manifest, executor, slices: [["country"]] });
  const rows = withCount(TEST);
  const p = model.predict(rows.map(({ price, site, country }) => ({ price: price!, site: site!, country: country! })));
  const [w, y] = [rows.map((row) => Number(row.weight)), rows.map((row) => Number(row.price2))];
  const total = w.reduce((a, b) => a + b);
  const mean = (of: (i: number) => number): number => rows.reduce((sum, _, i) => sum + w[i]! * of(i), 0) / total;
  const loss = mean((i) => p[i]! - y[i]! * Math.log(p[i]!));
  const perfect = mean((i) => (y[i] === 0 ? 0 : y[i]! - y[i]! * Math.log(y[i]!)));
  const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9;
  t.true(close(e.poissonLoss, loss), `${e.poissonLoss} and ${loss}`);
  t.true(close(e.deviance, 2 * (loss - perfect)), `${e.deviance} and ${2 * (loss - perfect)}`);
  t.true(close(e.rmse, Math.sqrt(mean((i) => (p[i]! - y[i]!) ** 2))));
  t.true(
    close(
      e.bias.difference!,
      mean((i) => p[i]! - y[i]!),
    ),
  );
  t.true(e.slices.length === 3 && e.slices.every((s) => s.deviance! > 0 && s.rmse! > 0));
  for (const undefinedNumber of [e.logLoss, e.auc, e.averagePrecision, e.brier, e.accuracy, e.calibrationError]) t.is(undefinedNumber, Number.NaN);
  const against = await randomModel(manifest.state, 8, { head: v1.Head.POISSON, scale: 0.5, intercept: 0.6 });
  const { overall } = await compare({ root, model, against, packs, manifest, executor });
  t.true(close(overall.lossNew!, e.deviance));
  t.true(close(overall.difference!, overall.lossNew! - overall.lossCurrent!));
  t.true(close(overall.biasNew!.difference!, e.bias.difference!));
});

test("the losses of the rows are those whose mean the evaluation gives", async (t) => {
  const { root, manifest, packs, executor } = await ingested([TRAIN], TEST);
  const { label, weight } = truth(TEST);
  for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED]) {
    const model = await randomModel(manifest.state, 7, { head });
    const { evaluation, rows } = await evaluateRows({ root, model, packs, manifest, executor });
    t.deepEqual([Array.from(rows.label), Array.from(rows.weight)], [label, weight]);
    const { mean } = meanInterval(rows.loss.keys(), rows.weight, (i) => rows.loss[i]!, "importance", 0.95);
    t.is(head === v1.Head.SQUARED ? Math.sqrt(mean) : mean, head === v1.Head.SQUARED ? evaluation.rmse : evaluation.logLoss);
    const [p] = model.predict(TEST.slice(0, 1).map(({ price, site, country }) => ({ price: price!, site: site!, country: country! }))) as number[];
    t.is(rows.loss[0], head === v1.Head.SQUARED ? (p! - label[0]!) ** 2 : logLoss([label[0]!], [p!]));
  }
  const none = await evaluateRows({ root, model: await randomModel(manifest.state, 7), packs: [], manifest, executor });
  t.is(none.rows.loss.length, 0);
});

test("no rows and one class give undefined numbers, not wrong ones", async (t) => {
  const { root, manifest, packs, executor } = await ingested(
    [TRAIN],
    TEST.slice(0, 300).map((row) => ({ ...row, clicked: "0" })),
  );
  const model = await randomModel(manifest.state, 7);
  const none = await evaluate({ root, model, packs: [], manifest, executor });
  t.is(none.rows, 0);
  for (const number of [none.logLoss, none.auc, none.bias.difference, none.calibrationError, none.brier]) t.is(number, Number.NaN);
  const one = await evaluate({ root, model, packs, manifest, executor });
  t.is(one.auc, Number.NaN);
  t.is(one.bias.ratio, Number.NaN);
  t.true(one.logLoss > 0);
  const back = v1.Evaluation.decode(encodeMessage(v1.Evaluation, one));
  t.is(back.auc, Number.NaN);
});

test("a damaged pack, a changed model and an unknown slice are errors", async (t) => {
  const { root, manifest, packs, executor } = await ingested([TRAIN.slice(0, 500)], TEST.slice(0, 500));
  const model = await randomModel(manifest.state, 7);
  const run = (options: object) => evaluate({ root, model, packs, manifest, executor, ...options });
  t.is((await t.throwsAsync(run({ slices: [["hour"]] }), { instanceOf: CrossbillError }))?.code, "E_SLICE_FIELD");
  t.is((await t.throwsAsync(run({ threshold: 2 }), { instanceOf: CrossbillError }))?.exitCode, 2);
  const file = path.join(root, packs[0]!.file.uri);
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1]! ^= 4;
  fs.writeFileSync(file, bytes);
  t.is((await t.throwsAsync(run({}), { instanceOf: CrossbillError }))?.code, "E_CORRUPT");
});
