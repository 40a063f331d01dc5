import { averagePrecision, rocAuc } from "@crossbill/auc";
import { brierScore, logLoss, poissonDeviance } from "@crossbill/calibration";
import { CrossbillError, v1 } from "@crossbill/messages";
import { classResponse } from "@crossbill/models";
import { sigmoid } from "@crossbill/numerics";
import test from "ava";
import type { TrainOutcome } from "../dist/train-options.js";
import { METRICS, metricsOf, validationMetric } from "../dist/watch/validation-metric.js";
import { ADAGRAD, bits, CLASSES, type Problem, problem, temporaryFolder, trainOn, trainUntil, withClasses, withVectors } from "./support.js";

const data = problem([900, 500], [400, 130]);
const classes = withClasses(data);

/** The validation rows, scored by hand with the model that training returned: [row][output]. */
function logitsOf({ packs, inputs }: Problem, outcome: TrainOutcome): { logits: Float64Array[]; labels: number[]; weights: number[] } {
  const rows = packs.slice(2).flatMap((pack) => Array.from(pack.label, (y, r) => ({ pack, y, r })));
  const { features } = inputs;
  const logits = rows.map(({ pack, r }) =>
    outcome.intercepts.map((intercept, k) => {
      const w = (f: number): number => outcome.weights[k * features + f]!;
      let z = intercept;
      for (const { name, offset } of inputs.categorical) z += w(offset + pack.ids[name]![r]!);
      const [x0, x1] = inputs.numeric;
      z += w(x0!.offset) * Math.fround(pack.numbers["x0"]![r]!);
      const number = pack.numbers["x1"]![r]!;
      return z + (Number.isNaN(number) ? w(x1!.offset) * 0.25 + w(x1!.offset + 1) : w(x1!.offset) * Math.fround(number));
    }),
  );
  return { logits, labels: rows.map(({ y }) => y), weights: rows.map(({ pack, r }) => pack.weight[r]!) };
}

const LOGISTIC: Record<string, (labels: number[], z: number[], weights: number[]) => number> = {
  auc: rocAuc,
  averagePrecision,
  brier: (y, z, w) => brierScore(y, z.map(sigmoid), w),
  accuracy: (y, z, w) => w.reduce((sum, x, r) => sum + (sigmoid(z[r]!) >= 0.5 === (y[r] === 1) ? x : 0), 0) / w.reduce((a, b) => a + b, 0),
  logLoss: (y, z, w) => logLoss(y, z.map(sigmoid), w),
};

for (const [metric, slow] of Object.entries(LOGISTIC)) {
  test.serial(`logistic, ${metric}: the kept step is the best of the curve, and its value that of the model's own predictions`, async (t) => {
    const train = {
      optimizer: { adagrad: { learningRate: 0.4, initialAccumulator: 0.1 } },
      epochs: 6,
      batchSize: 128,
      earlyStopping: { metric, patience: 50 },
    };
    const outcome = await trainOn(data, { train, options: { workers: 2 } });
    const { curve, bestMetric, bestStep } = outcome.metrics;
    const values = curve.map((point) => point.metric!);
    const best = ["auc", "averagePrecision", "accuracy"].includes(metric) ? Math.max(...values) : Math.min(...values);
    t.is(bestMetric, best);
    t.is(curve[values.indexOf(best)]!.step, bestStep);
    t.is(outcome.metrics.metric, metric);
    t.is(outcome.metrics.validationLoss, curve[values.indexOf(best)]!.validationLoss!);
    const { logits, labels, weights } = logitsOf(data, outcome);
    const z = logits.map(([own]) => own!);
    t.true(Math.abs(slow(labels, z, weights) - bestMetric) < 1e-6, `${slow(labels, z, weights)} and ${bestMetric}`);
  });
}

for (const head of [v1.Head.SOFTMAX, v1.Head.ONE_VS_REST] as const) {
  test.serial(`of several classes (head ${head}): accuracy and log-loss are those of the model's predictions`, async (t) => {
    for (const metric of ["accuracy", "logLoss"]) {
      const outcome = await trainOn(classes, { train: { optimizer: ADAGRAD, epochs: 3, keep: metric }, model: { head }, options: { workers: 3 } });
      const { logits, labels, weights } = logitsOf(classes, outcome);
      const respond = classResponse(head, CLASSES.length);
      const out = new Float64Array(CLASSES.length);
      let sum = 0;
      for (const [r, z] of logits.entries()) {
        const predicted = respond(z, 0, out, 0);
        sum += weights[r]! * (metric === "accuracy" ? (predicted === labels[r] ? 1 : 0) : -Math.log(out[labels[r]!]!));
      }
      const { bestMetric } = outcome.metrics;
      const wanted = sum / weights.reduce((a, b) => a + b, 0);
      t.true(Math.abs(wanted - bestMetric) < 1e-6, `${metric}: ${wanted} and ${bestMetric}`);
    }
  });
}

