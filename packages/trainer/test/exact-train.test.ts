import { CrossbillError, isOfClasses, v1 } from "@crossbill/messages";
import { classPairs } from "@crossbill/models";
import { fitLinear } from "@crossbill/trainer";
import test from "ava";
import { twinObjective } from "./exact-twin.js";
import { arraysOf, bits, CLASSES as classes, problem, type Run, trainOn, withClasses } from "./support.js";

const data = problem([900, 500, 65], [400, 130], 1, true);
const several = withClasses(data);
/** Counts, most of them 0. */
const counts = { ...data, packs: data.packs.map((pack) => ({ ...pack, label: pack.label.map((y, r) => y * (1 + (r % 3))) })) };

const exact = (run: Run = {}): Run => ({
  train: { optimizer: { exact: { tolerance: 1e-9, maxIterations: 100 } } },
  model: { l2: 1e-3 },
  entriesPerWorker: 1,
  ...run,
});

test.serial("one solution, bit for bit, for any number of workers", async (t) => {
  for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED, v1.Head.POISSON, v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE]) {
    const run = exact({ model: { l2: 1e-3, head } });
    const of = isOfClasses(head) ? several : head === v1.Head.POISSON ? counts : data;
    const wanted = bits(await trainOn(of, { ...run, options: { workers: 1 } }));
    for (const workers of head === v1.Head.LOGISTIC ? [2, 7] : [3])
      t.is(bits(await trainOn(of, { ...run, options: { workers } })), wanted, `${workers} workers`);
  }
});

test.serial("with L1, of one prediction and of several classes, zeros are exact and the bits the same for any number of workers", async (t) => {
  for (const head of [v1.Head.LOGISTIC, v1.Head.SOFTMAX]) {
    const of = head === v1.Head.SOFTMAX ? several : data;
    const run = exact({ model: { l1: 2e-3, head } });
    const one = await trainOn(of, { ...run, options: { workers: 1 } });
    t.true(one.metrics.certificate!.converged);
    const nonZero = one.weights.filter((w) => w !== 0).length;
    t.true(nonZero > 5 && nonZero < one.weights.length / 20, `${nonZero} of ${one.weights.length}`);
    t.is(one.metrics.curve.at(-1)!.nonZero, nonZero);
    t.is(bits(await trainOn(of, { ...run, options: { workers: 3 } })), bits(one));
  }
});

test.serial("random sleeps before every barrier change nothing", async (t) => {
  for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED]) {
    const run = exact({ model: { l2: 1e-2, head }, train: { optimizer: { exact: { tolerance: 1e-3, maxIterations: 100 } } } });
    const wanted = bits(await trainOn(data, { ...run, options: { workers: 1 } }));
    process.env["CROSSBILL_FAULT"] = "gang:*:sleep";
    try {
      t.is(bits(await trainOn(data, { ...run, options: { workers: 3 } })), wanted, "sleeps");
    } finally {
      delete process.env["CROSSBILL_FAULT"];
    }
  }
});

test.serial("packs and arrays have the same optimum; the certificate, metrics and validation loss belong to it", async (t) => {
  const outcome = await trainOn(data, exact());
  const fit = fitLinear(arraysOf(data), { solver: "exact", l2: 1e-3, tolerance: 1e-9 });
  const far = Math.max(...outcome.weights.map((w, f) => Math.abs(w - fit.weights[f]!)));
  t.true(far < 1e-7, `${far}`);
  const c = outcome.metrics.certificate!;
  t.true(Math.abs(c.objective - fit.objective) < 1e-12);
  t.true(c.converged && c.relativeGradientNorm <= 1e-9);
  t.true(Math.abs(c.sumPredictions - c.sumLabels) <= 1e-12 * c.sumLabels);
  t.true(outcome.metrics.progressiveLoss < c.objective);
  t.is(outcome.metrics.curve.length, outcome.metrics.steps + 1);
  t.true(outcome.metrics.validationLoss > 0.2 && outcome.metrics.validationLoss < 0.8);
  t.is(outcome.rowsProcessed, outcome.metrics.epochs * 1465);
  t.deepEqual(outcome.warnings, []);
});

