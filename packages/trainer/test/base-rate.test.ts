import { v1 } from "@crossbill/messages";
import test from "ava";
import { ADAGRAD, bits, FTRL, type Problem, problem, type Run, temporaryFolder, trainOn, trainUntil, withClasses, withVectors } from "./support.js";

const { LOGISTIC, MULTI_LABEL, NCE, ONE_VS_REST, POISSON, SAMPLED_SOFTMAX, SOFTMAX, SQUARED } = v1.Head;
const BASE_RATE = v1.TrainSpec.InitialIntercept.BASE_RATE;
const NOTHING = { sgd: { learningRate: 1e-300 } };

/** Weighted means of the training rows' labels: of each output. */
function means(p: Problem, outputs: number, factor: (y: number) => number = () => 1): number[] {
  const sums = new Array<number>(outputs).fill(0);
  let weight = 0;
  p.packs.forEach(({ label, labels, weight: w }, i) => {
    if (p.manifest.partitions[0]!.packs![i]!.part !== v1.Part.TRAIN) return;
    label.forEach((y, r) => {
      const own = w[r]! * factor(y);
      weight += own;
      for (let k = 0; k < outputs; k++) sums[k] = sums[k]! + own * (labels !== undefined ? labels[outputs * r + k]! : outputs === 1 ? y : Number(y === k));
    });
  });
  return sums.map((sum) => sum / weight);
}

const logOdds = (p: number): number => Math.log(p / (1 - p));
const centred = (p: readonly number[]): number[] => {
  const logs = p.map(Math.log);
  return logs.map((x) => x - logs.reduce((sum, one) => sum + one, 0) / logs.length);
};

/** A training whose steps change nothing ends where it began. */
async function begin(p: Problem, run: Run): Promise<number[]> {
  const { intercepts, weights } = await trainOn(p, { ...run, train: { optimizer: NOTHING, epochs: 1, initialIntercept: BASE_RATE, ...run.train } });
  return weights.every((w) => w === 0) ? [...intercepts] : [NaN];
}

const plain = problem([900, 500], [300]);
const CASES: readonly (readonly [string, Problem, v1.ModelSpec.$Properties, (p: readonly number[]) => number[]])[] = [
  ["logistic", plain, { head: LOGISTIC }, (p) => p.map(logOdds)],
  ["squared", plain, { head: SQUARED }, (p) => [...p]],
  ["poisson", plain, { head: POISSON }, (p) => p.map(Math.log)],
  ["softmax", withClasses(plain), { head: SOFTMAX }, centred],
  ["sampled softmax", withClasses(plain), { head: SAMPLED_SOFTMAX, samples: 1 }, centred],
  ["NCE", withClasses(plain), { head: NCE, samples: 1 }, (p) => p.map(Math.log)],
  ["one-vs-rest", withClasses(plain), { head: ONE_VS_REST }, (p) => p.map(logOdds)],
  ["multiLabel", withVectors(plain, false), { head: MULTI_LABEL }, (p) => p.map(logOdds)],
  ["softmax over distributions", withVectors(plain, true), { head: SOFTMAX }, centred],
];

for (const [name, p, model, link] of CASES) {
  test.serial(`${name}: the first intercepts are those of the best constant prediction, that of the training labels' weighted mean`, async (t) => {
    const wanted = link(means(p, p.manifest.classes.length || 1));
    for (const workers of [1, 3]) {
      const found = await begin(p, { model, options: { workers } });
      t.is(found.length, wanted.length);
      for (const [k, w] of wanted.entries()) t.true(Math.abs(found[k]! - w) < 1e-6 * (1 + Math.abs(w)), `${found.join()} for ${wanted.join()}`);
    }
  });
}

test.serial("weights of classes, and rows left out, are seen in it", async (t) => {
  const classWeights = { weights: [{ name: "positive", weight: 3 }] };
  const weighted = await begin(plain, { train: { classWeights } });
  t.true(Math.abs(weighted[0]! - logOdds(means(plain, 1, (y) => (y === 1 ? 3 : 1))[0]!)) < 1e-6);
  const [all] = await begin(plain, {});
  const rates = [{ class: "negative", rate: 0.2 }];
  // Of the kept rows alone, a fifth of the negatives, the log-odds are higher by log 5; the correction takes that off again.
  const { WEIGHT, INTERCEPT } = v1.SampleSpec.Correct;
  for (const correct of [WEIGHT, INTERCEPT]) {
    const [kept] = await begin(plain, { train: { sample: { rates, correct } } });
    t.true(Math.abs(kept! - all!) < 0.35 && kept !== all, `${kept} ${all}`);
  }
});

test.serial("labels that are all alike, and rows without weight, give a finite start", async (t) => {
  const alike = (y: number): Problem => ({ ...plain, packs: plain.packs.map((pack) => ({ ...pack, label: pack.label.map(() => y) })) });
  const [never] = await begin(alike(0), {});
  t.true(Math.abs(never! + Math.log(2 * 1400 - 1)) < 1e-6, `${never}`);
  const [always] = await begin(alike(1), {});
  t.true(Math.abs(always! + never!) < 1e-6, `${always}`);
  const training = problem([900], []);
  const weightless = { ...training, packs: training.packs.map((pack) => ({ ...pack, weight: pack.weight.map(() => 0) })) };
  t.deepEqual(await begin(weightless, {}), [0]);
});

test.serial(
  "it is a start like any other: the bits of a training that was given the same intercept; kept by an interrupted run, not needed by a warm start",
  async (t) => {
    const [intercept] = await begin(plain, {});
    const initial = { weights: new Float64Array(plain.inputs.features), intercepts: Float64Array.of(intercept!), sha256: "a" };
    for (const optimizer of [FTRL, ADAGRAD]) {
      const train = { optimizer, batchSize: 128 };
      const own = await trainOn(plain, { train: { ...train, initialIntercept: BASE_RATE } });
      t.is(bits(own), bits(await trainOn(plain, { train, options: { initial } })));
      t.not(bits(own), bits(await trainOn(plain, { train })));
      const other = { ...initial, intercepts: Float64Array.of(-7) };
      t.is(
        bits(await trainOn(plain, { train: { ...train, initialIntercept: BASE_RATE }, options: { initial: other } })),
        bits(await trainOn(plain, { train, options: { initial: other } })),
      );
      const root = temporaryFolder();
      const run = { root, train: { ...train, initialIntercept: BASE_RATE } };
      await t.throwsAsync(trainUntil(4, plain, run), { message: /stopped by request/ });
      const resumed = await trainOn(plain, run);
      t.true(resumed.resumedFromStep > 0);
      t.is(bits(resumed), bits(own));
    }
  },
);

test.serial("FTRL with beta 0, which can hold no intercept before a gradient, starts from zero", async (t) => {
  const train = { optimizer: { ftrl: { alpha: 0.1, beta: 0, l1: 0.1, l2: 0 } } };
  t.is(bits(await trainOn(plain, { train: { ...train, initialIntercept: BASE_RATE } })), bits(await trainOn(plain, { train })));
});
