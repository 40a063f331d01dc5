import { createHash } from "node:crypto";
import { CrossbillError, v1 } from "@crossbill/messages";
import { NO_FEATURE } from "@crossbill/models";
import test from "ava";
import type { InitialWeights, TrainOutcome } from "../dist/train-options.js";
import { mapOptimizerState } from "../dist/warm-start.js";
import { ADAGRAD, bits, CLASSES, FTRL, type Problem, problem, temporaryFolder, trainOn, trainUntil, withClasses } from "./support.js";

const data = problem([900, 500], []);
const ADAM = { adam: { learningRate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } };
const MOMENTUM = { momentum: { learningRate: 0.2, momentum: 0.9, nesterov: true } };
const SGD = { sgd: { learningRate: 0.5 } };
const SPECS = { ftrl: FTRL, adagrad: ADAGRAD, adam: ADAM, momentum: MOMENTUM, sgd: SGD };

/** FTRL's z holds l1 beside the weight: what a float32 of that size is rounded by, over beta / alpha. */
const Z_ROUNDING = 1e-9;

function startOf(outcome: TrainOutcome, keep: boolean): InitialWeights {
  const { weights, intercepts, optimizerState, seen, shifts } = outcome;
  return { weights: Float64Array.from(weights), intercepts, sha256: outcome.key, ...(keep ? { optimizerState, seen, shifts } : {}) };
}

/** The same rows with weight 0: nothing can be learned from them. */
function weightless(p: Problem): Problem {
  return { ...p, packs: p.packs.map((pack) => ({ ...pack, weight: pack.weight.map(() => 0) })) };
}

/** A digest: what differs would fill screens. */
function numbers({ weights, intercepts, optimizerState, seen }: TrainOutcome): string {
  const hash = createHash("sha256");
  for (const part of [weights, intercepts, optimizerState, Float64Array.of(seen)]) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex");
}

for (const [name, optimizer] of Object.entries(SPECS)) {
  test.serial(`${name}: with its state kept, one epoch and then another are two epochs, to the bit`, async (t) => {
    const train = { optimizer, batchSize: 128, shuffle: false };
    // Penalties of FTRL count all examples behind the state; those of the others are applied in it, and so begin anew.
    const model = name === "ftrl" ? { l1: 1e-4, l2: 1e-3 } : {};
    const both = await trainOn(data, { train: { ...train, epochs: 2 }, model });
    const first = await trainOn(data, { train: { ...train, epochs: 1 }, model });
    const second = await trainOn(data, { train: { ...train, epochs: 1 }, model, options: { initial: startOf(first, true), workers: 2 } });
    t.is(numbers(second), numbers(both));
    t.not(numbers(second), numbers(first));
    t.not(second.key, (await trainOn(data, { train: { ...train, epochs: 1 }, model })).key, "the start is part of the key");
  });

  test.serial(`${name}: where nothing is to be learned, the weights stay what they were, with the state kept or reset`, async (t) => {
    const train = { optimizer, batchSize: 128, epochs: 1 };
    const first = await trainOn(data, { train });
    const kept = await trainOn(weightless(data), { train, options: { initial: startOf(first, true) } });
    t.is(numbers(kept), numbers(first));
    const reset = await trainOn(weightless(data), { train, options: { initial: startOf(first, false) } });
    const error = first.weights.map((w, f) => Math.abs(reset.weights[f]! - w) - 3e-7 * Math.abs(w) - Z_ROUNDING);
    t.true(Math.max(...error) <= 0, `${Math.max(...error)}`);
    t.true(Math.abs(reset.intercept - first.intercept) <= 3e-7 * Math.abs(first.intercept));
    t.is(reset.weights.filter((w) => w !== 0).length, first.weights.filter((w) => w !== 0).length);
    t.not(numbers(reset), numbers(first));
  });
}

test.serial("with the state reset, weights are penalised from their first gradient on; those that get none stay", async (t) => {
  const adagrad = { adagrad: { learningRate: 0.1, initialAccumulator: 0 } };
  for (const [name, optimizer] of Object.entries({ adam: ADAM, rmsprop: { rmsprop: { learningRate: 0.02, rho: 0.9, epsilon: 1e-7 } }, adagrad })) {
    const first = await trainOn(data, { train: { optimizer, batchSize: 128, epochs: 1 } });
    const later = problem([300], [], 2);
    const second = await trainOn(later, {
      train: { optimizer, batchSize: 128, epochs: 1 },
      model: { l2: 1e-3 },
      options: { initial: startOf(first, false) },
    });
    const met = new Set(Array.from(later.packs[0]!.ids["c3"]!, (id) => later.inputs.categorical[3]!.offset + id));
    const { offset, size } = later.inputs.categorical[3]!;
    let stayed = 0;
    for (let f = offset; f < offset + size; f++) {
      if (first.weights[f] === 0) continue;
      if (met.has(f)) t.not(second.weights[f], first.weights[f]);
      else stayed += Number(second.weights[f] === first.weights[f]);
    }
    t.true(stayed > 100, `${name}: ${stayed}`);
    t.true(second.weights.every(Number.isFinite));
  }
});

/** Rows of one class are left out, the intercepts are corrected. */
const sampled = (name: string, rate = 0.3): v1.SampleSpec.$Properties => ({ rates: [{ class: name, rate }], correct: v1.SampleSpec.Correct.INTERCEPT });