test.serial("squared and poisson over packs, with L1 and L2, have the optimum that arrays have", async (t) => {
  const rows = arraysOf(counts);
  for (const [loss, head] of [
    ["squared", v1.Head.SQUARED],
    ["poisson", v1.Head.POISSON],
  ] as const)
    for (const penalties of [{ l2: 1e-3 }, { l1: 2e-3, l2: 1e-4 }]) {
      const outcome = await trainOn(counts, exact({ model: { ...penalties, head }, options: { workers: 2 } }));
      const fit = fitLinear(rows, { solver: "exact", loss, ...penalties, tolerance: 1e-9 });
      const far = Math.max(...outcome.weights.map((w, f) => Math.abs(w - fit.weights[f]!)), Math.abs(outcome.intercept - fit.intercept));
      t.true(far < 1e-6, `${loss}: ${far}`);
      const c = outcome.metrics.certificate!;
      t.true(Math.abs(c.objective! - fit.objective) <= 1e-12 * Math.max(1, Math.abs(fit.objective)), `${c.objective} and ${fit.objective}`);
      t.true(c.converged === true && Math.abs(c.sumPredictions! - c.sumLabels!) <= 1e-10 * c.sumLabels!);
      t.is(outcome.weights.filter((w) => w !== 0).length, fit.weights.filter((w) => w !== 0).length);
    }
});

test.serial("oneVsRest and oneVsOne: each output is the optimum of its own rows and labels; a class without rows has one, too", async (t) => {
  const l2 = 1e-3;
  const F = several.inputs.features;
  const rows = arraysOf(several);
  for (const [head, problems] of [
    [v1.Head.ONE_VS_REST, classes.map((_, k) => [k, null] as const)],
    [v1.Head.ONE_VS_ONE, classPairs(3)],
  ] as const) {
    const outcome = await trainOn(several, exact({ model: { l2, head } }));
    t.deepEqual([outcome.weights.length, outcome.intercepts.length, outcome.intercept], [problems.length * F, problems.length, 0]);
    let objective = 0;
    for (const [p, [a, b]] of problems.entries()) {
      const weights = Array.from(rows.labels, (y, i) => (b === null || y === a || y === b ? rows.weights![i]! : 0));
      const labels = Array.from(rows.labels, (y) => (y === a ? 1 : 0));
      const fit = fitLinear({ ...rows, labels, weights }, { solver: "exact", l2, tolerance: 1e-9 });
      const own = outcome.weights.subarray(p * F, (p + 1) * F);
      t.true(Math.max(...own.map((w, f) => Math.abs(w - fit.weights[f]!))) < 1e-6, `problem ${p}`);
      t.true(Math.abs(outcome.intercepts[p]! - fit.intercept) < 1e-6);
      objective += fit.objective;
    }
    const { certificate, curve, steps, validationLoss } = outcome.metrics;
    t.true(certificate!.converged && certificate!.relativeGradientNorm <= 1e-9);
    t.true(Math.abs(certificate!.objective - objective) < 1e-10);
    t.true(Math.abs(certificate!.sumPredictions - certificate!.sumLabels) <= 1e-10 * certificate!.sumLabels);
    t.true(curve.length > 1 && curve.length < steps && Math.abs(curve.at(-1)!.progressiveLoss! - outcome.metrics.progressiveLoss) < 1e-9);
    t.true(validationLoss > 0);
    const more = v1.IngestManifest.create({ ...several.manifest, classes: [...classes, "never", "nor this"] });
    const five = await trainOn({ ...several, manifest: more }, exact({ model: { l2, head } }));
    t.true(five.metrics.certificate!.converged && five.weights.every(Number.isFinite) && five.intercepts.every(Number.isFinite));
    t.deepEqual(five.warnings, []);
    if (head === v1.Head.ONE_VS_REST) {
      // A class that never comes is far behind.
      t.true(five.weights.subarray(3 * F).every((w) => w === 0) && five.intercepts[3]! < -5 && five.intercepts[3] === five.intercepts[4]);
      continue;
    }
    const none = classPairs(5).findIndex(([a, b]) => a === 3 && b === 4);
    t.true(five.weights.subarray(none * F, (none + 1) * F).every((w) => w === 0));
    t.is(five.intercepts[none], 0);
  }
});

