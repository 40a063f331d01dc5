import { RowEncoder } from "@crossbill/columns";
import { CrossbillError, type v1 } from "@crossbill/messages";
import test from "ava";
import { loadModel, type Model, type Row } from "../dist/index.js";
import { exampleContent, exampleState, SITES, saved } from "./example.js";

/** Rows encoded with `state`, as a pack of that night holds them. */
function encoded(state: v1.FeatureState, rows: readonly Row[]) {
  const encoder = new RowEncoder(state.columns, state, ["", "?"]);
  const all = rows.map((row) => encoder.encodeRow(row));
  const names = (of: "ids" | "numbers") => [...all[0]![of].keys()];
  return {
    rows: rows.length,
    ids: new Map(names("ids").map((name) => [name, Uint32Array.from(all, (row) => row.ids.get(name)!)])),
    numbers: new Map(names("numbers").map((name) => [name, Float64Array.from(all, (row) => row.numbers.get(name)!)])),
  };
}

const rows: Row[] = ["a.example", "b.example", "rare", "newcomer", "never", "", "größe"].map((site, i) => ({
  site,
  age: 20 + i,
  price: i,
  hour: i,
  user: `u${i}`,
}));

function agrees(model: Model, state: v1.FeatureState): [number[], number[]] {
  return [[...model.scorer(state)(encoded(state, rows))], model.predict(rows)];
}

test("a model scores packs of a later night, in which the vocabulary has grown", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  const later = exampleState([...SITES, "newcomer", "another"]);
  const [scored, predicted] = agrees(model, later);
  t.deepEqual(scored, predicted);
});

test("a model scores packs encoded after a refit, with other ids for the same values", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  const [scored, predicted] = agrees(model, exampleState(["newcomer", ...[...SITES].reverse()]));
  t.deepEqual(scored, predicted);
});

test("a column that means something else is refused", async (t) => {
  const model = await loadModel(await saved(exampleContent()));
  const changes: ((state: v1.FeatureState) => void)[] = [
    (s) => {
      s.states.find((c) => c.name === "band")!.bucketized!.boundaries = [18, 30, 65];
    },
    (s) => {
      s.columns.find((c) => c.name === "user")!.hashed!.buckets = 99;
    },
    (s) => {
      s.columns.find((c) => c.name === "site")!.vocabulary!.field = "domain";
    },
    (s) => {
      s.columns = s.columns.filter((c) => c.name !== "user");
    },
    (s) => {
      s.columns.find((c) => c.name === "age")!.numeric!.field = "years";
    },
  ];
  for (const change of changes) {
    const state = exampleState();
    change(state);
    t.is(t.throws(() => model.scorer(state), { instanceOf: CrossbillError })?.code, "E_MODEL_STATE");
  }
});
