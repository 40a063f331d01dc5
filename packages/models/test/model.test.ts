import { featureName, RowEncoder } from "@crossbill/columns";
import { CrossbillError, v1 } from "@crossbill/messages";
import { exp, sigmoid } from "@crossbill/numerics";
import test from "ava";
import { loadModel, type Row } from "../dist/index.js";
import { exampleContent, exampleState, SITES, saved } from "./example.js";

const rows: Row[] = Array.from({ length: 200 }, (_, i) => ({
  age: i % 9 === 0 ? "" : String(5 + ((i * 37) % 110)),
  price: i % 11 === 0 ? null : i / 7,
  site: i % 5 === 0 ? `new-${i}` : SITES[i % SITES.length]!,
  hour: i % 26,
  user: `u${(i * i) % 57}`,
}));

/** The model by its definition, from the unpruned state: no lookup, no pruning. */
function slowLogit(row: Row, content = exampleContent()): number {
  const { placement, state, weights } = content;
  const encoded = new RowEncoder(state.columns, state, ["", "?"]).encodeRow(row);
  let logit = content.intercept;
  for (const { name, offset, numeric } of placement.columns) {
    if (!numeric) {
      logit += weights[offset + encoded.ids.get(name)!]!;
      continue;
    }
    const x = encoded.numbers.get(name)!;
    if (name === "age") {
      logit += weights[offset]! * (Number.isNaN(x) ? 0 : (Math.min(100, Math.max(0, x)) - 40) / 12);
      logit += Number.isNaN(x) ? weights[offset + 1]! : 0;
    } else logit += weights[offset]! * (Number.isNaN(x) ? 0 : x);
  }
  return logit;
}

test("predictions are those of the weights as they were trained", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  for (const row of rows) {
    t.is(model.score(row).logit, slowLogit(row));
    t.is(model.predict(row), sigmoid(slowLogit(row)));
  }
  t.deepEqual(
    model.predict(rows),
    rows.map((row) => model.predict(row)),
  );
});

test("float64 weights predict with all their bits", async (t) => {
  const content = exampleContent({ double: true });
  const model = await loadModel(await saved(content));
  for (const row of rows) t.is(model.score(row).logit, slowLogit(row, content));
});

test("the squared head predicts the sum itself", async (t) => {
  const content = exampleContent({ spec: v1.ModelSpec.create({ head: v1.Head.SQUARED, columns: ["price", "site"] }) });
  const model = await loadModel(await saved(content));
  t.is(model.predict(rows[1]!), model.score(rows[1]!).logit);
});

test("the poisson head predicts exp of the sum, and the largest float64 where that is beyond it", async (t) => {
  const spec = v1.ModelSpec.create({ head: v1.Head.POISSON, columns: ["price", "site"] });
  const model = await loadModel(await saved(exampleContent({ spec })));
  const { prediction, logit } = model.score(rows[1]!);
  t.is(prediction, exp(logit));
  t.is(model.explain(rows[1]!).prediction, prediction);
  t.is(model.respond(800), Number.MAX_VALUE);
  t.is(model.respond(-800), 0);
});

test("an encoded batch gives the same bits as its rows one by one", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  const state = exampleState();
  const encoder = new RowEncoder(state.columns, state, ["", "?"]);
  const encoded = rows.map((row) => encoder.encodeRow(row));
  const column = <T extends Float64Array | Uint32Array>(name: string, of: "ids" | "numbers", make: new (n: number) => T): T => {
    const out = new make(rows.length);
    encoded.forEach((row, i) => {
      out[i] = row[of].get(name)!;
    });
    return out;
  };
  const batch = {
    rows: rows.length,
    ids: new Map(["band", "site", "hour", "user", "bandHour"].map((name) => [name, column(name, "ids", Uint32Array)])),
    numbers: new Map(["age", "price"].map((name) => [name, column(name, "numbers", Float64Array)])),
  };
  t.deepEqual([...model.predictBatch(batch)], model.predict(rows));
  t.deepEqual(
    [...model.predictBatch(batch, { logits: true })],
    rows.map((row) => model.score(row).logit),
  );
  t.deepEqual([...model.scorer(state)(batch)], model.predict(rows));
  batch.ids.delete("site");
  t.is(t.throws(() => model.predictBatch(batch), { instanceOf: CrossbillError })?.code, "E_MODEL_BATCH");
});

test("explanations add up to the logit exactly, in order", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  for (const row of rows) {
    const { logit, intercept, contributions, prediction } = model.explain(row);
    t.is(
      contributions.reduce((sum, c) => sum + c.contribution, intercept),
      logit,
    );
    t.is(logit, model.score(row).logit);
    t.is(prediction, model.predict(row));
    for (const c of contributions) t.is(c.contribution, c.weight * c.value);
  }
  const state = exampleState();
  const site = state.columns.find((c) => c.name === "site")!;
  t.true(model.explain(rows[1]!).contributions.some((c) => c.feature === featureName(site, state, 2 + SITES.indexOf(String(rows[1]!.site)))));
});

test("a field left out is a missing value, others are not looked at, their order does not matter", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  const row = { age: "30", price: 2, site: "a.example", hour: 3, user: "u1" };
  t.is(model.predict({ site: "a.example" }), model.predict({ site: "a.example", age: null, price: "", hour: "?", user: undefined }));
  t.is(model.predict({ user: "u1", hour: 3, site: "a.example", extra: "x", price: 2, age: "30" }), model.predict(row));
});

test("a number given for a text column is taken as its text", async (t) => {
  const content = exampleContent({ state: exampleState(["7", "2.5"]) });
  const model = await loadModel(await saved(content));
  t.is(model.predict({ site: 7 }), model.predict({ site: "7" }));
  t.is(model.predict({ site: 2.5 }), model.predict({ site: "2.5" }));
  t.deepEqual(model.score({ site: 7 }).unseen, []);
});

test("values that training did not hold are named as unseen", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  t.deepEqual(model.score({ site: "never" }).unseen, ["site"]);
  t.deepEqual(model.score({ site: "a.example", user: "never" }).unseen, []);
  t.deepEqual(model.score({}).unseen, []);
});

test("an unparsable number and a row that is no object are refused with a code", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  t.is(t.throws(() => model.predict({ age: "old" }), { instanceOf: CrossbillError })?.code, "E_NUMBER");
  for (const row of [null, 5, "x", undefined]) t.is(t.throws(() => model.predict(row as never), { instanceOf: CrossbillError })?.code, "E_ROW");
});

test("info says what is in the model", async (t) => {
  const content = exampleContent({ dead: ["user"] });
  const model = await loadModel(await saved(content));
  const info = model.info();
  t.is(info.head, "logistic");
  t.is(info.parameters, content.placement.features + 1);
  t.is(info.nonZero, [...content.weights].filter((w) => w !== 0).length);
  t.is(
    info.columns.reduce((sum, column) => sum + column.nonZero, 0),
    info.nonZero,
  );
  t.deepEqual(
    info.columns.find((column) => column.name === "user"),
    { name: "user", features: 100_001, nonZero: 0 },
  );
  t.deepEqual(info.fields, ["age", "hour", "price", "site"]);
});