test.serial(
  "softmax: the gradient of the slow twin vanishes at the solution, sums of predictions are those of labels, weights are about zero on average",
  async (t) => {
    const l2 = 1e-3;
    const outcome = await trainOn(several, exact({ model: { l2, head: v1.Head.SOFTMAX } }));
    const F = several.inputs.features;
    t.is(outcome.weights.length, 3 * F);
    t.is(outcome.intercept, 0);
    const w = classes.map((_, k) => [...outcome.weights.subarray(k * F, (k + 1) * F), outcome.intercepts[k]!]);
    const rows = arraysOf(several);
    const twin = twinObjective(rows, "softmax", l2, w);
    const start = twinObjective(
      rows,
      "softmax",
      l2,
      w.map((of) => of.map(() => 0)),
    );
    const norm = (g: readonly number[][]): number => Math.hypot(...g.flat());
    t.true(norm(twin.gradient) < 1e-8 * norm(start.gradient), `${norm(twin.gradient)} of ${norm(start.gradient)}`);
    const c = outcome.metrics.certificate!;
    t.true(Math.abs(c.objective - twin.objective) < 1e-12);
    t.true(Math.abs(c.gradientNorm - norm(twin.gradient)) < 1e-12);
    for (let k = 0; k < 3; k++) {
      const labels = Array.from(rows.labels).reduce((sum, y, i) => sum + (y === k ? rows.weights![i]! : 0), 0);
      t.true(Math.abs(twin.sumPredictions[k]! - labels) <= 1e-10 * labels, `class ${k}: ${twin.sumPredictions[k]} and ${labels}`);
    }
    for (let f = 0; f <= F; f++) t.true(Math.abs(w[0]![f]! + w[1]![f]! + w[2]![f]!) < 1e-7);
    // The gradient itself is right: finite differences of the twin's objective.
    const at = (h: number) =>
      twinObjective(
        rows,
        "softmax",
        l2,
        w.map((of, k) => of.map((x, f) => x + h * Math.cos(f + k))),
      );
    const h = 1e-5;
    const along = at(h)
      .gradient.flatMap((g, k) => g.map((x, f) => x * Math.cos(f + k)))
      .reduce((a, b) => a + b, 0);
    t.true(Math.abs((at(2 * h).objective - at(0).objective) / (2 * h) - along) < 1e-6 * Math.abs(along) + 1e-8);
  },
);

test.serial("two classes of softmax predict as the logistic head does", async (t) => {
  const two = { ...data, manifest: v1.IngestManifest.create({ ...data.manifest, classes: ["0", "1"] }) };
  // Each of the two classes takes half of the weight, so that the penalty of both is half as large.
  const soft = await trainOn(two, exact({ model: { l2: 2e-3, head: v1.Head.SOFTMAX } }));
  const logistic = await trainOn(data, exact());
  const F = data.inputs.features;
  for (let f = 0; f < F; f++) t.true(Math.abs(soft.weights[F + f]! - soft.weights[f]! - logistic.weights[f]!) < 1e-6);
  t.true(Math.abs(soft.intercepts[1]! - soft.intercepts[0]! - logistic.intercept) < 1e-6);
});

test.serial("too few steps are said, a stop by request and a worker lost twice end it, and the next call has the same bits", async (t) => {
  const clean = bits(await trainOn(data, exact()));
  const short = await trainOn(data, exact({ train: { optimizer: { exact: { tolerance: 1e-12, maxIterations: 2 } } } }));
  t.false(short.metrics.certificate!.converged);
  t.regex(short.warnings[0]!, /maxIterations/);
  const controller = new AbortController();
  controller.abort();
  const code = async (run: Run): Promise<string> => {
    const thrown = await t.throwsAsync(trainOn(data, exact(run)), { instanceOf: CrossbillError });
    return (thrown as CrossbillError).code;
  };
  t.is(await code({ options: { signal: controller.signal } }), "E_ABORTED");
  const later = new AbortController();
  setTimeout(() => later.abort(), 400);
  process.env["CROSSBILL_FAULT"] = "gang:*:sleep";
  try {
    t.is(await code({ options: { workers: 2, signal: later.signal } }), "E_ABORTED");
  } finally {
    delete process.env["CROSSBILL_FAULT"];
  }
  t.is(await code({ model: { head: v1.Head.ONE_VS_ONE }, train: {} }), "E_UNSUPPORTED");
  t.is(await code({ options: { memoryBytes: 100_000 } }), "E_MEMORY");
  process.env["CROSSBILL_FAULT"] = "gang-1:stage25:throw:3";
  try {
    const thrown = await t.throwsAsync(trainOn(data, exact({ options: { workers: 2 } })), { instanceOf: CrossbillError });
    t.regex((thrown as CrossbillError).message, /injected fault/, "in both attempts");
  } finally {
    delete process.env["CROSSBILL_FAULT"];
  }
  t.is(bits(await trainOn(data, exact({ options: { workers: 2 } }))), clean);
});
