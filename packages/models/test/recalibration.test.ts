import fs from "node:fs";
import path from "node:path";
import { applyToLogit, type Recalibration, recalibratedProbability } from "@crossbill/calibration";
import { RowEncoder } from "@crossbill/columns";
import { CrossbillError, decodeMessage, v1 } from "@crossbill/messages";
import { readSealed } from "@crossbill/storage";
import test from "ava";
import {
  type ClassPrediction,
  type EncodedRows,
  exportModel,
  loadModel,
  MODEL_FILE,
  MODEL_FORMAT,
  type Model,
  placeColumns,
  type Row,
  saveModel,
} from "../dist/index.js";
import { COLUMNS, exampleContent, exampleState, SITES, saved, temporary } from "./example.js";
import { runOnnx, runtime } from "./onnx-session.js";

const KINDS: readonly Recalibration[] = [
  { kind: "isotonic", knots: [0.05, 0.2, 0.25, 0.6], values: [0.01, 0.15, 0.15, 0.7] },
  { kind: "platt", slope: 0.7, intercept: -0.4 },
  { kind: "beta", a: 1.4, b: 0.6, c: 0.25 },
  { kind: "temperature", temperature: 1.8 },
  { kind: "sampling", negativeRate: 0.1, positiveRate: 1 },
];
const rows: Row[] = Array.from({ length: 40 }, (_, i) => ({
  age: i % 9 === 0 ? "" : String(5 + ((i * 37) % 110)),
  price: i / 7,
  site: i % 5 === 0 ? `new-${i}` : SITES[i % SITES.length]!,
  hour: i % 24,
  user: `u${(i * i) % 57}`,
}));

/** Rows as a pack would hold them, encoded with the model's state or the one it was fitted with. */
function batchOf(model: Model, of: readonly Row[], state = model.state): EncodedRows {
  const encoder = new RowEncoder(
    model.columns.map(({ placed }) => placed.spec),
    state,
    model.data.missing,
  );
  const encoded = of.map((row) => encoder.encodeRow(row));
  const names = (numeric: boolean): string[] => model.columns.filter(({ placed }) => placed.numeric === numeric).map(({ placed }) => placed.name);
  return {
    rows: of.length,
    ids: new Map(names(false).map((name) => [name, Uint32Array.from(encoded, (row) => row.ids.get(name)!)])),
    numbers: new Map(names(true).map((name) => [name, Float64Array.from(encoded, (row) => row.numbers.get(name)!)])),
  };
}

const plain = await loadModel(await saved(exampleContent()));
const withMap = async (recalibration: Recalibration): Promise<Model> => loadModel(await saved(exampleContent({ recalibration })));

for (const map of KINDS) {
  test(`${map.kind}: every way to a prediction applies it, to the same bits`, async (t) => {
    const model = await withMap(map);
    t.deepEqual(model.recalibration, map);
    t.deepEqual(model.info().recalibration, map);
    const raw = rows.map((row) => plain.score(row).logit);
    const want = raw.map((z) => recalibratedProbability(map, z));
    t.notDeepEqual(want, plain.predict(rows));
    t.deepEqual(model.predict(rows), want);
    t.deepEqual(
      rows.map((row) => model.score(row).prediction),
      want,
    );
    t.deepEqual(
      rows.map((row) => model.score(row).logit),
      raw.map((z) => applyToLogit(map, z)),
    );
    const batch = batchOf(model, rows);
    t.deepEqual([...model.predictBatch(batch)], want);
    t.deepEqual([...model.scorer(exampleState())(batchOf(model, rows, exampleState()))], want);
    t.deepEqual(
      [...model.predictBatch(batch, { logits: true })],
      raw.map((z) => applyToLogit(map, z)),
    );
  });

  test(`${map.kind}: contributions add up to the logit of the weights; the recalibrated one stands beside it`, async (t) => {
    const model = await withMap(map);
    for (const row of rows.slice(0, 5)) {
      const { logit, recalibrated, prediction, intercept, contributions } = model.explain(row);
      t.is(
        contributions.reduce((sum, c) => sum + c.contribution, intercept),
        logit,
      );
      t.is(logit, plain.explain(row).logit);
      t.is(recalibrated, applyToLogit(map, logit));
      t.is(prediction, model.predict(row));
    }
    t.is(plain.explain(rows[0]!).recalibrated, null);
  });

  (runtime === null ? test.skip : test)(`${map.kind}: ONNX Runtime gives the model's recalibrated predictions`, async (t) => {
    const content = exampleContent({ recalibration: map });
    content.state.columns.find(({ name }) => name === "user")!.hashed!.buckets = 500;
    const placement = placeColumns(content.spec, content.state);
    const weights = Float64Array.from({ length: placement.features }, (_, i) => (((i * 7919) % 101) - 50) / 60);
    const model = await loadModel(await saved({ ...content, placement, weights }));
    const file = path.join(temporary(), "model.onnx");
    await exportModel(model, "onnx", file);
    const { probability, logit } = await runOnnx(fs.readFileSync(file), model, rows);
    for (const [i, row] of rows.entries()) {
      const score = model.score(row);
      t.true(Math.abs(probability![i]! - score.prediction) < 1e-12, `${probability![i]} ${score.prediction}`);
      t.true(Math.abs(logit![i]! - score.logit) < 1e-10, `${logit![i]} ${score.logit}`);
    }
  });
}

