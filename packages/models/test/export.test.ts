import fs from "node:fs";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import fc from "fast-check";
import { tsvCell } from "../dist/export/tsv.js";
import { exportModel, loadModel, type Model, type ModelContent, outputsOf, placeColumns, type Row, WEIGHTS_FILE } from "../dist/index.js";
import { onnx } from "../gen/onnx.js";
import { COLUMNS, exampleContent, exampleState, SITES, saved, temporary } from "./example.js";
import { runOnnx, runtime } from "./onnx-session.js";

const { LOG, LOG1P, MINMAX, STANDARDIZE, CLIP, NONE } = v1.NumericSpec.Scale;
const { INDICATOR, MEAN, ZERO } = v1.NumericSpec.Missing;
const { AS_MISSING, TO_BOUND, REJECT_ROW } = v1.NumericSpec.Outliers;
const onRuntime = runtime === null ? test.skip : test;
/** ONNX Runtime adds in another order, and has an exponential of its own. */
const EPSILON = 1e-12;

const rows: Row[] = Array.from({ length: 60 }, (_, i) => ({
  age: i % 9 === 0 ? "" : String(5 + ((i * 37) % 110)),
  price: i % 7 === 3 ? null : i / 7,
  site: i % 5 === 0 ? `new-${i}` : SITES[i % SITES.length]!,
  hour: i % 24,
  user: `u${(i * i) % 57}`,
  tags: i % 8 === 0 ? "[]" : JSON.stringify({ [SITES[i % 6]!]: (i % 5) - 1.5, [SITES[(i * 5) % 6]!]: 1, fresh: i }),
}));

/** The example with a column of several values. */
function severalValues(): v1.FeatureState {
  const { columns, states, rows: counted, generation } = exampleState();
  columns.find(({ name }) => name === "user")!.hashed!.buckets = 500;
  const texts = SITES.map((site) => Buffer.from(site));
  const state = {
    columns: [...columns, { name: "tags", vocabulary: { field: "tags", minCount: 1, outOfVocabulary: 1, items: { kind: v1.ItemsSpec.Kind.LIST } } }],
    states: [
      ...states,
      { name: "tags", vocabulary: { values: { bytes: Buffer.concat(texts), lengths: texts.map((text) => text.length) }, counts: texts.map(() => 9) } },
    ],
    rows: counted,
    generation,
  };
  return v1.FeatureState.decode(v1.FeatureState.encode(state).finish());
}

/** A model of K classes (0: of one prediction) over the example's columns and one of several values. */
async function modelOf(head: v1.Head, classes: readonly string[] = []): Promise<Model> {
  const state = severalValues();
  const spec = v1.ModelSpec.create({ head, columns: [...COLUMNS, "tags"] });
  const placement = placeColumns(spec, state);
  const K = outputsOf(head, classes.length);
  const weights = Float64Array.from({ length: K * placement.features }, (_, i) => {
    const h = (Math.imul(i + 1, 2654435761) >>> 8) / 2 ** 24;
    return h < 0.33 ? 0 : (h - 0.66) / 2;
  });
  const intercepts = Float64Array.from({ length: classes.length === 0 ? 0 : K }, (_, k) => 0.25 * k - 0.5);
  return loadModel(await saved({ ...exampleContent(), state, spec, placement, weights, classes, intercepts } satisfies ModelContent));
}

async function exported(model: Model, format: string): Promise<Buffer> {
  const file = path.join(temporary(), `model.${format}`);
  const written = await exportModel(model, format, file);
  const bytes = fs.readFileSync(file);
  if (bytes.length !== written.length) throw new Error("another length is said");
  return bytes;
}

function close(a: readonly number[], b: ArrayLike<number>): boolean {
  return a.length === b.length && a.every((x, i) => Math.abs(x - b[i]!) <= EPSILON * Math.max(1, Math.abs(b[i]!)));
}

