import fs from "node:fs";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import { readSealed } from "@crossbill/storage";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import fc from "fast-check";
import { roundWeights } from "../dist/fixed-point.js";
import {
  loadModel,
  MODEL_FILE,
  type Model,
  type ModelContent,
  outputsOf,
  type Row,
  saveModel,
  strongestWeights,
  WEIGHTS_FILE,
  weightNorms,
} from "../dist/index.js";
import { MODEL_FORMAT, MODEL_KIND } from "../dist/model-files.js";
import { exampleContent, exampleState, SITES, saved, temporary } from "./example.js";

const UNIT = 2 ** -13;
const Q = v1.ModelSpec.WeightFormat.Q2_13;

const rows: Row[] = Array.from({ length: 40 }, (_, i) => ({
  age: i % 9 === 0 ? "" : String(5 + ((i * 37) % 110)),
  price: i / 7,
  site: i % 5 === 0 ? `new-${i}` : SITES[i % SITES.length]!,
  hour: i % 24,
  user: `u${(i * i) % 57}`,
}));

/** The example in 16 bits, or with the head's classes. */
function content(head: v1.Head = v1.Head.LOGISTIC, classes: readonly string[] = []): ModelContent {
  const state = exampleState();
  state.columns.find(({ name }) => name === "user")!.hashed!.buckets = 500;
  const base = exampleContent({ state, double: true });
  const K = outputsOf(head, classes.length);
  const F = base.placement.features;
  const weights = Float64Array.from({ length: K * F }, (_, i) => base.weights[(i * 7) % F]! * (i % 11 === 0 ? 40 : i % 13 === 0 ? 1e-4 : 1));
  const spec = v1.ModelSpec.create({ ...base.spec, head, weights: Q });
  return { ...base, spec, weights, classes, intercepts: Float64Array.from({ length: classes.length === 0 ? 0 : K }, (_, k) => 0.3 - k / 7) };
}

test("a weight becomes the nearest multiple of 2^-13, of two the even one; outside [-4, 4) the nearer end, which is counted", (t) => {
  const { weights, outside, lost } = roundWeights(
    Float64Array.of(0, 0.5 * UNIT, 1.5 * UNIT, 2.5 * UNIT, -0.5 * UNIT, -1.5 * UNIT, 0.4 * UNIT, 0.6 * UNIT, 3.9999, 4, -4, -4.1, 1e300, Number.NaN, 1 / 3),
  );
  t.deepEqual([...weights], [0, 0, 2 * UNIT, 2 * UNIT, 0, -2 * UNIT, 0, UNIT, 4 - UNIT, 4 - UNIT, -4, -4, 4 - UNIT, Number.NaN, 2731 * UNIT]);
  t.deepEqual([outside, lost], [3, 3]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: -4.5, max: 4.5, noNaN: true }).map((w) => (Math.abs(w) < 1e-300 ? 0 : w))), (drawn) => {
      const found = roundWeights(Float64Array.from(drawn));
      const again = roundWeights(found.weights);
      return (
        drawn.every((w, i) => {
          const r = found.weights[i]!;
          const clamped = Math.min(4 - UNIT, Math.max(-4, w));
          return Number.isInteger(r / UNIT) && Math.abs(r - clamped) <= UNIT / 2 && !Object.is(r, -0);
        }) &&
        again.weights.every((w, i) => w === found.weights[i]) &&
        again.outside + again.lost === 0
      );
    }),
  );
});

test("a model in 16 bits holds int16, is loaded as it was rounded, and every head's explanations add up to its logits", async (t) => {
  for (const [head, classes] of [
    [v1.Head.LOGISTIC, []],
    [v1.Head.SQUARED, []],
    [v1.Head.SOFTMAX, ["a", "b", "c"]],
    [v1.Head.ONE_VS_REST, ["a", "b", "c"]],
    [v1.Head.ONE_VS_ONE, ["a", "b", "c"]],
  ] as const) {
    const given = content(head, classes);
    const dir = path.join(temporary(), "model");
    const { rounded, nonZero } = await saveModel(dir, given);
    const expected = roundWeights(given.weights);
    t.deepEqual(rounded, { outside: expected.outside, lost: expected.lost });
    t.true(rounded!.outside > 0 && rounded!.lost > 0);
    t.is(nonZero, expected.weights.filter((w) => w !== 0).length);
    const model = await loadModel(dir);
    t.is(model.info().weightFormat, "q2.13");
    const table = tableFromIPC(fs.readFileSync(path.join(dir, WEIGHTS_FILE)));
    t.is(table.schema.metadata.get("crossbill.fixedPoint"), "2.13");
    t.is(String(classes.length === 0 ? table.schema.fields.at(-1)!.type : table.schema.fields.at(-1)!.type.children[0]!.type), "Int16");
    // The same weights, not rounded by the model: the same predictions to the bit.
    const spec = v1.ModelSpec.create({ ...given.spec, weights: v1.ModelSpec.WeightFormat.FULL });
    const twin = await loadModel(await saved({ ...given, spec, weights: expected.weights }));
    t.deepEqual(model.predict(rows), twin.predict(rows));
    t.not(model.sha256, twin.sha256);
    for (const row of rows) {
      const all = classes.length === 0 ? [undefined] : classes;
      for (const one of all) {
        const { logit, intercept, contributions } = model.explain(row, one);
        t.is(
          contributions.reduce((sum, { contribution }) => sum + contribution, intercept),
          logit,
        );
      }
      if (head !== v1.Head.ONE_VS_ONE) t.is(model.explain(row).logit, model.score(row).logit);
    }
    const { strongest } = await strongestWeights(dir, 1);
    t.is(Math.abs(strongest[0]!.weight), (await weightNorms(model)).all.lInfinity);
    t.true(Math.abs(strongest[0]!.weight) >= 4 - UNIT);
  }
});

test("16 bits take less room than 32 or 64, the rest is the same, and a diverged weight is refused", async (t) => {
  const given = content();
  const size = (dir: string): number => fs.statSync(path.join(dir, WEIGHTS_FILE)).size;
  const small = size(await saved(given));
  const spec = v1.ModelSpec.create({ ...given.spec, weights: v1.ModelSpec.WeightFormat.FULL });
  const weights = roundWeights(given.weights).weights;
  t.true(small < size(await saved({ ...given, spec, weights })));
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const diverged = given.weights.slice();
    diverged[3] = wrong;
    await t.throwsAsync(saved({ ...given, weights: diverged }), { code: "E_DIVERGED" });
  }
});

test("any flipped bit of either file is an error, and an earlier version would refuse the format", async (t) => {
  const dir = await saved(content());
  const model: Model = await loadModel(dir);
  t.is((await saveModel(path.join(temporary(), "again"), content())).sha256, model.sha256);
  const { payload } = await readSealed(path.join(dir, MODEL_FILE), MODEL_KIND, MODEL_FORMAT);
  t.is(v1.Model.decode(payload).formatVersion, 3);
  for (const name of [MODEL_FILE, WEIGHTS_FILE]) {
    const file = path.join(dir, name);
    const whole = fs.readFileSync(file);
    for (let i = 0; i < 60; i++) {
      const bit = (i * 7919 * 13) % (8 * whole.length);
      const damaged = Buffer.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      fs.writeFileSync(file, damaged);
      await t.throwsAsync(loadModel(dir), undefined, `${name}, bit ${bit}`);
    }
    fs.writeFileSync(file, whole);
  }
  t.is((await loadModel(dir)).sha256, model.sha256);
});