test("a recalibration is part of the model's identity, and a model without one is as it was", async (t) => {
  const one = await withMap(KINDS[1]!);
  t.is((await withMap({ ...KINDS[1]! })).sha256, one.sha256);
  t.not((await withMap(KINDS[2]!)).sha256, one.sha256);
  t.not(plain.sha256, one.sha256);
  const written = async (model: Model): Promise<v1.Model> =>
    decodeMessage(v1.Model, (await readSealed(path.join(model.path, MODEL_FILE), "model", MODEL_FORMAT)).payload, "model");
  t.true((await written(plain)).formatVersion < 4);
  t.is((await written(plain)).recalibration as v1.Recalibration | null, null);
  t.is((await written(one)).formatVersion, 4);
  const none = await saveModel(path.join(temporary(), "model"), exampleContent({ recalibration: null }));
  t.is(none.sha256, plain.sha256);
});

const CLASSES = ["x", "y", "z"];
function classContent(head: v1.Head, recalibration: Recalibration | null): Parameters<typeof saveModel>[1] {
  const state = exampleState();
  const spec = v1.ModelSpec.create({ head, columns: COLUMNS });
  const placement = placeColumns(spec, state);
  const weights = Float64Array.from({ length: 3 * placement.features }, (_, i) => (((i * 7919) % 101) - 50) / 60);
  return { ...exampleContent(), state, spec, placement, weights, classes: CLASSES, intercepts: [0.1, -0.2, 0.4], recalibration };
}

test("a temperature of several classes divides their logits: the class stays, the probabilities draw together", async (t) => {
  const map: Recalibration = { kind: "temperature", temperature: 2 };
  for (const head of [v1.Head.SOFTMAX, v1.Head.SAMPLED_SOFTMAX, v1.Head.NCE]) {
    const cold = await loadModel(await saved(classContent(head, null)));
    const model = await loadModel(await saved(classContent(head, map)));
    for (const row of rows.slice(0, 8)) {
      const { logit, recalibrated } = model.explain(row, "y");
      t.is(recalibrated, logit / 2);
      const odds = CLASSES.map((name) => Math.exp(cold.explain(row, name).logit / 2));
      const got = model.predict<ClassPrediction>(row);
      t.is(got.class, cold.predict<ClassPrediction>(row).class);
      for (const [k, name] of CLASSES.entries()) t.true(Math.abs(got.probabilities[name]! - odds[k]! / odds.reduce((a, b) => a + b)) < 1e-12);
      const batch = batchOf(model, [row]);
      t.deepEqual([...model.predictBatch(batch)], Object.values(got.probabilities));
      t.deepEqual([...model.classesOf(model.predictBatch(batch, { logits: true })).probabilities], Object.values(got.probabilities));
    }
  }
});

test("a recalibration that the head cannot have, or that is no map, is refused", async (t) => {
  const refused = async (content: Parameters<typeof saveModel>[1]): Promise<string | undefined> =>
    (await t.throwsAsync(async () => loadModel(await saved(content)), { instanceOf: CrossbillError }))?.code;
  t.is(await refused(classContent(v1.Head.SOFTMAX, KINDS[1]!)), "E_MODEL_INVALID");
  t.is(await refused(classContent(v1.Head.ONE_VS_REST, KINDS[3]!)), "E_MODEL_INVALID");
  t.is(
    await refused({ ...exampleContent(), spec: v1.ModelSpec.create({ head: v1.Head.SQUARED, columns: COLUMNS }), recalibration: KINDS[0]! }),
    "E_MODEL_INVALID",
  );
  t.is(await refused(exampleContent({ recalibration: { kind: "isotonic", knots: [0.5, 0.2], values: [0, 1] } })), "E_MESSAGE_CORRUPT");
});
