import fs from "node:fs";
import path from "node:path";
import { RowEncoder } from "@crossbill/columns";
import { CrossbillError, v1 } from "@crossbill/messages";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import {
  type ClassPrediction,
  classResponse,
  loadModel,
  type ModelContent,
  outputSigns,
  outputsOf,
  type Row,
  saveModel,
  softmax,
  strongestWeights,
} from "../dist/index.js";
import { decodeWeights, encodeWeights } from "../dist/weights-file.js";
import { exampleContent, exampleState, SITES, saved, temporary } from "./example.js";

const CLASSES = ["10", "__proto__", "größe"];
const INTERCEPTS = [0.5, -0.25, 0];

/** Three classes over the example's columns: a third of the weights are zero, not the same ones of each class; one column has none of the last class. */
function content(double = true): ModelContent {
  const base = exampleContent({ double });
  const F = base.placement.features;
  const weights = double ? new Float64Array(3 * F) : new Float32Array(3 * F);
  for (let k = 0; k < 3; k++) for (let f = 0; f < F; f++) weights[k * F + f] = base.weights[(f + 7 * k) % F]! * (1 + k / 3);
  const { offset, size } = base.placement.columns.find(({ name }) => name === "site")!;
  weights.fill(0, 2 * F + offset, 2 * F + offset + size);
  const spec = v1.ModelSpec.create({ ...base.spec, head: v1.Head.SOFTMAX });
  return { ...base, spec, weights, classes: CLASSES, intercepts: INTERCEPTS };
}

const rows: Row[] = Array.from({ length: 60 }, (_, i) => ({
  age: i % 9 === 0 ? "" : String(5 + ((i * 37) % 110)),
  price: i / 7,
  site: i % 5 === 0 ? `new-${i}` : SITES[i % SITES.length]!,
  hour: i % 24,
  user: `u${(i * i) % 57}`,
}));

/** Logits by definition, from all weights. */
function slowLogits(row: Row, { placement, state, weights }: ModelContent, intercepts: readonly number[] = INTERCEPTS): number[] {
  const encoded = new RowEncoder(state.columns, state, ["", "?"]).encodeRow(row);
  return intercepts.map((intercept, k) => {
    const w = (f: number): number => weights[k * placement.features + f]!;
    let logit = intercept;
    for (const { name, offset, numeric } of placement.columns) {
      const x = encoded.numbers.get(name)!;
      if (!numeric) logit += w(offset + encoded.ids.get(name)!);
      else if (name === "age") {
        logit += w(offset) * (Number.isNaN(x) ? 0 : (Math.min(100, Math.max(0, x)) - 40) / 12);
        if (Number.isNaN(x)) logit += w(offset + 1);
      } else logit += w(offset) * (Number.isNaN(x) ? 0 : x);
    }
    return logit;
  });
}

test("a model of several classes predicts a class and all probabilities, one row and many, by its weights as they were trained", async (t) => {
  for (const double of [true, false]) {
    const given = content(double);
    const model = await loadModel(await saved(given));
    t.deepEqual(model.classes, CLASSES);
    t.deepEqual(model.intercepts, INTERCEPTS);
    for (const row of rows) {
      const logits = slowLogits(row, given);
      const p = Float64Array.from(logits);
      softmax(p, 0, 3);
      const best = p.indexOf(Math.max(...p));
      const answer = model.predict<ClassPrediction>(row);
      t.is(answer.class, CLASSES[best]!);
      t.deepEqual(Object.keys(answer.probabilities).sort(), [...CLASSES].sort());
      for (const [k, name] of CLASSES.entries()) t.is(answer.probabilities[name], p[k]);
      t.true(Math.abs(p[0]! + p[1]! + p[2]! - 1) < 1e-15);
      t.is(model.score(row).logit, logits[best]!);
      t.is(model.score(row).prediction, p[best]!);
    }
    t.deepEqual(
      model.predict<ClassPrediction>(rows),
      rows.map((row) => model.predict<ClassPrediction>(row)),
    );
  }
});

