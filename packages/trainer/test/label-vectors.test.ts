import { CrossbillError, v1 } from "@crossbill/messages";
import { fitLinear } from "@crossbill/trainer";
import test from "ava";
import type { ArrayPack } from "../dist/rows/array-source.js";
import { ADAGRAD, arraysOf, bits, FTRL, type Problem, problem, trainOn, withClasses, withVectors } from "./support.js";

const EXACT = { optimizer: { exact: { tolerance: 1e-11, maxIterations: 100 } } };
const plain = problem([400, 333, 65], [150], 3, true);
const sets = withVectors(plain, false);
const distributions = withVectors(plain, true);

const PENALTIES = [{ l2: 1e-3 }, { l1: 2e-3, l2: 1e-4 }];

test.serial("several classes a row are as many logistic problems, one for each class", async (t) => {
  const F = plain.inputs.features;
  const labels = sets.packs.slice(0, 3).flatMap((pack) => [...pack.labels!]);
  const rows = arraysOf(plain);
  for (const penalties of PENALTIES) {
    const outcome = await trainOn(sets, { train: EXACT, model: { head: v1.Head.MULTI_LABEL, ...penalties } });
    let objective = 0;
    for (let k = 0; k < 3; k++) {
      const one = fitLinear({ ...rows, labels: labels.filter((_, i) => i % 3 === k) }, { solver: "exact", ...penalties, tolerance: 1e-11 });
      objective += one.objective;
      for (let f = 0; f < F; f++) t.true(Math.abs(one.weights[f]! - outcome.weights[k * F + f]!) < 1e-8, `class ${k}, feature ${f}`);
      t.true(Math.abs(one.intercept - outcome.intercepts[k]!) < 1e-8);
    }
    const { certificate: c } = outcome.metrics;
    t.true(Math.abs(objective - c!.objective!) < 1e-10 && Math.abs(c!.sumPredictions! - c!.sumLabels!) < 1e-9 * c!.sumLabels!);
    t.is(outcome.intercept, 0);
  }
});

/** Each training row once for every class, its weight times the class's share. */
function split(p: Problem): Problem {
  const three = <T extends Float64Array | Uint32Array>(of: T, make: (bytes: SharedArrayBuffer) => T): T => {
    const out = make(new SharedArrayBuffer(3 * of.byteLength));
    for (const [r, x] of of.entries()) out.fill(x, 3 * r, 3 * r + 3);
    return out;
  };
  const packs = p.packs.map((pack): ArrayPack => {
    const f64 = (of: Float64Array): Float64Array => three(of, (bytes) => new Float64Array(bytes));
    const u32 = (of: Uint32Array): Uint32Array => three(of, (bytes) => new Uint32Array(bytes));
    const weight = f64(pack.weight);
    weight.set(weight.map((w, i) => w * pack.labels![i]!));
    const label = f64(pack.label);
    label.set(label.map((_, i) => i % 3));
    return {
      label,
      weight,
      ids: Object.fromEntries(Object.entries(pack.ids).map(([name, of]) => [name, u32(of)])),
      numbers: Object.fromEntries(Object.entries(pack.numbers).map(([name, of]) => [name, f64(of)])),
    };
  });
  const partitions = p.manifest.partitions.map((one) => ({ packs: one.packs!.map((pack, i) => ({ ...pack, rows: packs[i]!.label.length })) }));
  return { packs, inputs: p.inputs, manifest: v1.IngestManifest.create({ classes: p.manifest.classes, partitions }) };
}

test.serial("softmax over a distribution is softmax over a row of each class, weighted by its share", async (t) => {
  const single = withVectors(problem([400, 333, 65], [150], 3), true);
  for (const penalties of PENALTIES) {
    const run = { train: EXACT, model: { head: v1.Head.SOFTMAX, ...penalties } };
    const [soft, hard] = [await trainOn(single, run), await trainOn(split(single), run)];
    for (const [i, w] of soft.weights.entries()) t.true(Math.abs(w - hard.weights[i]!) < 1e-8, `weight ${i}`);
    const [a, b] = [soft.metrics.certificate!, hard.metrics.certificate!];
    t.true(Math.abs(a.objective! - b.objective!) < 1e-10 && Math.abs(a.dualityGap! - b.dualityGap!) < 1e-9, `${a.objective} and ${b.objective}`);
    t.true(Math.abs(a.sumPredictions! - a.sumLabels!) < 1e-9 * a.sumLabels!);
    t.true(Math.abs(soft.metrics.validationLoss - hard.metrics.validationLoss) < 1e-10);
  }
});

test.serial("a distribution over one class is the class", async (t) => {
  const classes = withClasses(plain);
  const vectors = withVectors(plain, true);
  const packs = classes.packs.map((pack): ArrayPack => {
    const labels = new Float64Array(new SharedArrayBuffer(3 * pack.label.byteLength));
    for (const [r, y] of pack.label.entries()) labels[3 * r + y] = 1;
    return { ...pack, labels, label: new Float64Array(new SharedArrayBuffer(pack.label.byteLength)) };
  });
  for (const train of [{ optimizer: FTRL }, EXACT]) {
    const run = { train, model: { head: v1.Head.SOFTMAX, l2: 1e-3 } };
    const [hard, soft] = [await trainOn(classes, run), await trainOn({ ...vectors, packs }, run)];
    t.deepEqual(soft.weights, hard.weights);
    t.deepEqual(soft.intercepts, hard.intercepts);
  }
});

test.serial("the number of workers changes no bit", async (t) => {
  for (const [p, head] of [
    [sets, v1.Head.MULTI_LABEL],
    [distributions, v1.Head.SOFTMAX],
  ] as const)
    for (const train of [{ optimizer: ADAGRAD }, EXACT]) {
      const run = { train, model: { head, l2: 1e-3 }, entriesPerWorker: 1 };
      t.is(bits(await trainOn(p, { ...run, options: { workers: 3, memoryBytes: 3e7 } })), bits(await trainOn(p, { ...run, options: { workers: 1 } })));
    }
});

test("labels that are no vectors are refused by the head, packs without vectors by name", async (t) => {
  for (const train of [{}, EXACT]) {
    const none = await t.throwsAsync(trainOn(withClasses(plain), { train, model: { head: v1.Head.MULTI_LABEL } }), { instanceOf: CrossbillError });
    t.is((none as CrossbillError).code, "E_TRAIN_SPEC");
    const packs = sets.packs.map((pack) => {
      const { labels: _, ...rest } = pack;
      return rest;
    });
    const corrupt = await t.throwsAsync(trainOn({ ...sets, packs }, { train, model: { head: v1.Head.MULTI_LABEL } }), { instanceOf: CrossbillError });
    t.is((corrupt as CrossbillError).code, "E_CORRUPT");
  }
});