test.serial("squared: rmse is the root of the validation loss", async (t) => {
  const { metrics } = await trainOn(data, { train: { optimizer: ADAGRAD, keep: "rmse" }, model: { head: v1.Head.SQUARED } });
  t.is(metrics.bestMetric, Math.sqrt(metrics.validationLoss));
  t.is(metrics.metric, "rmse");
});

/** The labels as counts. */
function counts(p: Problem): Problem {
  const packs = p.packs.map((pack) => ({ ...pack, label: pack.label.map((y, r) => y * (1 + (r % 3))) }));
  return { ...p, packs };
}

const mean = (x: readonly number[], weights: readonly number[]): number =>
  x.reduce((sum, one, r) => sum + weights[r]! * one, 0) / weights.reduce((a, b) => a + b, 0);

test.serial("poisson: deviance and rmse are those of the model's predictions, and the deviance falls with the loss", async (t) => {
  const p = counts(data);
  const slow: Record<string, (y: number, prediction: number) => number> = {
    deviance: poissonDeviance,
    rmse: (y, prediction) => (prediction - y) ** 2,
  };
  for (const [metric, of] of Object.entries(slow)) {
    const outcome = await trainOn(p, { train: { optimizer: ADAGRAD, epochs: 4, keep: metric }, model: { head: v1.Head.POISSON }, options: { workers: 2 } });
    const { logits, labels, weights } = logitsOf(p, outcome);
    const own = mean(
      logits.map(([z], r) => of(labels[r]!, Math.exp(z!))),
      weights,
    );
    const { bestMetric, curve, bestStep } = outcome.metrics;
    const wanted = metric === "rmse" ? Math.sqrt(own) : own;
    t.true(Math.abs(wanted - bestMetric) < 1e-5 * wanted, `${metric}: ${wanted} and ${bestMetric}`);
    const values = curve.map((point) => point.metric!);
    t.is(bestMetric, Math.min(...values));
    t.is(curve[values.indexOf(bestMetric)]!.step, bestStep);
    if (metric !== "deviance") continue;
    const offsets = curve.map((point) => point.metric! - 2 * point.validationLoss!);
    t.true(Math.max(...offsets) - Math.min(...offsets) < 1e-12, "twice the loss, less what no model changes");
  }
});

for (const [name, p, head] of [
  ["multiLabel", withVectors(data, false), v1.Head.MULTI_LABEL],
  ["a distribution", withVectors(data, true), v1.Head.SOFTMAX],
] as const)
  test.serial(`${name}: metrics of label vectors are those of the model's predictions, for any number of workers`, async (t) => {
    const y = p.packs.slice(2).flatMap((pack) => Array.from(pack.label, (_, r) => [...pack.labels!.subarray(3 * r, 3 * r + 3)]));
    const best = (x: ArrayLike<number>): number => [0, 1, 2].reduce((at, k) => (x[k]! > x[at]! ? k : at), 0);
    const multi = head === v1.Head.MULTI_LABEL;
    const slow: Record<string, (logits: readonly Float64Array[], weights: number[]) => number> = {
      accuracy: (z, w) =>
        mean(
          z.map((own, r) => Number(multi ? [...own].every((one, k) => one >= 0 === y[r]![k]! >= 0.5) : best(own) === best(y[r]!))),
          w,
        ),
      ...(multi
        ? {
            // A share is a row of either side.
            macroAuc: (z, w) =>
              [0, 1, 2].reduce((sum, k) => {
                const sides = z.flatMap((own, r) => [1, 0].map((side) => [side, own[k]!, w[r]! * (side === 1 ? y[r]![k]! : 1 - y[r]![k]!)] as const));
                return sum + rocAuc(...([0, 1, 2].map((i) => sides.map((one) => one[i]!)) as [number[], number[], number[]])) / 3;
              }, 0),
          }
        : {}),
    };
    for (const [metric, of] of Object.entries(slow)) {
      const run = { train: { optimizer: ADAGRAD, epochs: 3, keep: metric }, model: { head } };
      const outcome = await trainOn(p, { ...run, options: { workers: 3, memoryBytes: 0 } });
      const { logits, weights } = logitsOf(p, outcome);
      const wanted = of(logits, weights);
      const { bestMetric } = outcome.metrics;
      t.true(Math.abs(wanted - bestMetric) < 1e-6, `${metric}: ${wanted} and ${bestMetric}`);
      const alone = await trainOn(p, run);
      t.deepEqual([bits(alone), alone.metrics.bestMetric], [bits(outcome), bestMetric]);
    }
    t.deepEqual(
      metricsOf(head).filter((metric) => !validationMetric(metric, head).isLoss),
      multi ? ["macroAuc", "accuracy"] : ["accuracy"],
    );
  });

