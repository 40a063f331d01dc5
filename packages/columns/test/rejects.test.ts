import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { BATCH_ROWS, ColumnReader, Encoder, finishFit, mergePartials, planColumns, RowEncoder } from "../dist/index.js";
import { badNumberText, batchOf, countRows, fitRows, numberText, orMissing, reset, runtime, type Spec, type TextRow } from "./support.js";

const SPECS: readonly Spec[] = [
  { name: "log", numeric: { field: "a", scale: v1.NumericSpec.Scale.LOG } },
  { name: "needed", numeric: { field: "b", missing: v1.NumericSpec.Missing.REJECT } },
  { name: "id", identity: { field: "c", size: 10 } },
  { name: "bands", bucketized: { field: "c", boundaries: [5] } },
  { name: "site", vocabulary: { field: "s" } },
];
const FIELDS = ["a", "b", "c", "s"];

test.beforeEach(() => reset());

test("a row is rejected with the first reason in the order of the columns", (t) => {
  const rows: TextRow[] = [
    { a: "1", b: "1", c: "1", s: "" },
    { a: "0", b: "x", c: "1", s: "" },
    { a: "1", b: null, c: "77", s: "" },
    { a: "1", b: "1", c: "10", s: "" },
    { a: "1", b: "1", c: "1.5", s: "" },
    { a: "1", b: "1", c: "1e400", s: "" },
    { a: "", b: "1", c: "1", s: "" },
    { a: null, b: "1", c: null, s: null },
  ];
  const batch = new ColumnReader(SPECS, FIELDS, runtime).prepare(batchOf(FIELDS, rows));
  t.deepEqual(batch.rejects, [
    { row: 1, code: "E_LOG_RANGE", field: "a" },
    { row: 2, code: "E_MISSING", field: "b" },
    { row: 3, code: "E_IDENTITY_RANGE", field: "c" },
    { row: 4, code: "E_IDENTITY_RANGE", field: "c" },
    { row: 5, code: "E_NUMBER", field: "c" },
    { row: 6, code: "E_NUMBER", field: "a" },
  ]);
});

test("a single row throws exactly where a batch rejects, with the same code", (t) => {
  const number = orMissing(fc.oneof({ weight: 4, arbitrary: numberText }, { weight: 1, arbitrary: badNumberText }));
  const row = fc.record({ a: number, b: number, c: number, s: fc.string() });
  const state = fitRows(SPECS, FIELDS, [{ a: "1", b: "1", c: "1", s: "x" }]);
  const single = new RowEncoder(SPECS, state, []);
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      reset();
      const reader = new ColumnReader(SPECS, FIELDS, runtime);
      const rejects = new Map(reader.prepare(batchOf(FIELDS, rows)).rejects.map(({ row: i, code }) => [i, code]));
      rows.forEach((one, i) => {
        const code = rejects.get(i);
        if (code === undefined) t.notThrows(() => single.encodeRow(one));
        else t.throws(() => single.encodeRow(one), { code });
      });
    }),
    { numRuns: 100 },
  );
});

test("numbers may be given to a single row as numbers", (t) => {
  const single = new RowEncoder(SPECS, fitRows(SPECS, FIELDS, []), ["-1"]);
  const encoded = single.encodeRow({ a: 2.5, b: -0, c: 3, s: 12 });
  t.deepEqual([encoded.numbers.get("log"), encoded.numbers.get("needed"), encoded.ids.get("id")], [2.5, -0, 4]);
  t.true(Number.isNaN(single.encodeRow({ a: -1, b: 1 }).numbers.get("log")));
  t.throws(() => single.encodeRow({ a: Number.NaN, b: 1 }), { code: "E_NUMBER" });
  t.throws(() => single.encodeRow({ a: 1, b: Number.POSITIVE_INFINITY }), { code: "E_NUMBER" });
  t.throws(() => single.encodeRow({ a: true, b: 1 }), { code: "E_NUMBER" });
  t.throws(() => single.encodeRow({ a: ["1"], b: 1 }), { code: "E_ROW_VALUE", message: /an array/ });
});

