import { v1 } from "@crossbill/messages";
import test from "ava";
import { ColumnReader, columnSize, Encoder, featureName, planColumns, RowEncoder } from "../dist/index.js";
import { batchOf, encodeRows, fitRows, reset, runtime, type Spec, type TextRow } from "./support.js";

const { LIST, SEPARATED, WORDS } = v1.ItemsSpec.Kind;
const FIELDS = ["t"];
const rowsOf = (...texts: (string | null)[]): TextRow[] => texts.map((text) => ({ t: text }));

test.beforeEach(() => reset());

/** What a row has, by name. */
function named(spec: Spec, state: v1.FeatureState, row: Readonly<Record<string, unknown>>): Record<string, number> {
  const { ids, values } = new RowEncoder([spec], state, []).encodeRow(row as never).pairs.get(spec.name!)!;
  return Object.fromEntries(ids.map((id, i) => [featureName(spec, state, id), values[i]!]));
}

test("words of a text are counted, unknown ones together, and a missing text is missing", (t) => {
  const spec: Spec = { name: "w", vocabulary: { field: "t", minCount: 2, items: { kind: WORDS } } };
  const state = fitRows([spec], FIELDS, rowsOf("Win a PRIZE", "a prize, a win!", "no"));
  t.deepEqual(named(spec, state, { t: "A win is a win" }), { "w=(other)": 1, "w=a": 2, "w=win": 2 });
  t.deepEqual(named(spec, state, { t: null }), { "w missing": 1 });
  t.deepEqual(named(spec, state, { t: "?!" }), {});
  t.is(columnSize(spec, state), 5);
});

test("an item that comes several times counts once where that is asked for; runs of words are items too", (t) => {
  const spec: Spec = { name: "w", vocabulary: { field: "t", items: { kind: WORDS, least: 1, most: 2, once: true } } };
  const state = fitRows([spec], FIELDS, rowsOf("to be or not to be"));
  t.deepEqual(named(spec, state, { t: "to be to be" }), { "w=be": 1, "w=to": 1, "w=to be": 1, "w=(other)": 1 });
});

test("lists come as arrays and objects or as their JSON text, the same", (t) => {
  const spec: Spec = { name: "g", vocabulary: { field: "t", items: { kind: LIST } } };
  const state = fitRows([spec], FIELDS, rowsOf('["a","b",7]', '{"c": 2}', "plain"));
  for (const value of [["b", 7, "new", null], '["b", 7, "new", null]']) t.deepEqual(named(spec, state, { t: value }), { "g=(other)": 1, "g=7": 1, "g=b": 1 });
  for (const value of [{ c: 0.5, a: -1 }, '{"c":0.5,"a":-1}']) t.deepEqual(named(spec, state, { t: value }), { "g=a": -1, "g=c": 0.5 });
  t.deepEqual(named(spec, state, { t: "plain" }), { "g=plain": 1 });
  t.deepEqual(named(spec, state, { t: [] }), {});
});

test("weights stand behind a colon, and those of equal items add up", (t) => {
  const spec: Spec = { name: "p", identity: { field: "t", size: 800, items: { kind: SEPARATED, separator: " ", weighted: true } } };
  const state = fitRows([spec], FIELDS, []);
  t.deepEqual(named(spec, state, { t: "3:0.5 700 3:0.25" }), { "p=3": 0.75, "p=700": 1 });
});

test("an item that is a very long number is out of range, one by one and in batches", (t) => {
  const spec: Spec = { name: "p", identity: { field: "t", size: 10, defaultValue: 9, items: { kind: SEPARATED, separator: "," } } };
  const state = fitRows([spec], FIELDS, []);
  const text = "123456789012345678901234567890,3";
  t.deepEqual(named(spec, state, { t: text }), { "p=3": 1, "p=9": 1 });
  t.deepEqual([...encodeRows([spec], FIELDS, rowsOf(text), state).pairs.get("p")!.ids], [4, 10]);
});

