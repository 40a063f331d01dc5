import { v1 } from "@crossbill/messages";
import test from "ava";
import { planTraining } from "../dist/rows/plan.js";
import type { TrainOutcome } from "../dist/train-options.js";
import { observedBlocks } from "../dist/watch/observer.js";
import { OPTIMIZERS, specOf } from "./optimizer-cases.js";
import { ADAGRAD, FTRL, logits, type Problem, problem, type Run, temporaryFolder, trainOn, trainUntil, withClasses, withVectors } from "./support.js";

const { LOGISTIC, MULTI_LABEL, ONE_VS_ONE, ONE_VS_REST, POISSON, SOFTMAX, SQUARED } = v1.Head;
const EXACT = { exact: { tolerance: 1e-9, maxIterations: 100 } };
const codes = ({ metrics }: TrainOutcome): string[] => metrics.diagnostics.map(({ code }) => code!);
const found = ({ metrics }: TrainOutcome, code: string): v1.Diagnostic.$Properties => metrics.diagnostics.find((one) => one.code === code)!;

/** The same rows, labels by the first column alone. */
function separable(p: Problem): Problem {
  for (const pack of p.packs) pack.label.set(Float64Array.from(pack.ids["c0"]!, (id) => (id === 1 ? 1 : 0)));
  return p;
}

/** Where most ids of the second column come with one class, and the others are as they were. */
function partly(p: Problem): Problem {
  for (const pack of p.packs) pack.ids["c1"]!.forEach((id, r) => id === 3 && (pack.label[r] = 1));
  return p;
}

test.serial("data that can be separated are told where no penalty holds the weights, by every solver", async (t) => {
  const p = separable(problem([900], []));
  for (const optimizer of [{ ftrl: { alpha: 1, beta: 1, l1: 0, l2: 0 } }, { adagrad: { learningRate: 0.5, initialAccumulator: 0.1 } }, EXACT]) {
    const run = { train: { optimizer, epochs: 12 }, model: { head: LOGISTIC } };
    const outcome = await trainOn(p, run);
    t.true(codes(outcome).includes("D_SEPARABLE"), JSON.stringify(outcome.metrics.diagnostics));
    const { message, value, info } = v1.Diagnostic.create(found(outcome, "D_SEPARABLE"));
    t.true(/all \d+ training rows/.test(message) && message.includes("model.l2") && value > 0 && value < 0.1 && !info, message);
    t.false(codes(await trainOn(p, { ...run, model: "exact" in optimizer ? { l1: 1e-5 } : { l2: 1e-4 } })).includes("D_SEPARABLE"));
  }
  const noisy = await trainOn(problem([900], []), { train: { optimizer: { ftrl: { alpha: 1, beta: 1, l1: 0, l2: 0 } }, epochs: 1 } });
  t.deepEqual(codes(noisy), []);
});

test.serial("so are those of several classes, and single values that come with one class; not counts, numbers and label vectors", async (t) => {
  const p = separable(problem([900], []));
  const classes = v1.IngestManifest.create({ ...p.manifest, classes: ["no", "yes"] });
  for (const head of [SOFTMAX, ONE_VS_REST, ONE_VS_ONE]) {
    const exact = await trainOn({ ...p, manifest: classes }, { train: { optimizer: EXACT }, model: { head } });
    t.true(codes(exact).includes("D_SEPARABLE"), `${head}`);
    if (head === ONE_VS_ONE) continue;
    const online = await trainOn(
      { ...p, manifest: classes },
      { train: { optimizer: { adagrad: { learningRate: 0.5, initialAccumulator: 0.1 } }, epochs: 12 }, model: { head } },
    );
    t.true(codes(online).includes("D_SEPARABLE"), `${head}`);
  }
  for (const head of [SQUARED, POISSON]) t.false(codes(await trainOn(p, { train: { optimizer: EXACT }, model: { head } })).includes("D_SEPARABLE"));
  const vectors = await trainOn(withVectors(p, false), { train: { optimizer: EXACT }, model: { head: MULTI_LABEL } });
  t.deepEqual(codes(vectors), []);
  const some = partly(problem([3000], []));
  const small = { ...some, inputs: { ...some.inputs, categorical: some.inputs.categorical.slice(0, 2) } };
  const partial = await trainOn(small, { train: { optimizer: EXACT } });
  const one = found(partial, "D_SEPARABLE");
  t.deepEqual([one.columns, codes(partial)], [["c1"], ["D_SEPARABLE"]]);
  t.regex(one.message!, /^\d+ weights of column c1 are beyond 15/);
});