test("an encoded batch gives the rows' probabilities one after the other", async (t) => {
  const model = await loadModel(await saved(content()));
  const state = exampleState();
  const encoder = new RowEncoder(state.columns, state, ["", "?"]);
  const encoded = rows.map((row) => encoder.encodeRow(row));
  const batch = {
    rows: rows.length,
    ids: new Map(["band", "site", "hour", "user", "bandHour"].map((name) => [name, Uint32Array.from(encoded, (row) => row.ids.get(name)!)])),
    numbers: new Map(["age", "price"].map((name) => [name, Float64Array.from(encoded, (row) => row.numbers.get(name)!)])),
  };
  const wanted = rows.flatMap((row) => [...model.score(row).classes!.probabilities]);
  t.deepEqual([...model.predictBatch(batch)], wanted);
  t.deepEqual([...model.scorer(state)(batch)], wanted);
  t.deepEqual(
    [...model.predictBatch(batch, { logits: true })],
    rows.flatMap((row) => slowLogits(row, content())),
  );
});

test("an explanation is of the most probable class or the one asked for, and adds up to its logit", async (t) => {
  const given = content();
  const model = await loadModel(await saved(given));
  for (const row of rows) {
    const { class: best, probabilities } = model.predict<ClassPrediction>(row);
    t.is(model.explain(row).class, best);
    for (const [k, name] of CLASSES.entries()) {
      const one = model.explain(row, name);
      t.is(
        one.contributions.reduce((sum, c) => sum + c.contribution, one.intercept),
        one.logit,
      );
      t.is(one.logit, slowLogits(row, given)[k]!);
      t.is(one.prediction, probabilities[name]!);
    }
  }
  t.is(t.throws(() => model.explain(rows[0]!, "blue"), { instanceOf: CrossbillError })?.code, "E_CLASS");
  const binary = await loadModel(await saved(exampleContent()));
  t.is(t.throws(() => binary.explain(rows[0]!, "10"), { instanceOf: CrossbillError })?.code, "E_CLASS");
  t.is(binary.explain(rows[0]!).class, null);
});

test("oneVsRest and oneVsOne: an output for each class or pair; rows, batches and explanations are those of the head's response", async (t) => {
  for (const [head, names] of [
    [v1.Head.ONE_VS_REST, CLASSES],
    [v1.Head.ONE_VS_ONE, [...CLASSES, "fourth"]],
  ] as const) {
    const base = content();
    const K = names.length;
    const outputs = outputsOf(head, K);
    const F = base.placement.features;
    const weights = Float64Array.from({ length: outputs * F }, (_, i) => base.weights[(i * 7) % F]! * (1 - Math.floor(i / F) / 3));
    const intercepts = Array.from({ length: outputs }, (_, i) => (i - 2) / 4);
    const given: ModelContent = { ...base, spec: v1.ModelSpec.create({ ...base.spec, head }), weights, classes: names, intercepts };
    const dir = await saved(given);
    const model = await loadModel(dir);
    t.deepEqual([model.classes, model.intercepts, model.parameters], [names, intercepts, outputs * (F + 1)]);
    const respond = classResponse(head, K);
    for (const row of rows) {
      const z = Float64Array.from(intercepts, (_, o) => slowLogits(row, { ...given, weights: weights.subarray(o * F, (o + 1) * F) }, [intercepts[o]!])[0]!);
      const p = new Float64Array(K);
      const best = respond(z, 0, p, 0);
      const answer = model.predict<ClassPrediction>(row);
      t.is(answer.class, names[best]!);
      t.deepEqual(Object.values(answer.probabilities), [...p]);
      for (const [k, name] of names.entries()) {
        const { logit, prediction, intercept, contributions } = model.explain(row, name);
        const wanted = outputSigns(head, K, k).reduce((sum, [output, sign]) => sum + sign * z[output]!, 0);
        t.true(Math.abs(logit - wanted) < 1e-12 * Math.max(1, Math.abs(wanted)));
        t.is(
          contributions.reduce((sum, c) => sum + c.contribution, intercept),
          logit,
        );
        t.is(prediction, p[k]!);
      }
    }
    const encoder = new RowEncoder(base.state.columns, base.state, ["", "?"]);
    const encoded = rows.map((row) => encoder.encodeRow(row));
    const batch = {
      rows: rows.length,
      ids: new Map(["band", "site", "hour", "user", "bandHour"].map((name) => [name, Uint32Array.from(encoded, (row) => row.ids.get(name)!)])),
      numbers: new Map(["age", "price"].map((name) => [name, Float64Array.from(encoded, (row) => row.numbers.get(name)!)])),
    };
    const { probabilities, best } = model.classesOf(model.predictBatch(batch, { logits: true }));
    t.deepEqual([...model.predictBatch(batch)], [...probabilities]);
    for (const [i, row] of rows.entries()) {
      const { classes } = model.score(row);
      t.is(best[i], classes!.best);
      t.deepEqual([...probabilities.subarray(i * K, (i + 1) * K)], [...classes!.probabilities]);
    }
    t.regex((await strongestWeights(dir, 1)).strongest[0]!.feature, head === v1.Head.ONE_VS_ONE ? /\(.+ rather than .+\)$/ : /\((10|__proto__|größe)\)$/);
  }
});