onRuntime(
  "ONNX Runtime gives the logits and predictions of the model: ids, items with values, numbers with scale and indicator, missing and unseen values",
  async (t) => {
    for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED, v1.Head.POISSON]) {
      const model = await modelOf(head);
      const answers = await runOnnx(await exported(model, "onnx"), model, rows);
      const scores = rows.map((row) => model.score(row));
      const predictions = scores.map(({ prediction }) => prediction);
      if (head !== v1.Head.LOGISTIC) {
        t.deepEqual(Object.keys(answers), ["prediction"]);
        t.true(close(answers["prediction"]!, predictions));
        continue;
      }
      t.deepEqual(Object.keys(answers), ["probability", "logit"]);
      t.true(close(answers["probability"]!, predictions));
      t.true(
        close(
          answers["logit"]!,
          scores.map(({ logit }) => logit),
        ),
      );
      t.true(new Set(predictions).size > 50);
    }
  },
);

for (const head of [v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE, v1.Head.SAMPLED_SOFTMAX, v1.Head.NCE]) {
  onRuntime(`ONNX Runtime gives classes and probabilities of the head ${v1.Head[head]}`, async (t) => {
    for (const classes of [
      ["a", "b"],
      ["10", "__proto__", "größe", "=x"],
    ]) {
      const model = await modelOf(head, classes);
      const answers = await runOnnx(await exported(model, "onnx"), model, rows);
      const scored = rows.map((row) => model.score(row).classes!);
      t.true(
        close(
          answers["probabilities"]!,
          scored.flatMap(({ probabilities }) => [...probabilities]),
        ),
      );
      t.deepEqual(
        answers["class"],
        scored.map(({ best }) => best),
      );
      t.is(answers["logits"]!.length, rows.length * outputsOf(head, classes.length));
      t.true(new Set(answers["class"]).size > 1);
    }
  });
}

onRuntime("ONNX Runtime gives the probability of each class of the head multiLabel, and no class", async (t) => {
  const model = await modelOf(v1.Head.MULTI_LABEL, ["10", "__proto__", "größe", "=x"]);
  const answers = await runOnnx(await exported(model, "onnx"), model, rows);
  t.deepEqual(Object.keys(answers), ["probabilities", "logits"]);
  const probabilities = rows.flatMap((row) => [...model.score(row).classes!.probabilities]);
  t.true(close(answers["probabilities"]!, probabilities));
  t.true(probabilities.some((p) => p < 0.4) && probabilities.some((p) => p > 0.6));
});

onRuntime("logits of +-800 leave finite probabilities, as in the model", async (t) => {
  const state = exampleState();
  for (const head of [v1.Head.LOGISTIC, v1.Head.POISSON, v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE, v1.Head.MULTI_LABEL]) {
    const classes = head === v1.Head.LOGISTIC || head === v1.Head.POISSON ? [] : ["a", "b", "c"];
    const K = outputsOf(head, classes.length);
    const spec = v1.ModelSpec.create({ head, columns: ["price"] });
    const placement = placeColumns(spec, state);
    const weights = Float64Array.from({ length: K }, (_, k) => (k % 2 === 0 ? 800 : -800));
    const content = { ...exampleContent(), state, spec, placement, weights, intercept: 0, classes, intercepts: new Float64Array(classes.length === 0 ? 0 : K) };
    const model = await loadModel(await saved(content));
    const steep = [{ price: 1 }, { price: -1 }, { price: 0 }];
    const answers = await runOnnx(await exported(model, "onnx"), model, steep);
    const expected = steep.flatMap((row) => {
      const { classes: of, prediction } = model.score(row);
      return of === null ? [prediction] : [...of.probabilities];
    });
    const name = head === v1.Head.POISSON ? "prediction" : classes.length === 0 ? "probability" : "probabilities";
    t.true(close(answers[name]!, expected), v1.Head[head]);
  }
});