test("a cross has every combination of its inputs' items, values multiplied", (t) => {
  const specs: Spec[] = [
    { name: "a", vocabulary: { field: "t", values: ["x", "y"], items: { kind: SEPARATED, separator: ",", weighted: true } } },
    { name: "b", identity: { field: "u", size: 3 } },
    { name: "both", crossed: { inputs: ["a", "b"] } },
  ];
  const state = fitRows(specs, ["t", "u"], []);
  const { ids, values } = new RowEncoder([specs[2]!], state, []).encodeRow({ t: "y:2,x:0.5", u: 1 }).pairs.get("both")!;
  t.deepEqual(
    ids.map((id, i) => [featureName(specs[2]!, state, id), values[i]]),
    [
      ["a=x x b=1", 0.5],
      ["a=y x b=1", 2],
    ],
  );
});

test("texts that are no lists, weights that are no numbers and items out of range are rejected, one by one and in batches", (t) => {
  const cases: [Spec, string, string][] = [
    [{ name: "c", vocabulary: { field: "t", items: { kind: LIST } } }, '["a"', "E_LIST"],
    [{ name: "c", vocabulary: { field: "t", items: { kind: LIST } } }, '{"a":"b"}', "E_LIST"],
    [{ name: "c", hashed: { field: "t", buckets: 9, items: { kind: SEPARATED, separator: " ", weighted: true } } }, "a:1 b:x", "E_LIST"],
    [{ name: "c", hashed: { field: "t", buckets: 9, items: { kind: SEPARATED, separator: " ", weighted: true } } }, "a:1 :2", "E_LIST"],
    [{ name: "c", hashed: { field: "t", buckets: 9, items: { kind: SEPARATED, separator: " ", weighted: true } } }, "a:1e999", "E_LIST"],
    [{ name: "c", identity: { field: "t", size: 3, items: { kind: SEPARATED, separator: "," } } }, "1,3", "E_IDENTITY_RANGE"],
    [{ name: "c", identity: { field: "t", size: 3, items: { kind: SEPARATED, separator: "," } } }, "1,a", "E_NUMBER"],
  ];
  for (const [spec, text, code] of cases) {
    reset();
    const state = fitRows([spec], FIELDS, []);
    const { rejects } = encodeRows([spec], FIELDS, rowsOf("1", text, null), state);
    t.deepEqual(rejects, [{ row: 1, code: code as `E_${string}`, field: "t" }], text);
    t.throws(() => new RowEncoder([spec], state, []).encodeRow({ t: text }), { code });
  }
});

test("lists that hold themselves, no finite number, other lists or nothing that JSON knows are refused with a code, at any depth", (t) => {
  const spec: Spec = { name: "c", vocabulary: { field: "t", items: { kind: LIST } } };
  const state = fitRows([spec], FIELDS, rowsOf('["a"]'));
  const encoder = new RowEncoder([spec], state, []);
  const round: unknown[] = [];
  round.push(round);
  const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  const cases: [unknown, string][] = [
    [[Number.NaN], "E_NUMBER"],
    [["a", Number.POSITIVE_INFINITY], "E_NUMBER"],
    [{ a: Number.NaN }, "E_NUMBER"],
    [round, "E_ROW_VALUE"],
    [[1n], "E_ROW_VALUE"],
    [{ toJSON: () => undefined }, "E_ROW_VALUE"],
    [[["a"]], "E_LIST"],
    [{ a: { b: 1 } }, "E_LIST"],
    ...[101, 1000, 100_000].flatMap((depth): [unknown, string][] => [
      [deep(depth), "E_LIST"],
      ["[".repeat(depth), "E_LIST"],
      ['{"a":'.repeat(depth), "E_LIST"],
    ]),
    [JSON.parse(deep(1000)), "E_LIST"],
    [JSON.parse(deep(100_000)), "E_ROW_VALUE"],
  ];
  for (const [value, code] of cases) t.throws(() => encoder.encodeRow({ t: value } as never), { code });
  t.deepEqual(named(spec, state, { t: JSON.parse('{"__proto__":2,"a":1}') as unknown }), { "c=(other)": 2, "c=a": 1 });
  t.deepEqual(named(spec, state, { t: ["__proto__", "a"] }), { "c=(other)": 1, "c=a": 1 });
});

