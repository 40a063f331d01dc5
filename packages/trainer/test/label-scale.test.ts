// The squared head of a network: labels are standardised while it trains, and nothing of it is seen outside.
import { CrossbillError, v1 } from "@crossbill/messages";
import { planNetwork } from "@crossbill/models";
import test from "ava";
import fc from "fast-check";
import type { ArrayPack } from "../dist/rows/array-source.js";
import { labelScale, scaledLabel } from "../dist/rows/label-scale.js";
import type { TrainOutcome } from "../dist/train-options.js";
import { ADAM, LINEAR_FTRL, networkBits } from "./network-run.js";
import { deepSpec, layer, modelOf, placementOf, twoTowerSpec } from "./network-support.js";
import { NetworkTwin, twinRows } from "./network-twin.js";
import { ADAGRAD, logits, type Problem, problem, type Run, temporaryFolder, trainOn, trainUntil } from "./support.js";

const { Kind } = v1.ActivationSpec;
const DEEP = deepSpec([layer(6, Kind.TANH)]);
const NETWORKS = {
  deep: DEEP,
  "wide and deep": { ...DEEP, linear: ["c0", "x0"] },
  "two towers": twoTowerSpec([layer(5, Kind.TANH)], 3),
};

/** Clicks and a number, times `factor` plus `shift`. */
function labelled(factor = 1, shift = 0): Problem {
  const p = problem([300, 150], [90], 1, true);
  for (const { label, numbers } of p.packs) for (const [r, y] of label.entries()) label[r] = factor * (y + 0.7 * numbers["x0"]![r]!) + shift;
  return p;
}
const plain = labelled();
const large = labelled(1000, 5e5);

function runOf(network: v1.NetworkSpec.$Properties, train: v1.TrainSpec.$Properties = {}): Run {
  return {
    train: { optimizer: ADAM, batchSize: 64, epochs: 3, ...train },
    model: { network, head: v1.Head.SQUARED },
    options: { placement: placementOf(plain) },
  };
}

/** By the definition: linear part + scale * network. */
function predictions(p: Problem, pack: ArrayPack, network: v1.NetworkSpec.$Properties, outcome: TrainOutcome): number[] {
  const plan = planNetwork(modelOf({ network, head: v1.Head.SQUARED }), placementOf(p), 1)!;
  const tables = outcome.network!.tables.map(({ ids, vectors }, t) => {
    const { rows, dimension } = plan.tables[t]!;
    const all = new Float64Array(rows * dimension);
    for (const [i, id] of ids.entries()) all.set(vectors.subarray(i * dimension, (i + 1) * dimension), id * dimension);
    return all;
  });
  const numbers = { dense: Float64Array.from(outcome.network!.dense), tables, intercepts: Float64Array.of(0) };
  const added = new NetworkTwin(plan, "squared", 7).outputs(numbers, twinRows(p, pack, 0, pack.label.length), null);
  return logits(p.inputs, pack, outcome).map(([z], r) => z! + outcome.networkScale * added[r]![0]!);
}

for (const [name, network] of Object.entries(NETWORKS))
  for (const [method, optimizer] of Object.entries({ Adam: ADAM, Adagrad: ADAGRAD }))
    test.serial(`${name} by ${method}: labels 1000 y + 500,000 give the predictions of y, times 1000 plus 500,000, and a curve in their units`, async (t) => {
      const [one, other] = [await trainOn(plain, runOf(network, { optimizer })), await trainOn(large, runOf(network, { optimizer }))];
      const near = (a: number, b: number, by = 1e-5): boolean => Math.abs(a - b) <= by * Math.abs(b);
      const [small, many] = [plain, large].map((p, i) => predictions(p, p.packs[2]!, network, [one, other][i]!));
      for (const [r, z] of small!.entries()) t.true(Math.abs((many![r]! - 5e5) / 1000 - z) <= 1e-5 * one.networkScale, `${many![r]} and ${z}`);
      t.true(Math.max(...small!) - Math.min(...small!) > one.networkScale / 10);
      t.true(near(other.networkScale, 1000 * one.networkScale, 1e-12));
      for (const [i, point] of one.metrics.curve!.entries()) {
        const scaled = other.metrics.curve![i]!;
        for (const key of ["validationLoss", "progressiveLoss", "observedLoss"] as const) t.true(near(scaled[key]!, 1e6 * point[key]!), key);
        t.true(near(scaled.gradientNorm!, point.gradientNorm!, 1e-3), `${scaled.gradientNorm} and ${point.gradientNorm}`);
      }
    });