for (const [name, optimizer] of Object.entries({ ftrl: FTRL, adam: ADAM })) {
  test.serial(`${name}: a corrected intercept is what the training starts from, whatever was sampled before`, async (t) => {
    for (const [p, head, first, before] of [
      [data, v1.Head.LOGISTIC, "negative", {}],
      [data, v1.Head.LOGISTIC, "negative", { sample: sampled("negative", 0.6) }],
      [withClasses(data), v1.Head.SOFTMAX, "no", {}],
    ] as const) {
      const [train, model] = [{ optimizer, batchSize: 128, epochs: 1 }, { head }];
      const start = await trainOn(p, { train: { ...train, ...before }, model });
      for (const keep of [true, false]) {
        const after = await trainOn(weightless(p), { train: { ...train, sample: sampled(first) }, model, options: { initial: startOf(start, keep) } });
        for (const [k, intercept] of start.intercepts.entries())
          t.true(Math.abs(after.intercepts[k]! - intercept) <= 1e-6, `${head} ${keep} ${k}: ${after.intercepts[k]} ${intercept}`);
      }
    }
  });
}

test.serial("exact: a corrected intercept is at the optimum from the start", async (t) => {
  const run = { train: { optimizer: { exact: { tolerance: 1e-9, maxIterations: 100 } }, sample: sampled("negative", 0.1) }, model: { l2: 0.01 } };
  const cold = await trainOn(data, run);
  const warm = await trainOn(data, { ...run, options: { initial: startOf(cold, false) } });
  t.true(cold.metrics.steps! > 0);
  t.is(warm.metrics.steps, 0);
});

test.serial("with its state kept, one epoch of sampled rows and then another are two, to the bit", async (t) => {
  const train = { optimizer: FTRL, batchSize: 128, shuffle: false, sample: sampled("negative") };
  const both = await trainOn(data, { train: { ...train, epochs: 2 } });
  const first = await trainOn(data, { train: { ...train, epochs: 1 } });
  t.is(numbers(await trainOn(data, { train: { ...train, epochs: 1 }, options: { initial: startOf(first, true) } })), numbers(both));
});

test.serial("several classes, workers and an abort: a warm start gives the same bits", async (t) => {
  const p = withClasses(problem([900, 500], [300]));
  const train = { optimizer: FTRL, batchSize: 128, epochs: 2 };
  const model = { head: v1.Head.SOFTMAX, l1: 1e-5 };
  const first = await trainOn(p, { train, model });
  for (const keep of [true, false]) {
    const initial = startOf(first, keep);
    const clean = await trainOn(p, { train, model, options: { initial } });
    t.true(bits(await trainOn(p, { train, model, options: { initial, workers: 3, memoryBytes: 0 } })) === bits(clean));
    const root = temporaryFolder();
    await t.throwsAsync(trainUntil(8, p, { root, train, model, options: { initial } }), { instanceOf: CrossbillError, message: /stopped by request/ });
    const resumed = await trainOn(p, { root, train, model, options: { initial, workers: 2 } });
    t.true(resumed.resumedFromStep > 0);
    t.true(bits(resumed) === bits(clean));
    t.is(resumed.seen, clean.seen);
  }
});

test("a kept state goes to other features by what they were; new ones are as before a first update", (t) => {
  // Two features, the intercept, and two outputs of Adagrad: {w, G}.
  const state = new Uint8Array(Float32Array.of(1, 10, 2, 20, 3, 30, -1, 11, -2, 21, -3, 31).buffer);
  const map = (fromOutputs: number[]): number[] => [
    ...new Float32Array(mapOptimizerState({ state, optimizer: ADAGRAD, features: 2, outputs: 2, from: Uint32Array.of(1, NO_FEATURE, 0), fromOutputs }).buffer),
  ];
  const start = Math.fround(0.1);
  t.deepEqual(map([1, 0]), [-2, 21, 0, start, -1, 11, -3, 31, 2, 20, 0, start, 1, 10, 3, 30]);
  t.deepEqual(map([-1]), [0, start, 0, start, 0, start, 0, start]);
  t.throws(() => mapOptimizerState({ state: state.subarray(4), optimizer: ADAGRAD, features: 2, outputs: 2, from: Uint32Array.of(0), fromOutputs: [0] }), {
    message: /kept state of the optimiser has 44 bytes/,
  });
});

test.serial("a start that does not fit, or that FTRL cannot hold, is refused", async (t) => {
  const initial: InitialWeights = { weights: new Float64Array(data.inputs.features).fill(0.5), intercepts: Float64Array.of(0.1), sha256: "a" };
  const refused = async (more: object, train: object): Promise<CrossbillError> =>
    (await t.throwsAsync(trainOn(data, { train, options: { initial: { ...initial, ...more } } }), { instanceOf: CrossbillError })) as CrossbillError;
  t.like(await refused({ weights: new Float64Array(3) }, {}), { code: "E_UNSUPPORTED", exitCode: 2 });
  t.like(await refused({ intercepts: new Float64Array(CLASSES.length) }, {}), { code: "E_UNSUPPORTED", exitCode: 2 });
  t.like(await refused({ optimizerState: new Uint8Array(8) }, {}), { code: "E_UNSUPPORTED", exitCode: 2 });
  t.regex((await refused({}, { optimizer: { ftrl: { alpha: 0.1, beta: 0 } } })).message, /ftrl\.beta/);
});