test("a row whose items would be crossed to more pairs than allowed is rejected", (t) => {
  const items = { kind: SEPARATED, separator: "," };
  const specs: Spec[] = [
    { name: "a", hashed: { field: "t", buckets: 1000, items } },
    { name: "b", hashed: { field: "t", buckets: 1000, salt: 1, items } },
    { name: "both", crossed: { inputs: ["a", "b"], buckets: 100 } },
  ];
  const many = Array.from({ length: 300 }, (_, i) => i).join(",");
  const few = Array.from({ length: 200 }, (_, i) => i).join(",");
  const state = fitRows(specs, FIELDS, []);
  const batch = encodeRows(specs, FIELDS, rowsOf(few, many, "1"), state);
  t.deepEqual(batch.rejects, [{ row: 1, code: "E_CROSS_ITEMS", field: "t" }]);
  const one = new RowEncoder([specs[2]!], state, []);
  t.throws(() => one.encodeRow({ t: many }), { code: "E_CROSS_ITEMS" });
  t.is(
    one
      .encodeRow({ t: few })
      .pairs.get("both")!
      .values.reduce((a, b) => a + b),
    batch.pairs
      .get("both")!
      .values.subarray(0, batch.pairs.get("both")!.offsets[1])
      .reduce((a, b) => a + b),
  );
});

test("one very long text among short ones is cut whole", (t) => {
  const spec: Spec = { name: "w", hashed: { field: "t", buckets: 50, items: { kind: WORDS } } };
  const state = fitRows([spec], FIELDS, []);
  const long = "ab ".repeat(200_000);
  const { pairs } = encodeRows([spec], FIELDS, rowsOf("one two", long, "three"), state);
  const { offsets, values } = pairs.get("w")!;
  t.deepEqual([offsets.length, values[offsets[1]!]], [4, 200_000]);
});

test("a reader and its encoder outlive the release of what was taken since they were made", (t) => {
  const specs: Spec[] = [
    { name: "w", vocabulary: { field: "t", minCount: 1, items: { kind: WORDS, most: 2 } } },
    { name: "both", crossed: { inputs: ["w", "n"], buckets: 99 } },
    { name: "n", hashed: { field: "t", buckets: 9, items: { kind: SEPARATED, separator: " " } } },
  ];
  const rows = rowsOf("one two", "three ".repeat(400), null, "two");
  const state = fitRows(specs, FIELDS, rows);
  const reader = new ColumnReader(specs, FIELDS, runtime);
  const encoder = new Encoder(reader, state);
  const mark = runtime.arena.mark();
  const once = encoder.encode(reader.prepare(batchOf(FIELDS, rows)));
  runtime.arena.release(mark);
  const batch = batchOf(FIELDS, rows);
  runtime.arena.u8(runtime.arena.take(2 ** 20), 2 ** 20).fill(0xff);
  t.deepEqual(encoder.encode(reader.prepare(batch)), once);
});

test("cuts that cannot be end with exit code 2", (t) => {
  const wrong: v1.ItemsSpec.$Properties[] = [
    { kind: SEPARATED },
    { kind: SEPARATED, separator: "x".repeat(33) },
    { kind: WORDS, weighted: true },
    { kind: LIST, most: 2 },
    { kind: WORDS, least: 3, most: 2 },
    { kind: WORDS, most: 9 },
    { kind: SEPARATED, separator: ",", weighted: true, once: true },
  ];
  for (const items of wrong)
    t.like(
      t.throws(() => planColumns([{ name: "c", vocabulary: { field: "t", items } }])),
      { code: "E_COLUMN_SPEC", exitCode: 2 },
    );
});