test.serial("the same bits for any number of workers, with little memory, and after an abort at any step", async (t) => {
  const train = { optimizer: ADAGRAD, epochs: 2, batchSize: 128, evaluateEverySteps: 5, earlyStopping: { metric: "auc", patience: 2, minimumGain: 1e-3 } };
  const model = { l1: 1e-4 };
  const clean = await trainOn(data, { train, model });
  const values = (outcome: TrainOutcome): unknown => [bits(outcome), outcome.metrics.bestMetric, outcome.metrics.curve.map(({ metric }) => metric)];
  for (const options of [{ workers: 3 }, { workers: 2, memoryBytes: 0 }]) t.deepEqual(values(await trainOn(data, { train, model, options })), values(clean));
  const root = temporaryFolder();
  for (let at = 1; ; at += 9) {
    try {
      const outcome = await trainUntil(at, data, { root, train, model });
      t.deepEqual(values(outcome), values(clean));
      t.true(at > 1, "it was stopped at least once");
      break;
    } catch (thrown) {
      if (!(thrown instanceof CrossbillError) || thrown.code !== "E_ABORTED") throw thrown;
    }
  }
});

test.serial("keep: last returns the last step, whatever the validation says", async (t) => {
  const train = { optimizer: { adagrad: { learningRate: 1, initialAccumulator: 0.1 } }, epochs: 12, batchSize: 50 };
  const p = problem([300], [300]);
  const best = await trainOn(p, { train });
  const last = await trainOn(p, { train: { ...train, keep: "last" } });
  t.true(best.metrics.bestStep < best.metrics.steps);
  t.is(last.metrics.bestStep, last.metrics.steps);
  t.is(last.metrics.validationLoss, last.metrics.curve.at(-1)!.validationLoss!);
  t.true(last.metrics.validationLoss > best.metrics.validationLoss);
});

test.serial("a metric that is undefined on the validation rows ends the run and says why", async (t) => {
  const p = problem([300], [40]);
  p.packs[1]!.label.fill(1);
  const error = await t.throwsAsync(trainOn(p, { train: { keep: "auc" }, options: { workers: 2 } }), { instanceOf: CrossbillError });
  t.is((error as CrossbillError).code, "E_METRIC");
  t.regex(error.message, /auc is undefined on the validation rows/);
  t.is((await trainOn(problem([300], []), { train: { keep: "auc" } })).metrics.bestStep, 4, "without validation rows there is nothing to compute");
});

test("metrics that a head has not are refused with those it has", async (t) => {
  for (const [name, head] of [
    ["auc", v1.Head.SQUARED],
    ["rmse", v1.Head.LOGISTIC],
    ["brier", v1.Head.SOFTMAX],
    ["auc", v1.Head.MULTI_LABEL],
    ["macroAuc", v1.Head.SOFTMAX],
    ["logLoss", v1.Head.POISSON],
    ["f1", v1.Head.LOGISTIC],
  ] as const) {
    const error = t.throws(() => validationMetric(name, head), { instanceOf: CrossbillError }) as CrossbillError;
    t.like(error, { code: "E_TRAIN_SPEC", exitCode: 2 });
    t.true(error.message.endsWith(`allowed are ${metricsOf(head).join(", ")}`), error.message);
  }
  const both = trainOn(data, { train: { keep: "auc", earlyStopping: { patience: 1 } } });
  t.is(((await t.throwsAsync(both, { instanceOf: CrossbillError })) as CrossbillError).code, "E_TRAIN_SPEC");
  t.is(validationMetric("", v1.Head.SOFTMAX).name, "loss");
  t.deepEqual([...new Set([v1.Head.LOGISTIC, v1.Head.SQUARED, v1.Head.POISSON, v1.Head.MULTI_LABEL].flatMap(metricsOf))].sort(), [...METRICS].sort());
});
