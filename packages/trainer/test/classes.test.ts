import { v1 } from "@crossbill/messages";
import test from "ava";
import { ADAGRAD, bits, FTRL, problem, temporaryFolder, trainOn, trainUntil, withClasses } from "./support.js";

const { NCE, ONE_VS_ONE, ONE_VS_REST, SAMPLED_SOFTMAX, SOFTMAX } = v1.Head;
const { LOG_UNIFORM, UNIFORM, UNIGRAM } = v1.ModelSpec.Sampler;
const data = withClasses(problem([900, 500, 65], [400, 130], 1, true));
const F = data.inputs.features;

for (const [name, head, optimizer] of [
  ["softmax, FTRL", SOFTMAX, FTRL],
  ["softmax, Adagrad", SOFTMAX, ADAGRAD],
  ["oneVsRest, Adagrad", ONE_VS_REST, ADAGRAD],
] as const) {
  test.serial(`${name}: one model for any number of workers, little memory, and after a stop`, async (t) => {
    const run = { train: { optimizer }, model: { head, l1: 1e-5, l2: 1e-4 } };
    const one = await trainOn(data, { ...run, options: { workers: 1 } });
    t.deepEqual([one.weights.length, one.intercepts.length, one.intercept], [3 * F, 3, 0]);
    t.is(bits(await trainOn(data, { ...run, options: { workers: 3 } })), bits(one), "3 workers");
    t.is(bits(await trainOn(data, { ...run, options: { memoryBytes: 0, workers: 2 } })), bits(one), "one block at a time");
    const root = temporaryFolder();
    await t.throwsAsync(trainUntil(3, data, { ...run, root }), { code: "E_ABORTED" });
    t.is(bits(await trainOn(data, { ...run, root })), bits(one));
  });
}

test.serial("sampled softmax over all classes is softmax, to the bit; over some it and NCE come near its loss", async (t) => {
  const train = { optimizer: ADAGRAD, epochs: 12, batchSize: 64 };
  const full = await trainOn(data, { train, model: { head: SOFTMAX, l2: 1e-4 } });
  const all = await trainOn(data, { train, model: { head: SAMPLED_SOFTMAX, samples: 3, l2: 1e-4 } });
  t.is(bits(all), bits(full));
  for (const [head, sampler] of [
    [SAMPLED_SOFTMAX, LOG_UNIFORM],
    [SAMPLED_SOFTMAX, UNIFORM],
    [NCE, UNIGRAM],
  ] as const) {
    const model = { head, samples: 1, sampler, l2: 1e-4 };
    const some = await trainOn(data, { train, model, options: { workers: 1 } });
    t.is(bits(await trainOn(data, { train, model, options: { workers: 3 } })), bits(some));
    const [loss, best, start] = [some.metrics.validationLoss!, full.metrics.validationLoss!, Math.log(3)];
    t.true(loss < best + 0.35 * (start - best), `${head} ${sampler}: ${loss}, softmax ${best}`);
  }
});

test.serial("the online optimisers come near the exact optimum of the same objective", async (t) => {
  for (const head of [SOFTMAX, ONE_VS_REST]) {
    const model = { head, l2: 1e-3 };
    const exact = await trainOn(data, { train: { optimizer: { exact: { tolerance: 1e-9, maxIterations: 100 } } }, model });
    const untrained = exact.metrics.curve[0]!.progressiveLoss!;
    const best = exact.metrics.certificate!.objective!;
    const online = await trainOn(data, { train: { optimizer: ADAGRAD, epochs: 60, batchSize: 64 }, model });
    const last = online.metrics.progressiveLoss;
    // The progressive loss has no penalty in it.
    const penalty = 1e-3 * [...online.weights].reduce((sum, w) => sum + w * w, 0);
    t.true(last + penalty < best + 0.05 * (untrained - best), `${last} + ${penalty}, optimum ${best}, untrained ${untrained}`);
  }
});

test.serial("oneVsOne is the exact solver's", async (t) => {
  const refused = trainOn(data, { train: { optimizer: FTRL }, model: { head: ONE_VS_ONE } });
  t.like(await t.throwsAsync(refused), { code: "E_UNSUPPORTED", exitCode: 2 });
});

test.serial("a label that is no class ends the training with its row", async (t) => {
  const wrong = { ...data, packs: data.packs.map((pack, p) => ({ ...pack, label: p === 1 ? changed(pack.label) : pack.label })) };
  const thrown = await t.throwsAsync(trainOn(wrong, { train: { optimizer: ADAGRAD, shuffle: false }, model: { head: SOFTMAX } }));
  t.like(thrown, { code: "E_DIVERGED" });
});

function changed(label: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(label.byteLength));
  copy.set(label);
  copy[7] = 3;
  return copy;
}
