import { CrossbillError, type v1 as messages, v1 } from "@crossbill/messages";
import { RandomStream, sigmoid, softplus } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";
import type { ArrayPack } from "../dist/rows/array-source.js";
import { RowDraw } from "../dist/rows/row-sampling.js";
import type { TrainOutcome } from "../dist/train-options.js";
import { withTrainingRows } from "./pick-rows.js";
import { ADAGRAD, bits, FTRL, logits, type Problem, problem, temporaryFolder, trainOn, trainUntil, withClasses } from "./support.js";

const { LOGISTIC, ONE_VS_ONE, ONE_VS_REST, SOFTMAX, SQUARED } = v1.Head;
const { INTERCEPT, WEIGHT } = v1.SampleSpec.Correct;
const EXACT = { exact: { tolerance: 1e-10, maxIterations: 100 } };
const sampleOf = (rates: Record<string, number>, correct = WEIGHT): messages.SampleSpec.$Properties => ({
  rates: Object.entries(rates).map(([name, rate]) => ({ class: name, rate })),
  correct,
});

test("a row's fate hangs on seed, pack and place alone, and rates are kept", (t) => {
  const sha = "ab".repeat(32);
  const labels = Float64Array.from({ length: 3000 }, (_, i) => i % 3);
  const all = [...new RowDraw({ seed: 5, rates: [0.1, 1, 0.5], weighted: true }).kept(sha, 0, labels)];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2999 }), fc.integer({ min: 1, max: 3000 }), (from, n) => {
      const to = Math.min(3000, from + n);
      const some = new RowDraw({ seed: 5, rates: [0.1, 1, 0.5], weighted: true }).kept(sha, from, labels.subarray(from, to));
      t.deepEqual(
        [...some].map((i) => from + i),
        all.filter((row) => row >= from && row < to),
      );
    }),
    { numRuns: 200 },
  );
  const kept = (y: number): number => all.filter((row) => labels[row] === y).length;
  t.is(kept(1), 1000);
  t.true(Math.abs(kept(0) - 100) < 4 * Math.sqrt(90) && Math.abs(kept(2) - 500) < 4 * Math.sqrt(250), `${kept(0)} ${kept(2)}`);
  t.notDeepEqual([...new RowDraw({ seed: 6, rates: [0.1, 1, 0.5], weighted: true }).kept(sha, 0, labels)], all);
  t.notDeepEqual([...new RowDraw({ seed: 5, rates: [0.1, 1, 0.5], weighted: true }).kept("cd".repeat(32), 0, labels)], all);
});

/** The twin: packs that hold the kept rows alone, their weights divided by the rates. */
function keptAlone(p: Problem, rates: readonly number[], weighted: boolean): Problem {
  const draw = new RowDraw({ seed: 7, rates, weighted });
  const kept = withTrainingRows(p, ({ label }, i) => draw.kept(`${i}`.padStart(64, "0"), 0, label));
  const isTraining = (i: number): boolean => p.manifest.partitions[0]!.packs![i]!.part !== v1.Part.VALIDATION;
  const packs = kept.packs.map((pack, i) => (weighted && isTraining(i) ? { ...pack, weight: pack.weight.map((w, r) => w / rates[pack.label[r]!]!) } : pack));
  return { ...kept, packs };
}

for (const [name, optimizer] of [
  ["FTRL", FTRL],
  ["Adagrad", ADAGRAD],
  ["exact", EXACT],
] as const) {
  test.serial(`${name}: training on sampled rows is training on the kept rows alone, to the bit, for any number of workers and little memory`, async (t) => {
    const p = problem([900, 500, 65], [400, 130], 1, true);
    const sample = sampleOf({ negative: 0.3 });
    const run = { train: { optimizer, sample, batchSize: 64 }, model: { l2: 1e-4 } };
    const one = await trainOn(p, run);
    const twin = await trainOn(keptAlone(p, [0.3, 1], true), { train: { optimizer, batchSize: 64 }, model: { l2: 1e-4 } });
    t.is(bits(one), bits(twin));
    t.is(bits(await trainOn(p, { ...run, options: { workers: 3 } })), bits(one));
    if (name !== "exact") t.is(bits(await trainOn(p, { ...run, options: { workers: 2, memoryBytes: 0 } })), bits(one));
    const facts = v1.RowSampling.create(one.metrics.rowSampling!);
    const rows = p.packs.slice(0, 3).flatMap(({ label }) => [...label]);
    t.deepEqual(
      facts.classes.map((of) => [of.class, of.rows]),
      [
        ["negative", rows.filter((y) => y === 0).length],
        ["positive", rows.filter((y) => y === 1).length],
      ],
    );
    t.is(facts.classes[1]!.kept, facts.classes[1]!.rows);
    const used = facts.classes[0]!.kept! + facts.classes[1]!.kept!;
    if (name !== "exact") t.is(one.rowsProcessed, 2 * used, "only those kept are worked on");
  });
}

