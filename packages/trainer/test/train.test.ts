import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import { withTrainingRows } from "./pick-rows.js";
import { ADAGRAD, bits, FTRL, problem, trainOn } from "./support.js";

async function code(promise: Promise<unknown>): Promise<CrossbillError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof CrossbillError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

test.serial("training learns: the validation loss falls well under that of a constant", async (t) => {
  const p = problem([6000], [1500]);
  const outcome = await trainOn(p, { train: { epochs: 4 } });
  const rate = p.packs[1]!.label.reduce((a, b) => a + b, 0) / 1500;
  const constant = -rate * Math.log(rate) - (1 - rate) * Math.log(1 - rate);
  t.true(outcome.metrics.validationLoss < constant - 0.03, `${outcome.metrics.validationLoss} against ${constant}`);
  t.is(outcome.metrics.curve.length, 4);
  t.is(outcome.rowsProcessed, 24_000);
  t.true(outcome.rowsPerSecond > 0);
});

test.serial("early stopping ends the run and returns to the best step", async (t) => {
  const p = problem([300], [300]);
  const train = {
    optimizer: { adagrad: { learningRate: 1, initialAccumulator: 0.1 } },
    epochs: 50,
    batchSize: 50,
    earlyStopping: { metric: "logLoss", patience: 2 },
  };
  const outcome = await trainOn(p, { train });
  const { curve, bestStep, stoppedEarly, validationLoss, steps } = outcome.metrics;
  t.true(stoppedEarly && steps < 300);
  t.is(curve.at(-1)!.step, steps);
  t.is(validationLoss, Math.min(...curve.map((point) => point.validationLoss!)));
  t.is(curve.find((point) => point.step === bestStep)!.validationLoss, validationLoss);
  t.true(bestStep < steps);
  const short = await trainOn(p, { train: { optimizer: train.optimizer, batchSize: 50, epochs: bestStep / 6 } });
  t.deepEqual(short.weights, outcome.weights);
});

test.serial("progressive validation is honest in the first pass alone: its loss is near that of new rows, that of the last pass is not", async (t) => {
  const p = problem([4000], [2000]);
  const optimizer = { adagrad: { learningRate: 0.3, initialAccumulator: 0.1 } };
  const once = await trainOn(p, { train: { optimizer, epochs: 1, batchSize: 64, keep: "last" } });
  const { progressive, progressiveLoss, validationLoss } = once.metrics;
  t.is(progressive.length, 63, "a point a block");
  t.is(progressive.at(-1)!.loss, progressiveLoss);
  const again = await trainOn(p, { train: { optimizer, epochs: 12, batchSize: 64, keep: "last" } });
  t.deepEqual(again.metrics.progressive, progressive, "of the first pass");
  t.true(Math.abs(progressiveLoss - validationLoss) < 0.06, `${progressiveLoss} and ${validationLoss}`);
  t.true(again.metrics.validationLoss - again.metrics.progressiveLoss > 0.2, `${again.metrics.progressiveLoss} and ${again.metrics.validationLoss}`);
});

test.serial("without validation rows the last step is kept", async (t) => {
  const outcome = await trainOn(problem([700], []), { train: { epochs: 3 } });
  t.is(outcome.metrics.bestStep, outcome.metrics.steps);
  t.is(outcome.metrics.validationLoss, NaN);
  t.is(outcome.metrics.curve.length, 3);
});

test.serial("L1 makes weights exactly zero, more with more of it, and never the intercept", async (t) => {
  const p = problem([2000], [500]);
  for (const optimizer of [FTRL, ADAGRAD]) {
    let before = Infinity;
    for (const l1 of [0, 1e-2, 10]) {
      const outcome = await trainOn(p, { train: { optimizer }, model: { l1 } });
      const nonZero = outcome.weights.filter((w) => w !== 0).length;
      t.true(nonZero < before, `${nonZero} of l1 ${l1}`);
      t.not(outcome.intercept, 0);
      before = nonZero;
    }
    t.is(before, 0);
  }
});

test.serial("an example of weight two counts as two copies of it", async (t) => {
  const p = problem([500], [200]);
  const packs = [{ ...p.packs[0]!, weight: p.packs[0]!.weight.map((w) => w / 2) }, p.packs[1]!];
  const double = withTrainingRows({ ...p, packs }, ({ label }) => Array.from({ length: 2 * label.length }, (_, i) => i >> 1));
  const train = { batchSize: 100, shuffle: false, epochs: 3 };
  const one = await trainOn(p, { train });
  const two = await trainOn(double, { train: { ...train, batchSize: 200 } });
  t.true(Math.max(...one.weights.map((w, f) => Math.abs(w - two.weights[f]!))) < 1e-5);
});

test.serial("no training rows, and numbers that make no sense, are refused", async (t) => {
  t.is((await code(trainOn(problem([], [10])))).code, "E_NO_ROWS");
  t.is((await code(trainOn(problem([10], []), { train: { epochs: 0 } }))).exitCode, 2);
  t.is((await code(trainOn(problem([10], []), { train: { optimizer: { ftrl: { alpha: -1 } } } }))).code, "E_TRAIN_SPEC");
  t.is((await code(trainOn(problem([10], []), { train: { optimizer: {} } }))).code, "E_TRAIN_SPEC");
});

test.serial("a model of numbers alone trains, with one row in a block too", async (t) => {
  const p = problem([50], [20]);
  const inputs = { ...p.inputs, categorical: [] };
  const train = { batchSize: 1, epochs: 1 };
  t.is(bits(await trainOn(p, { inputs, train, options: { workers: 3 } })), bits(await trainOn(p, { inputs, train, options: { workers: 1 } })));
});