onRuntime("every scale, every way with outliers and with missing values is in the graph", async (t) => {
  const shapes = [
    { scale: NONE, missing: MEAN },
    { scale: MINMAX, missing: INDICATOR },
    { scale: LOG1P, missing: INDICATOR },
    { scale: LOG, missing: ZERO, clipLow: 0.5 },
    { scale: CLIP, clipLow: -1, clipHigh: 6 },
    { scale: STANDARDIZE, clipHigh: 5, missing: MEAN },
    { scales: [STANDARDIZE, CLIP, LOG1P], clipLow: -1, clipHigh: 2, robust: true, missing: INDICATOR },
    { scales: [LOG1P, MINMAX], outliers: AS_MISSING, bounds: { iqr: 1.5 }, missing: INDICATOR },
    { scale: NONE, outliers: TO_BOUND, bounds: { zScore: 3 } },
    { scale: STANDARDIZE, outliers: REJECT_ROW, bounds: { fixed: { low: -2 } }, missing: ZERO },
  ];
  const fitted = { count: 9, missing: 1, mean: 3, standardDeviation: 2.5, minimum: -4, maximum: 12, scaledMean: 1.25, scaledStandardDeviation: 0.75 };
  const steps = shapes.map(({ scales, scale }) =>
    Array.from({ length: scales?.length ?? (scale === NONE ? 0 : 1) }, (_, i) => ({ subtract: i, divide: 1.5 + i })),
  );
  const state = v1.FeatureState.decode(
    v1.FeatureState.encode({
      columns: shapes.map((shape, i) => ({ name: `x${i}`, numeric: { field: "x", ...shape } })),
      states: shapes.map((_, i) => ({ name: `x${i}`, numeric: { ...fitted, steps: steps[i]!, low: -3, high: 7, centre: 0.625 } })),
    }).finish(),
  );
  const spec = v1.ModelSpec.create({ head: v1.Head.SQUARED, columns: shapes.map((_, i) => `x${i}`) });
  const placement = placeColumns(spec, state);
  const weights = Float64Array.from({ length: placement.features }, (_, i) => (i + 1) / 8);
  const model = await loadModel(
    await saved({ spec, state, placement, weights, intercept: 0.5, data: v1.DataContract.create({ fields: ["x"], missing: [""] }) }),
  );
  const values: Row[] = [-50, -4, -3, -2.5, -1, -0.5, 0, -0, 1e-9, 0.25, 1, 6, 7, 7.5, 1e6, null].map((x) => ({ x }));
  const answers = await runOnnx(await exported(model, "onnx"), model, values);
  t.true(close(answers["prediction"]!, model.predict(values)));
});

onRuntime("a column may be called like an output or an operator", async (t) => {
  const names = ["probability", "logit", "Add", "constant", "größe\n=1+1"];
  const state = v1.FeatureState.decode(
    v1.FeatureState.encode({ columns: names.map((name) => ({ name, identity: { field: "hour", size: 4, defaultValue: 0 } })) }).finish(),
  );
  const spec = v1.ModelSpec.create({ head: v1.Head.LOGISTIC, columns: names });
  const placement = placeColumns(spec, state);
  const weights = Float64Array.from({ length: placement.features }, (_, i) => (i + 1) / 64);
  const model = await loadModel(
    await saved({ spec, state, placement, weights, intercept: 0.5, data: v1.DataContract.create({ fields: ["hour"], missing: [""] }) }),
  );
  const values: Row[] = [{ hour: 0 }, { hour: 3 }, {}];
  const answers = await runOnnx(await exported(model, "onnx"), model, values);
  t.true(close(answers["probability_1"]!, model.predict(values)));
});

test("the graph says what its inputs are, holds no time and no path, and is the same bytes every time", async (t) => {
  const model = await modelOf(v1.Head.LOGISTIC);
  const bytes = await exported(model, "onnx");
  t.deepEqual(await exported(await modelOf(v1.Head.LOGISTIC), "onnx"), bytes);
  const { graph, metadataProps, opsetImport } = onnx.ModelProto.decode(bytes);
  t.is(opsetImport[0]!.version, 13);
  const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key!, value!]));
  t.is(metadata["crossbill.sha256"], model.sha256);
  t.is(metadata["crossbill.head"], "logistic");
  const columns = JSON.parse(metadata["crossbill.columns"]!) as { column: string; kind: string; input: string; features: number }[];
  t.deepEqual(
    columns.map(({ column, kind }) => [column, kind]),
    [...COLUMNS, "tags"].map((name) => [name, ["age", "price"].includes(name) ? "numbers" : name === "tags" ? "items" : "ids"]),
  );
  t.deepEqual(
    columns.map(({ features }) => features),
    model.placement.map(({ size }) => size),
  );
  t.deepEqual(graph!.input.map(({ name }) => name).sort(), [...COLUMNS, "tags", "tags.values"].sort());
  const table = graph!.initializer.find(({ dims }) => dims?.[0] === 501)!;
  const user = model.columns.find(({ placed }) => placed.name === "user")!;
  const weights = new Float64Array(Uint8Array.from(table.rawData!).buffer);
  t.true(user.kind === "categorical" && weights.every((w, id) => w === user.table.get(id)));
});