test.serial("a stopped training on sampled rows goes on to the same bits", async (t) => {
  const p = problem([2000, 1500], [400]);
  const run = { train: { sample: sampleOf({ negative: 0.2 }), batchSize: 32, epochs: 4 } };
  const calm = await trainOn(p, run);
  const root = temporaryFolder();
  await t.throwsAsync(trainUntil(6, p, { ...run, root }), { code: "E_ABORTED" });
  const resumed = await trainOn(p, { ...run, root, options: { workers: 2 } });
  t.is(bits(resumed), bits(calm));
  t.deepEqual(resumed.metrics, calm.metrics);
});

test.serial("the intercept is corrected by the logarithms of the rates, after a training on rows of their own weights", async (t) => {
  const p = problem([900, 500], [400]);
  const model = { l2: 1e-3 };
  for (const optimizer of [EXACT, FTRL]) {
    // One evaluation: the correction moves the validation loss, by which a step is kept.
    const one = await trainOn(p, { train: { optimizer, epochs: 1, sample: sampleOf({ negative: 0.25, positive: 0.5 }, INTERCEPT) }, model });
    const twin = await trainOn(keptAlone(p, [0.25, 0.5], false), { train: { optimizer, epochs: 1 }, model });
    t.deepEqual(one.weights, twin.weights);
    t.true(Math.abs(one.intercept - twin.intercept - Math.log(0.25 / 0.5)) < 1e-15);
    const loss = meanLoss(p, one, 2);
    t.true(Math.abs(one.metrics.validationLoss - loss) < 1e-6, `validation is with the correction: ${one.metrics.validationLoss} ${loss}`);
  }
  const classes = withClasses(p);
  const sample = sampleOf({ yes: 0.25 }, INTERCEPT);
  for (const [head, want] of [
    [SOFTMAX, [Math.log(0.25) / 3, Math.log(0.25) / 3 - Math.log(0.25), Math.log(0.25) / 3]],
    [ONE_VS_ONE, [Math.log(0.25), 0, -Math.log(0.25)]],
  ] as const) {
    const one = await trainOn(classes, { train: { optimizer: EXACT, sample }, model: { ...model, head } });
    const twin = await trainOn(keptAlone(classes, [1, 0.25, 1], false), { train: { optimizer: EXACT }, model: { ...model, head } });
    for (const [k, shift] of want.entries()) t.true(Math.abs(one.intercepts[k]! - twin.intercepts[k]! - shift) < 1e-12, `${head} ${k}`);
  }
});

/** The same packs, the weights of each label multiplied. */
function multiplied(p: Problem, factors: readonly number[]): Problem {
  const packs = p.packs.map((pack) => ({ ...pack, weight: pack.weight.map((w, r) => w * factors[pack.label[r]!]!) }));
  return { ...p, packs };
}

test.serial("class weights multiply the weights of sampled rows; balanced ones balance all rows, whatever the correction", async (t) => {
  const p = problem([900, 500], []);
  const rates = { negative: 0.25, positive: 0.5 };
  const model = { l2: 1e-3 };
  const given = { weights: [{ name: "positive", weight: 3 }] };
  for (const correct of [WEIGHT, INTERCEPT]) {
    const totals = [0, 0];
    for (const { label, weight } of keptAlone(p, [0.25, 0.5], true).packs) for (const [r, y] of label.entries()) totals[y]! += weight[r]!;
    const all = totals[0]! + totals[1]!;
    const shift = correct === INTERCEPT ? Math.log(0.25 / 0.5) : 0;
    const kept = keptAlone(p, [0.25, 0.5], correct === WEIGHT);
    for (const [optimizer, classWeights, factors] of [
      [FTRL, given, [1, 3]],
      [EXACT, given, [1, 3]],
      [EXACT, { balanced: true }, totals.map((total) => all / (2 * total))],
    ] as const) {
      const one = await trainOn(p, { train: { optimizer, epochs: 1, sample: sampleOf(rates, correct), classWeights }, model, options: { workers: 2 } });
      const twin = await trainOn(multiplied(kept, factors), { train: { optimizer, epochs: 1 }, model });
      const error = Math.max(...one.weights.map((w, f) => Math.abs(w - twin.weights[f]!)), Math.abs(one.intercept - twin.intercept - shift));
      t.true(error <= (optimizer === FTRL ? 1e-15 : 1e-9), `${correct} ${JSON.stringify(classWeights)}: ${error}`);
    }
  }
});

/** Weighted mean log-loss of packs from `first` on. */
function meanLoss(p: Problem, outcome: TrainOutcome, first: number): number {
  let [sum, weight] = [0, 0];
  for (const pack of p.packs.slice(first))
    for (const [i, [z]] of logits(p.inputs, pack, outcome).entries()) {
      sum += pack.weight[i]! * (softplus(z!) - pack.label[i]! * z!);
      weight += pack.weight[i]!;
    }
  return sum / weight;
}

