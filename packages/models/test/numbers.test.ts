import { numericMissing, numericTransform, RowEncoder } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import test from "ava";
import { loadModel, placeColumns, type Row } from "../dist/index.js";
import { saved } from "./example.js";

const { LOG1P, STANDARDIZE } = v1.NumericSpec.Scale;
const { INDICATOR } = v1.NumericSpec.Missing;
const { AS_MISSING, TO_BOUND } = v1.NumericSpec.Outliers;

/** A state with a product, and a column whose outliers count as missing; `high`: its upper bound. */
function stateOf(high: number): v1.FeatureState {
  const state = {
    columns: [
      { name: "area", product: { fields: ["width", "height"], number: { scale: STANDARDIZE, missing: INDICATOR } } },
      { name: "age", numeric: { field: "age", scales: [LOG1P, STANDARDIZE], robust: true, missing: INDICATOR, outliers: AS_MISSING, bounds: { iqr: 1.5 } } },
      { name: "fenced", numeric: { field: "age", outliers: TO_BOUND, bounds: { zScore: 3 } } },
    ],
    states: [
      { name: "area", numeric: { count: 5, mean: 6, standardDeviation: 2 } },
      { name: "age", numeric: { count: 5, low: 0, high, steps: [{ divide: 1 }, { subtract: 3, divide: 0.5 }], centre: 0 } },
      { name: "fenced", numeric: { count: 5, low: -10, high: 100, centre: 40 } },
    ],
  };
  return v1.FeatureState.decode(v1.FeatureState.encode(state).finish());
}

const rows: Row[] = [
  { width: 2, height: "3.5", age: 40 },
  { width: null, height: 1, age: 1000 },
  { width: 1, height: 0, age: -3 },
  { width: "-4", height: 9, age: null },
  { age: "99.5" },
];

async function modelOf(state: v1.FeatureState) {
  const spec = v1.ModelSpec.create({ head: v1.Head.SQUARED, columns: ["area", "age", "fenced"] });
  const placement = placeColumns(spec, state);
  const weights = Float32Array.from({ length: placement.features }, (_, i) => (i + 1) / 8);
  const data = v1.DataContract.create({ fields: ["width", "height", "age"], missing: [""] });
  return { model: await loadModel(await saved({ spec, state, placement, weights, intercept: 0.5, data })), weights, placement };
}

test("products and outliers are scored as their transform says; an outlier that counts as missing has the indicator's weight", async (t) => {
  const state = stateOf(120);
  const { model, weights, placement } = await modelOf(state);
  t.is(placement.features, 5);
  const encoder = new RowEncoder(state.columns, state, [""]);
  for (const row of rows) {
    const { numbers } = encoder.encodeRow(row);
    let logit = 0.5;
    for (const { name, offset, size, spec, state: own } of placement.columns) {
      const x = numbers.get(name)!;
      logit += weights[offset]! * numericTransform(spec, own)(x);
      if (size === 2 && numericMissing(spec, own)(x)) logit += weights[offset + 1]!;
    }
    t.is(model.predict(row), logit);
    const explained = model.explain(row);
    t.is(explained.logit, logit);
  }
  const missing = (row: Row): string[] =>
    model
      .explain(row)
      .contributions.map(({ feature }) => feature)
      .filter((feature) => feature.endsWith("missing"));
  t.deepEqual(rows.map(missing), [[], ["area missing", "age missing"], ["age missing"], ["age missing"], ["area missing"]]);
});

test("packs of a state with other bounds are scored by the model's own, as their raw values are", async (t) => {
  const { model } = await modelOf(stateOf(120));
  const later = stateOf(50);
  const encoder = new RowEncoder(later.columns, later, [""]);
  const encoded = rows.map((row) => encoder.encodeRow(row).numbers);
  const numbers = new Map(["area", "age", "fenced"].map((name) => [name, Float64Array.from(encoded, (one) => one.get(name)!)]));
  t.deepEqual([...model.scorer(later)({ rows: rows.length, ids: new Map(), numbers })], model.predict(rows));
});

test("a product of other fields, or in another order, is another column", async (t) => {
  const { model } = await modelOf(stateOf(120));
  const other = stateOf(120);
  other.columns[0]!.product!.fields = ["height", "width"];
  t.throws(() => model.scorer(other), { code: "E_MODEL_STATE", message: /"area".*another field/ });
});