test("arrow and tsv hold the intercept and every weight other than 0, by column, id and name", async (t) => {
  for (const [head, classes] of [
    [v1.Head.LOGISTIC, []],
    [v1.Head.SOFTMAX, ["=1", "tab\there", "-3"]],
    [v1.Head.ONE_VS_ONE, ["a", "b", "c"]],
  ] as const) {
    const model = await modelOf(head, classes);
    const table = tableFromIPC(await exported(model, "arrow"));
    t.deepEqual(table.schema.names, classes.length === 0 ? ["column", "id", "name", "weight"] : ["column", "id", "name", "class", "weight"]);
    const K = model.intercepts.length;
    t.is(table.numRows, model.nonZero + K);
    const cells = table.toArray().map((row) => row!.toJSON() as { column: string | null; id: number | null; name: string; class?: string; weight: number });
    t.deepEqual(
      cells.slice(0, K).map(({ column, id, name, weight }) => [column, id, name, weight]),
      model.intercepts.map((intercept) => [null, null, "(intercept)", intercept]),
    );
    const found = cells.slice(K).find(({ column, id }) => column === "site" && id === 5)!;
    t.is(found.name, "site==1+1");
    const lines = (await exported(model, "tsv")).toString().split("\n");
    t.is(lines.pop(), "");
    t.is(lines[0], table.schema.names.join("\t"));
    t.deepEqual(
      lines.slice(1),
      cells.map(({ column, id, name, class: of, weight }) =>
        [column === null ? "" : tsvCell(column), id ?? "", tsvCell(name), ...(of === undefined ? [] : [tsvCell(of)]), weight].join("\t"),
      ),
    );
  }
  t.deepEqual(["=1", "tab\there", "-3", "-x", "@a", "+1e5", "a\\b\n\r", "\t=1"].map(tsvCell), [
    "'=1",
    "tab\\there",
    "-3",
    "'-x",
    "'@a",
    "+1e5",
    "a\\\\b\\n\\r",
    "\\t=1",
  ]);
});

test("a text of the tsv can be read back, and is one cell of one line", (t) => {
  const back = (cell: string): string =>
    cell.replace(/^'(?=[=+\-@])/, "").replace(/\\([tnr\\])/g, (_, c: string) => ({ t: "\t", n: "\n", r: "\r", "\\": "\\" })[c]!);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("=", "'", "\t", "\n", "\r", "\\", "t", "1", "-", "@") }), (text) => {
      fc.pre(!/^'[=+\-@]/.test(text));
      const cell = tsvCell(text);
      return !/[\t\n\r]/.test(cell) && back(cell) === text;
    }),
  );
  t.pass();
});

test("what cannot be exported says so, and no file is left", async (t) => {
  const file = path.join(temporary(), "out");
  const model = await loadModel(await saved(exampleContent({ dead: COLUMNS })));
  await t.throwsAsync(exportModel(model, "onnx", file), { code: "E_EXPORT_EMPTY", message: /every weight of the model is 0/ });
  await exportModel(model, "tsv", file);
  t.is(fs.readFileSync(file, "utf8"), "column\tid\tname\tweight\n\t\t(intercept)\t-1.25\n");
  await exportModel(model, "arrow", file);
  t.is(tableFromIPC(fs.readFileSync(file)).numRows, 1);
  fs.rmSync(file);
  await t.throwsAsync(exportModel(model, "tensorboard", file), { code: "E_EXPORT_FORMAT", message: /embeddings/ });
  await t.throwsAsync(exportModel(model, "xml", file), { code: "E_EXPORT_FORMAT", message: /onnx, arrow, tsv/ });
  const other = await loadModel(await saved(exampleContent()));
  fs.appendFileSync(path.join(other.path, WEIGHTS_FILE), "x");
  await t.throwsAsync(exportModel(other, "onnx", file), { code: "E_CORRUPT", message: /changed since/ });
  t.deepEqual(fs.readdirSync(path.dirname(file)), []);
});
