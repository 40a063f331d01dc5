import fs from "node:fs";
import path from "node:path";
import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { loadModel, placeColumns, saveModel } from "../dist/index.js";
import { exampleContent, exampleState, saved, temporary } from "./example.js";

test("what is saved is loaded: hash, counts, lineage, metrics", async (t) => {
  const dir = path.join(temporary(), "model");
  const lineage = v1.Lineage.create({ build: "test", seed: 7 });
  const metrics = v1.TrainMetrics.create({ epochs: 3, validationLoss: Number.NaN });
  const written = await saveModel(dir, exampleContent({ lineage, metrics }));
  const model = await loadModel(dir);
  t.deepEqual(fs.readdirSync(dir).sort(), ["model.pb", "weights.arrow"]);
  t.is(model.sha256, written.sha256);
  t.is(model.nonZero, written.nonZero);
  t.is(model.parameters, written.parameters);
  t.is(model.bytes, written.bytes);
  t.is(
    written.bytes,
    fs.readdirSync(dir).reduce((sum, file) => sum + fs.statSync(path.join(dir, file)).size, 0),
  );
  t.is(model.lineage?.seed, 7);
  t.is(model.metrics?.epochs, 3);
});

test("equal models have equal hashes and files, whatever their lineage, metrics and folder", async (t) => {
  const [a, b] = [path.join(temporary(), "a"), path.join(temporary(), "b", "deeper")];
  const first = await saveModel(a, exampleContent({ lineage: v1.Lineage.create({ configSha256: "1" }) }));
  const second = await saveModel(b, exampleContent({ metrics: v1.TrainMetrics.create({ steps: 9 }) }));
  t.is(first.sha256, second.sha256);
  t.deepEqual(fs.readFileSync(path.join(a, "weights.arrow")), fs.readFileSync(path.join(b, "weights.arrow")));
});

test("another weight, intercept, head, boundary or vocabulary is another hash", async (t) => {
  const hash = async (content: ReturnType<typeof exampleContent>) => (await saveModel(path.join(temporary(), "m"), content)).sha256;
  const base = exampleContent();
  const weights = Float32Array.from(base.weights);
  weights[0] = 0.77;
  const hashes = await Promise.all(
    [
      base,
      { ...base, weights },
      { ...base, intercept: 1 },
      exampleContent({ spec: v1.ModelSpec.create({ columns: base.spec.columns, l1: base.spec.l1, head: v1.Head.SQUARED }) }),
      exampleContent({ state: exampleState(["x", "y", "z", "1", "2", "3"]) }),
    ].map(hash),
  );
  t.is(new Set(hashes).size, hashes.length);
});

test("a model without any non-zero weight predicts its intercept", async (t) => {
  const content = exampleContent();
  const dir = await saved({ ...content, weights: new Float32Array(content.placement.features) });
  const model = await loadModel(dir);
  t.is(model.score({ age: "not a number, and not needed" }).logit, -1.25);
  t.deepEqual(model.data.fields, []);
});

test("zero weights cost nothing: the folder of a sparse model is small", async (t) => {
  const full = await loadModel(await saved(exampleContent()));
  const sparse = await loadModel(await saved(exampleContent({ dead: ["user", "bandHour"] })));
  t.true(sparse.bytes * 20 < full.bytes);
});

test("a diverged model is not written", async (t) => {
  const content = exampleContent();
  const weights = Float32Array.from(content.weights);
  weights[3] = Number.NaN;
  const dir = path.join(temporary(), "model");
  for (const bad of [
    { ...content, weights },
    { ...content, intercept: Number.POSITIVE_INFINITY },
  ]) {
    t.is((await t.throwsAsync(saveModel(dir, bad), { instanceOf: CrossbillError }))?.code, "E_DIVERGED");
  }
  t.is((await t.throwsAsync(saveModel(dir, { ...content, weights: weights.subarray(1) }), { instanceOf: CrossbillError }))?.code, "E_MODEL_PLACEMENT");
  t.false(fs.existsSync(dir));
});

test("a model's columns must be there, once", (t) => {
  for (const columns of [["age", "nowhere"], ["age", "age"], []]) {
    const thrown = t.throws(() => placeColumns(v1.ModelSpec.create({ columns }), exampleState()), { instanceOf: CrossbillError });
    t.is(thrown?.code, "E_MODEL_COLUMN");
    t.is(thrown?.exitCode, 2);
  }
});
