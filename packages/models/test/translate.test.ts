import { RowEncoder } from "@crossbill/columns";
import { crossKey } from "@crossbill/kernels";
import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { loadModel, type Model, type Row } from "../dist/index.js";
import { COLUMNS, exampleContent, exampleState, SITES, saved } from "./example.js";

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

const COMBINATIONS: [string, number][] = [
  ["a.example", 3],
  ["b.example", 1],
  ["a.example", 1],
];
/** The example's state with a cross of site and band over the vocabulary of these combinations. */
function crossState(combinations: readonly (readonly [string | null, number | null])[]): v1.FeatureState {
  const state = exampleState();
  const keys = combinations.map((parts) => Buffer.from(crossKey(parts)!));
  const vocabulary = v1.VocabularyState.create({
    values: v1.Texts.create({ bytes: Buffer.concat(keys), lengths: keys.map((key) => key.length) }),
    counts: keys.map((_, i) => 50 - i),
  });
  const crossed = v1.CrossedSpec.create({ inputs: ["site", "band"], vocabulary: v1.CrossVocabulary.create({ minCount: 2 }) });
  state.columns.push(v1.ColumnSpec.create({ name: "siteBand", crossed } as v1.ColumnSpec.$Shape));
  state.states.push(v1.ColumnState.create({ name: "siteBand", vocabulary } as v1.ColumnState.$Shape));
  return state;
}
const crossRows: Row[] = ["a.example", "b.example", "rare", "newcomer", ""].flatMap((site) =>
  [12, 20, 40, 80, ""].map((age) => ({ site, age, price: 1, hour: 3, user: "u" })),
);

test("a model scores packs in which the vocabulary of a cross has grown, was fitted again, or is learned otherwise", async (t) => {
  const spec = v1.ModelSpec.create({ head: v1.Head.LOGISTIC, columns: [...COLUMNS, "siteBand"], l1: 1e-6, l2: 0 });
  const model = await loadModel(await saved(exampleContent({ state: crossState(COMBINATIONS), spec })));
  const own = crossRows.map((row) => model.explain(row).contributions.filter(({ feature }) => feature.startsWith("site=") && feature.includes(" x ")));
  t.true(own.some((contributions) => contributions.length > 0));
  const grown = crossState([...COMBINATIONS, ["newcomer", 2], ["b.example", null], [null, 4]]);
  const again = crossState([["newcomer", 2], [null, 4], ...[...COMBINATIONS].reverse()]);
  const otherwise = crossState(COMBINATIONS);
  otherwise.columns.at(-1)!.crossed!.vocabulary = v1.CrossVocabulary.create({ minCount: 7, maxSize: 1000 });
  for (const state of [crossState(COMBINATIONS), grown, again, otherwise]) {
    const scored = [...model.scorer(state)(encoded(state, crossRows))];
    t.deepEqual(scored, model.predict(crossRows));
  }
  const changes: ((state: v1.FeatureState) => void)[] = [
    (s) => {
      s.columns.at(-1)!.crossed!.inputs = ["band", "site"];
    },
    (s) => {
      s.columns.at(-1)!.crossed!.inputs = ["user", "band"];
    },
  ];
  for (const change of changes) {
    const state = crossState(COMBINATIONS);
    change(state);
    t.throws(() => model.scorer(state), { code: "E_MODEL_STATE", message: /siteBand.*crosses other inputs/ });
  }
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