test.serial("probabilities as good as 0 or 1 are told with their share", async (t) => {
  const p = problem([900], []);
  for (const pack of p.packs) for (let r = 0; r < 900; r++) pack.numbers["x0"]![r] = pack.numbers["x0"]![r]! * 1000;
  const run: Run = { train: { optimizer: { sgd: { learningRate: 0.01 } }, epochs: 2 }, model: { l2: 1e-6 } };
  const outcome = await trainOn(p, run);
  t.true(codes(outcome).includes("D_SATURATED"), JSON.stringify(outcome.metrics));
  const { value, message } = v1.Diagnostic.create(found(outcome, "D_SATURATED"));
  const [from, to] = observed(p, 256)[0]!;
  const z = logits(p.inputs, p.packs[0]!, outcome).slice(from, to);
  t.is(value, z.filter(([one]) => Math.abs(one!) > 15).length / z.length);
  t.true(value > 0.5 && message.includes(`of ${z.length} training rows looked at`), message);
  for (const model of [{ l1: 1e-9 }, { l2: 1e-11 }]) {
    const q = separable(problem([900, 300], [200]));
    const exact = await trainOn(q, { train: { optimizer: EXACT }, model });
    const all = q.packs.slice(0, 2).flatMap((pack) => logits(q.inputs, pack, exact));
    t.is(found(exact, "D_SATURATED").value, all.filter(([one]) => Math.abs(one!) > 15).length / 1200, JSON.stringify(model));
  }
});

test.serial("a learning rate that is too large is told with a smaller one, by every optimiser", async (t) => {
  const p = problem([2000], [400]);
  const rates: [v1.OptimizerSpec.$Properties, string][] = [
    [{ sgd: { learningRate: 300 } }, "learningRate is 300, try 30"],
    [{ momentum: { learningRate: 100, momentum: 0.9, nesterov: false } }, "learningRate is 100, try 10"],
    [{ adam: { learningRate: 20, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } }, "learningRate is 20, try 2"],
    [{ rmsprop: { learningRate: 20, rho: 0.9, epsilon: 1e-8 } }, "learningRate is 20, try 2"],
    [{ adagrad: { learningRate: 100, initialAccumulator: 0.1 } }, "learningRate is 100, try 10"],
    [{ ftrl: { alpha: 200, beta: 1, l1: 0, l2: 0 } }, "alpha is 200, try 20"],
  ];
  for (const [optimizer, advice] of rates) {
    const outcome = await trainOn(p, { train: { optimizer, epochs: 3 } });
    t.true(codes(outcome).includes("D_LOSS_RISES"), JSON.stringify([optimizer, outcome.metrics.curve]));
    t.true(found(outcome, "D_LOSS_RISES").message!.includes(advice), found(outcome, "D_LOSS_RISES").message!);
  }
});

test.serial("a training that goes well is told nothing, whatever the optimiser and the head", async (t) => {
  const p = problem([900, 700], [400]);
  for (const optimizer of [...OPTIMIZERS.map(({ options }) => specOf(options)), EXACT]) {
    t.deepEqual(codes(await trainOn(p, { train: { optimizer, epochs: 4 }, model: { l2: 1e-4 } })), [], JSON.stringify(optimizer));
  }
  const classes = await trainOn(withClasses(p), { train: { optimizer: ADAGRAD }, model: { head: SOFTMAX, l2: 1e-4 } });
  t.deepEqual(codes(classes), []);
  const vectors = await trainOn(withVectors(p, true), { train: { optimizer: ADAGRAD }, model: { head: SOFTMAX } });
  t.deepEqual(codes(vectors), []);
});

test.serial("columns whose weights all ended at 0 are noted", async (t) => {
  const p = problem([900], [400]);
  for (const optimizer of [FTRL, EXACT]) {
    const outcome = await trainOn(p, { train: { optimizer }, model: { l1: 0.004 } });
    const { columns, value, info, message } = v1.Diagnostic.create(found(outcome, "D_UNUSED_COLUMNS"));
    t.true(columns.length > 0 && columns.length === value && info && message.includes("smaller l1"), message);
    const all = [...p.inputs.categorical, ...p.inputs.numeric.map(({ name, offset, inputs: size }) => ({ name, offset, size }))];
    const zero = all.filter(({ offset, size }) => outcome.weights.slice(offset, offset + size).every((w) => w === 0));
    t.deepEqual(
      columns,
      zero.map(({ name }) => name),
    );
  }
});

/** Rows [from, to) of the training blocks that evaluations look at (one pack). */
function observed(p: Problem, batchSize: number): [number, number][] {
  const plan = planTraining(p.manifest, batchSize);
  return observedBlocks(plan.trainBlocks, plan.trainBlocks, 7).map((b) => [plan.blocks[b]!.from, plan.blocks[b]!.to]);
}