test("what the curve says is the error of the model's predictions", async (t) => {
  for (const network of Object.values(NETWORKS)) {
    const outcome = await trainOn(large, runOf(network, { keep: "rmse" }));
    const pack = large.packs[2]!;
    const found = predictions(large, pack, network, outcome);
    const squares = found.reduce((sum, z, r) => sum + pack.weight[r]! * (z - pack.label[r]!) ** 2, 0);
    const loss = squares / pack.weight.reduce((sum, w) => sum + w, 0);
    t.true(Math.abs(outcome.metrics.validationLoss! / loss - 1) < 1e-5, `${outcome.metrics.validationLoss} and ${loss}`);
    t.true(Math.abs(outcome.metrics.bestMetric! / Math.sqrt(loss) - 1) < 1e-5);
  }
});

test("the scale is that of the training rows, and a model is the same for any workers, and stopped and resumed", async (t) => {
  const run = runOf(NETWORKS["wide and deep"], { linearOptimizer: LINEAR_FTRL, checkpointEverySteps: 3 });
  const clean = await trainOn(large, run);
  const training = large.packs.slice(0, 2).flatMap(({ label, weight }) => [...label].map((y, r) => ({ y, w: weight[r]! })));
  const total = training.reduce((sum, { w }) => sum + w, 0);
  const mean = training.reduce((sum, { y, w }) => sum + y * w, 0) / total;
  t.true(Math.abs(clean.networkScale - Math.sqrt(training.reduce((sum, { y, w }) => sum + w * (y - mean) ** 2, 0) / total)) < 1e-9 * clean.networkScale);
  t.is(networkBits(await trainOn(large, { ...run, options: { ...run.options, workers: 3 } })), networkBits(clean));
  const root = temporaryFolder();
  await t.throwsAsync(trainUntil(5, large, { ...run, root }), { instanceOf: CrossbillError });
  const resumed = await trainOn(large, { ...run, root });
  t.true(resumed.resumedFromStep > 0);
  t.is(networkBits(resumed), networkBits(clean));
  const again = await trainOn(large, { ...run, root });
  t.is(networkBits(again), networkBits(clean));
  t.is(again.networkScale, clean.networkScale);
});

test("labels 0 and 1 are told, with the validation rows outside [0, 1]; other heads keep their labels", async (t) => {
  const binary = problem([300, 150], [90], 1, true);
  const outcome = await trainOn(binary, runOf(DEEP, { optimizer: { adam: { learningRate: 0.03, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } }, keep: "last" }));
  const outside = predictions(binary, binary.packs[2]!, DEEP, outcome).filter((z) => z < 0 || z > 1).length;
  const found = outcome.metrics.diagnostics.find(({ code }) => code === "D_SQUARED_ON_BINARY");
  t.true(outside > 0);
  t.is(found?.value, outside / 90);
  const logistic = await trainOn(binary, { ...runOf(DEEP), model: { network: DEEP } });
  t.is(logistic.networkScale, 1);
});

test("a label that is always the same, and labels too large for their square", async (t) => {
  const same = labelled(0, 7);
  const outcome = await trainOn(same, runOf(DEEP));
  t.is(outcome.networkScale, 1);
  const found = predictions(same, same.packs[2]!, DEEP, outcome);
  t.true(found.every((z) => Math.abs(z - 7) < 0.2));
  const error = await t.throwsAsync(trainOn(labelled(1e200), runOf(DEEP)), { instanceOf: CrossbillError });
  t.is((error as CrossbillError).code, "E_DIVERGED");
  t.regex(error!.message, /label or weight is too large/);
});

async function scaleOf(label: readonly number[], weight: readonly number[]) {
  async function* rows() {
    const empty = (): never => {
      throw new Error("labels alone are read");
    };
    yield await Promise.resolve({
      rows: label.length,
      label: Float64Array.from(label),
      labels: null,
      weight: Float64Array.from(weight),
      ids: empty,
      numbers: empty,
      pairs: empty,
    });
  }
  return labelScale(rows);
}

test("weight k is k copies and the order leaves no trace, to the bit; standardised labels have mean 0 and deviation 1", async (t) => {
  const row = fc.record({ y: fc.double({ min: -1e6, max: 1e6, noNaN: true }), k: fc.integer({ min: 0, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1 }), async (rows) => {
      const one = await scaleOf(
        rows.map(({ y }) => y),
        rows.map(({ k }) => k),
      );
      const copies = rows.flatMap(({ y, k }) => new Array<number>(k).fill(y)).reverse();
      t.deepEqual(await scaleOf(copies, new Array<number>(copies.length).fill(1)), one);
      if (copies.length === 0) return t.deepEqual(one, { mean: 0, deviation: 1 });
      const scaled = await scaleOf(
        copies.map((y) => scaledLabel(y, one)),
        new Array<number>(copies.length).fill(1),
      );
      if (Math.max(...copies) - Math.min(...copies) < 1e-6) return;
      t.true(Math.abs(scaled.mean) < 1e-6 && Math.abs(scaled.deviation - 1) < 1e-6);
    }),
  );
});