/** About one positive in 25, every row of weight 1. */
function rare(rows: readonly number[], seed: number): Problem {
  const p = problem(rows, [], seed);
  const random = new RandomStream(seed, 99);
  // Few weights: those that are fitted to single rows are no matter of sampling.
  const inputs = { ...p.inputs, categorical: p.inputs.categorical.slice(0, 2) };
  for (const pack of p.packs) {
    pack.weight.fill(1);
    for (let r = 0; r < pack.label.length; r++) if (!random.bernoulli(0.1)) pack.label[r] = 0;
  }
  return { ...p, inputs };
}

test.serial("the mean prediction over all rows stays the base rate, and the loss hardly grows, with a tenth of the negatives", async (t) => {
  const N = 60_000;
  const all = rare([N, N], 4);
  // The second half is only measured on.
  const p: Problem = { ...all, manifest: v1.IngestManifest.create({ partitions: [{ packs: [all.manifest.partitions[0]!.packs[0]!] }] }), packs: all.packs };
  const rate = all.packs[0]!.label.reduce((a, b) => a + b, 0) / N;
  const negatives = N * (1 - rate);
  // What is estimated by weights are the negatives: their number has this relative error.
  const error = Math.sqrt(0.9 / (0.1 * negatives));
  const rows = logitsOfAll(all);
  for (const [name, optimizer, epochs, bound] of [
    ["exact", EXACT, 1, 0.001],
    ["FTRL", { ftrl: { alpha: 0.2, beta: 1 } }, 5, 0.001],
  ] as const) {
    const train = { optimizer, epochs, batchSize: 64 };
    const model = { head: LOGISTIC, l2: 1e-5 };
    const whole = rows(await trainOn(p, { train, model }));
    for (const correct of [WEIGHT, INTERCEPT]) {
      const outcome = await trainOn(p, { train: { ...train, sample: sampleOf({ negative: 0.1 }, correct) }, model });
      const kept = v1.RowSampling.create(outcome.metrics.rowSampling!).classes.reduce((sum, of) => sum + of.kept!, 0);
      t.true(kept < 0.2 * N, `${kept}`);
      const sampled = rows(outcome);
      // With weights the certificate makes the weighted sums agree; predictions of rows left out vary about as much again.
      const mean = sampled.train.reduce((sum, z) => sum + sigmoid(z), 0) / N;
      const slack = name === "exact" && correct === WEIGHT ? 4 * error : 0.05;
      t.true(Math.abs(mean / rate - 1) < slack, `${name} ${correct}: mean ${mean}, base rate ${rate}, allowed ${slack}`);
      const differences = all.packs[1]!.label.map(
        (y, r) => softplus(sampled.fresh[r]!) - y * sampled.fresh[r]! - (softplus(whole.fresh[r]!) - y * whole.fresh[r]!),
      );
      const average = differences.reduce((a, b) => a + b, 0) / N;
      const deviation = Math.sqrt(differences.reduce((a, d) => a + (d - average) ** 2, 0) / N / N);
      t.true(average + 1.96 * deviation < bound, `${name} ${correct}: loss + ${average} +- ${1.96 * deviation}`);
      t.log(
        `${name}, ${correct === WEIGHT ? "weight" : "intercept"}: ${kept} of ${N} rows; mean prediction / base rate ${(mean / rate).toFixed(4)}; log-loss of fresh rows ${average.toFixed(5)} +- ${(1.96 * deviation).toFixed(5)}`,
      );
    }
  }
});

function logitsOfAll(p: Problem): (outcome: TrainOutcome) => { train: number[]; fresh: number[] } {
  return (outcome) => {
    const of = (pack: ArrayPack): number[] => logits(p.inputs, pack, outcome).map(([z]) => z!);
    return { train: of(p.packs[0]!), fresh: of(p.packs[1]!) };
  };
}

test.serial("what makes no sense is refused, with what is allowed", async (t) => {
  const p = problem([100], []);
  const refused = async (q: Problem, head: v1.Head, sample: messages.SampleSpec.$Properties, says: RegExp): Promise<void> => {
    for (const optimizer of [FTRL, EXACT]) {
      const thrown = (await t.throwsAsync(trainOn(q, { train: { optimizer, sample }, model: { head } }), { instanceOf: CrossbillError })) as CrossbillError;
      t.is(thrown.exitCode, 2);
      t.regex(thrown.message, says);
    }
  };
  await refused(p, SQUARED, sampleOf({ negative: 0.1 }), /logistic/);
  await refused(p, LOGISTIC, sampleOf({ no: 0.1 }), /negative, positive/);
  await refused(p, LOGISTIC, sampleOf({ negative: 0 }), /above 0/);
  await refused(p, LOGISTIC, sampleOf({ negative: 1e-9, positive: 1e-9 }), /left none/);
  await refused(withClasses(p), ONE_VS_REST, sampleOf({ no: 0.1 }, INTERCEPT), /weight/);
  await refused(withClasses(p), SOFTMAX, sampleOf({ maybe: 0.1 }), /no, yes, none/);
});