test.serial("the curve has the norm of the gradient and the loss of the rows looked at, the slow twin's for any number of workers", async (t) => {
  const binary = problem([900], [], 1, true);
  for (const [p, head] of [
    [binary, LOGISTIC],
    [withClasses(binary), SOFTMAX],
  ] as const) {
    const run: Run = { train: { optimizer: ADAGRAD, epochs: 2 }, model: { head, l2: 1e-3 } };
    const outcome = await trainOn(p, run);
    const { gradientNorm, observedLoss } = outcome.metrics.curve.at(-1)!;
    const twin = gradientOf(p, outcome, observed(p, 256)[0]!);
    t.true(Math.abs(gradientNorm! - twin.norm) < 1e-5 * twin.norm, `${gradientNorm} ${twin.norm}`);
    t.true(Math.abs(observedLoss! - twin.loss) < 1e-5 * twin.loss, `${observedLoss} ${twin.loss}`);
    t.deepEqual((await trainOn(p, { ...run, options: { workers: 3, memoryBytes: 0 } })).metrics, outcome.metrics);
  }
  const exact = await trainOn(binary, { train: { optimizer: EXACT }, model: { l2: 1e-3 } });
  const { curve, certificate } = exact.metrics;
  t.true(curve[0]!.gradientNorm! > 0.01 && curve.at(-1)!.gradientNorm! < 1e-8 && certificate!.gradientNorm! < 1e-8);
});

/** Loss and norm of the gradient of the mean loss over rows, in plain TypeScript from the returned weights. */
function gradientOf(p: Problem, outcome: TrainOutcome, [from, to]: readonly [number, number]): { loss: number; norm: number } {
  const pack = p.packs[0]!;
  const K = outcome.intercepts.length;
  const gradient = new Map<string, number>();
  let [loss, total] = [0, 0];
  const all = logits(p.inputs, pack, outcome);
  for (let r = from; r < to; r++) {
    const [z, y, w] = [all[r]!, pack.label[r]!, pack.weight[r]!];
    const e = K === 1 ? [] : z.map((x) => Math.exp(x));
    const sum = e.reduce((s, x) => s + x, 0);
    const p1 = 1 / (1 + Math.exp(-z[0]!));
    loss += w * (K === 1 ? -Math.log(y === 1 ? p1 : 1 - p1) : -Math.log(e[y]! / sum));
    total += w;
    for (let k = 0; k < K; k++) {
      const residual = w * (K === 1 ? p1 - y : e[k]! / sum - (y === k ? 1 : 0));
      const add = (f: number, x: number): void => void gradient.set(`${k} ${f}`, (gradient.get(`${k} ${f}`) ?? 0) + residual * x);
      for (const [f, x] of entriesOf(p, r)) add(f, x);
    }
  }
  return { loss: loss / total, norm: Math.hypot(...gradient.values()) / total };
}

function entriesOf(p: Problem, r: number): [number, number][] {
  const { inputs } = p;
  const pack = p.packs[0]!;
  const { offsets, ids, values } = pack.pairs!["m"]!;
  const x1 = pack.numbers["x1"]![r]!;
  return [
    [inputs.features, 1],
    ...inputs.categorical.map(({ name, offset }): [number, number] => [offset + pack.ids[name]![r]!, 1]),
    [inputs.numeric[0]!.offset, pack.numbers["x0"]![r]!],
    [inputs.numeric[1]!.offset, Number.isNaN(x1) ? 0.25 : x1],
    [inputs.numeric[1]!.offset + 1, Number.isNaN(x1) ? 1 : 0],
    ...Array.from(ids.subarray(offsets[r], offsets[r + 1]), (id, i): [number, number] => [inputs.multi[0]!.offset + id, values![offsets[r]! + i]!]),
  ];
}

test.serial("what was found is the same of a finished training, of one that goes on, and for any number of workers", async (t) => {
  const p = separable(problem([900, 300], [200]));
  const run: Run = { train: { optimizer: { sgd: { learningRate: 100 } }, epochs: 3, evaluateEverySteps: 2 } };
  const one = await trainOn(p, run);
  t.true(codes(one).length > 0);
  t.deepEqual((await trainOn(p, { ...run, options: { workers: 3, memoryBytes: 0 } })).metrics, one.metrics);
  const root = temporaryFolder();
  await t.throwsAsync(trainUntil(5, p, { ...run, root }), { code: "E_ABORTED" });
  const on = await trainOn(p, { ...run, root });
  t.deepEqual(on.metrics, one.metrics);
  t.deepEqual((await trainOn(p, { ...run, root })).metrics, one.metrics);
});