test("a field the data do not have, and columns that cannot be, end with exit code 2", (t) => {
  t.like(
    t.throws(() => new ColumnReader(SPECS, ["a", "b", "s"], runtime), { message: /"c"/ }),
    { code: "E_COLUMN_FIELD", exitCode: 2 },
  );
  const wrong: Spec[] = [
    { name: "c" },
    { name: "", hashed: { field: "a", buckets: 1 } },
    { name: "c", hashed: { field: "a" } },
    { name: "c", identity: { field: "a", size: 0 } },
    { name: "c", identity: { field: "a", size: 3, defaultValue: 3 } },
    { name: "c", numeric: {} },
    { name: "c", numeric: { field: "a", clipLow: 2, clipHigh: 1 } },
    { name: "c", bucketized: { field: "a" } },
    { name: "c", bucketized: { field: "a", boundaries: [2, 1] } },
    { name: "c", bucketized: { field: "a", boundaries: [1], quantiles: 4 } },
    { name: "c", bucketized: { field: "a", boundaries: [1], ofNonZero: true } },
    { name: "c", bucketized: { field: "a", quantiles: 1 } },
    { name: "c", vocabulary: { field: "a", values: ["x", "x"] } },
  ];
  for (const spec of wrong)
    t.like(
      t.throws(() => planColumns([spec]), undefined, JSON.stringify(spec)),
      { code: "E_COLUMN_SPEC", exitCode: 2 },
    );
  t.throws(() => planColumns([SPECS[0]!, SPECS[0]!]), { code: "E_COLUMN_SPEC" });
});

test("a batch that is too long or has other fields is refused", (t) => {
  const reader = new ColumnReader(SPECS, FIELDS, runtime);
  t.throws(() => reader.prepare({ rows: BATCH_ROWS + 1, fields: FIELDS, starts: () => 0, lengths: () => 0 }), { code: "E_BATCH" });
  t.throws(() => reader.prepare(batchOf(["b", "a", "c", "s"], [])), { code: "E_BATCH" });
});

test("a reader that does not read a state's columns is refused", (t) => {
  const state = fitRows(SPECS, FIELDS, []);
  t.throws(() => new Encoder(new ColumnReader(SPECS.slice(0, 2), FIELDS, runtime), state), { code: "E_COLUMN_STATE" });
});

test("an empty batch is encoded to nothing", (t) => {
  const reader = new ColumnReader(SPECS, FIELDS, runtime);
  const encoded = new Encoder(reader, fitRows(SPECS, FIELDS, [])).encode(reader.prepare(batchOf(FIELDS, [])));
  t.is(encoded.ids.get("site")!.length, 0);
});

test("partials and states that do not fit their columns are refused", (t) => {
  const counted = countRows(SPECS, FIELDS, [{ a: "1", b: "1", c: "1", s: "x" }]);
  const other = countRows(SPECS.slice(1), FIELDS, []);
  t.throws(() => mergePartials(counted, other), { code: "E_COLUMN_STATE" });
  t.throws(() => finishFit(SPECS, other), { code: "E_COLUMN_STATE" });
  const state = finishFit(SPECS, counted);
  const damaged = v1.FeatureState.create({ columns: state.columns, states: state.states.filter(({ name }) => name !== "site") });
  t.throws(() => new RowEncoder(SPECS, damaged, []), { code: "E_COLUMN_STATE" });
  damaged.states.push(
    v1.ColumnState.create({ name: "site", vocabulary: v1.VocabularyState.create({ values: v1.Texts.create({ bytes: new Uint8Array(3), lengths: [2] }) }) }),
  );
  t.throws(() => new RowEncoder(SPECS, v1.FeatureState.create({ columns: damaged.columns, states: damaged.states }), []), { code: "E_COLUMN_STATE" });
});

test("an encoded row's values are maps in the order of the columns", (t) => {
  const specs: Spec[] = [
    { name: "b", hashed: { field: "x", buckets: 5 } },
    { name: "n", numeric: { field: "y" } },
    { name: "a", hashed: { field: "y", buckets: 7 } },
  ];
  reset();
  const { ids, numbers } = new RowEncoder(specs, fitRows(specs, ["x", "y"], [{ x: "1", y: "2" }]), []).encodeRow({ x: "one", y: 4 });
  const plain = new Map(ids);
  t.deepEqual([...plain.keys()], ["b", "a"]);
  t.deepEqual([...ids.keys()], ["b", "a"]);
  t.deepEqual([...ids.values()], [...plain.values()]);
  t.deepEqual([ids.size, ids.has("b"), ids.has("n"), ids.get("n"), ids.get("a")], [2, true, false, undefined, plain.get("a")]);
  const seen: [number, string][] = [];
  ids.forEach((id, name) => seen.push([id, name]));
  t.deepEqual(
    seen,
    [...plain].map(([name, id]) => [id, name]),
  );
  t.deepEqual([...numbers], [["n", 4]]);
});