test("counts, names and the strongest weights are told by class; other class names are another model", async (t) => {
  const given = content();
  const dir = await saved(given);
  const model = await loadModel(dir);
  const info = model.info();
  t.is(info.head, "softmax");
  t.is(info.parameters, 3 * (given.placement.features + 1));
  t.is(info.nonZero, [...given.weights].filter((w) => w !== 0).length);
  t.is(
    info.columns.reduce((sum, column) => sum + column.nonZero, 0),
    info.nonZero,
  );
  const { strongest } = await strongestWeights(dir, 3);
  t.is(Math.abs(strongest[0]!.weight), Math.max(...[...given.weights].filter((w) => w !== 0).map(Math.abs)));
  t.regex(strongest[0]!.feature, / \((10|__proto__|größe)\)$/);
  const renamed = await saveModel(path.join(temporary(), "m"), { ...given, classes: ["10", "__proto__", "klein"] });
  t.not(renamed.sha256, model.sha256);
});

test("weights of several classes are a list in the file, which any Arrow library reads, and are read back exactly", (t) => {
  const columns = [
    { name: "site", ids: Uint32Array.of(1, 70_000), weights: Float64Array.of(0.1, 0, -1.25, 3, 1 / 3, 0) },
    { name: "x", ids: Uint32Array.of(0), weights: Float64Array.of(0, 0, 0.125) },
  ];
  const bytes = encodeWeights(columns, "float64", (column, id) => `${columns[column]!.name}#${id}`, CLASSES);
  t.deepEqual(decodeWeights(bytes, "weights.arrow", 3), columns);
  const table = tableFromIPC(bytes);
  t.deepEqual(JSON.parse(table.schema.metadata.get("crossbill.classes")!), CLASSES);
  t.deepEqual(
    table.toArray().map((row) => [row.name, [...row.weights]]),
    [
      ["site#1", [0.1, 0, -1.25]],
      ["site#70000", [3, 1 / 3, 0]],
      ["x#0", [0, 0, 0.125]],
    ],
  );
  for (const other of [0, 2]) t.is(t.throws(() => decodeWeights(bytes, "weights.arrow", other), { instanceOf: CrossbillError })?.code, "E_MODEL_WEIGHTS");
});

test("damage, a lacking intercept and weights of another number of classes are refused with a code", async (t) => {
  const given = content(false);
  const dir = await saved(given);
  for (const file of ["model.pb", "weights.arrow"]) {
    const target = path.join(dir, file);
    const whole = fs.readFileSync(target);
    for (let k = 0; k < 60; k++) {
      const flipped = Buffer.from(whole);
      flipped[(k * 7919) % whole.length]! ^= 1 << (k & 7);
      fs.writeFileSync(target, flipped);
      const thrown = await t.throwsAsync(loadModel(dir), { instanceOf: CrossbillError });
      t.true(["E_CORRUPT", "E_NEWER_VERSION"].includes((thrown as CrossbillError).code));
    }
    fs.writeFileSync(target, whole);
  }
  const code = async (change: Partial<ModelContent>): Promise<string> => {
    const thrown = await t.throwsAsync(saveModel(path.join(temporary(), "m"), { ...given, ...change }), { instanceOf: CrossbillError });
    return (thrown as CrossbillError).code;
  };
  t.is(await code({ intercepts: [1, 2] }), "E_MODEL_PLACEMENT");
  t.is(await code({ classes: ["a", "b"], intercepts: [1, 2] }), "E_MODEL_PLACEMENT");
  t.is(await code({ intercepts: [1, 2, Number.NaN] }), "E_DIVERGED");
});

test("probabilities are finite at logits of 800 and beyond", (t) => {
  const z = Float64Array.of(800, -800, 799, 1e308, -1e308, 0);
  softmax(z, 0, 3);
  softmax(z, 3, 3);
  t.true(z.every(Number.isFinite));
  t.true(z[0]! > 0.73 && z[1] === 0 && z[3] === 1);
});
