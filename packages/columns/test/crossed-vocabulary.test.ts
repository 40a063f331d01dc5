import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { appendFit, columnSize, featureName, fieldsOf, fitFieldsOf, planColumns, pruneState, RowEncoder, vocabularyIdOf } from "../dist/index.js";
import { countRows, encodeRows, fitRows, hostileText, orMissing, reset, type Spec, type TextRow } from "./support.js";

const FIELDS = ["device", "country", "day", "age"];
const day: Spec = { name: "day", identity: { field: "day", size: 7 } };
const rowsOf = (...rows: (readonly [string | null, string | null])[]): TextRow[] =>
  rows.map(([device, country]) => ({ device, country, day: null, age: null }));
const seen: Spec = { name: "seen", crossed: { inputs: ["device", "country"], vocabulary: { minCount: 2 } } };

test.beforeEach(() => reset());

test("combinations that come often enough have ids, by count, then by bytes; the others share that of unknown ones", (t) => {
  const rows = rowsOf(["tablet", "DE"], ["phone", "DE"], ["tablet", "DE"], ["phone", "DE"], ["phone", "FR"], ["phone", "DE"], [null, null], [null, null]);
  const state = fitRows([seen], FIELDS, rows);
  t.deepEqual([...encodeRows([seen], FIELDS, rows, state).ids.get("seen")!], [3, 2, 3, 2, 1, 2, 0, 0]);
  t.is(columnSize(seen, state), 4);
  t.deepEqual(
    [0, 1, 2, 3].map((id) => featureName(seen, state, id)),
    ["seen missing", "seen=(other)", "device=phone x country=DE", "device=tablet x country=DE"],
  );
  t.deepEqual(new RowEncoder([seen], state, []).encodeRow({ device: "phone", country: "FR" }).unseen, ["seen"]);
});

test("a missing part, an empty text and texts that look like parts are told apart", (t) => {
  const spec: Spec = { name: "c", crossed: { inputs: ["device", "country"], vocabulary: {} } };
  const rows = rowsOf(["", null], [null, ""], ["", ""], ["-", null], ["1:a", ""], ["1", ":a"], ["a1:", "b"], ["a", "1:b"], ["ab", ""], ["a", "b"], ["", "ab"]);
  const state = fitRows([spec], FIELDS, rows);
  t.is(new Set(encodeRows([spec], FIELDS, rows, state).ids.get("c")!).size, rows.length);
  t.is(columnSize(spec, state), 2 + rows.length);
  t.is(featureName(spec, state, encodeRows([spec], FIELDS, [rows[0]!], state).ids.get("c")![0]!), "device= x country missing");
});

test("counts, ids and names are those of combinations counted one by one", (t) => {
  const row = fc
    .tuple(orMissing(hostileText), orMissing(fc.constantFrom("DE", "FR", "")), fc.option(fc.integer({ min: 0, max: 6 }).map(String)))
    .map(([device, country, day]): TextRow => ({ device, country, day, age: null }));
  const spec: Spec = { name: "c", crossed: { inputs: ["device", "day", "country"], vocabulary: { minCount: 2, maxSize: 4 } } };
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
      reset();
      const specs = [spec, day];
      const state = fitRows(specs, FIELDS, rows, [3, 20]);
      const { ids } = encodeRows(specs, FIELDS, rows, state);
      const keys = rows.map((one) => JSON.stringify([one["device"], one["day"], one["country"]]));
      const counts = new Map<string, number>();
      for (const key of keys) if (key !== "[null,null,null]") counts.set(key, (counts.get(key) ?? 0) + 1);
      const admitted = [...counts.values()].filter((count) => count >= 2).sort((a, b) => b - a);
      const own = ids.get("c")!;
      t.deepEqual(state.states[0]!.vocabulary!.counts.map(Number), admitted.slice(0, 4));
      const idOf = new Map<string, number>();
      keys.forEach((key, i) => {
        const [id, count] = [own[i]!, counts.get(key)];
        if (count === undefined) return t.is(id, 0);
        if (id === 1) return t.true(count < 2 || admitted.length > 4);
        t.is(state.states[0]!.vocabulary!.counts[id - 2], count);
        t.is(idOf.get(key) ?? id, id);
        idOf.set(key, id);
        const { device, country, day: number } = rows[i]!;
        const part = (name: string, value: string | null | undefined): string => (value == null ? `${name} missing` : `${name}=${value}`);
        return t.is(featureName(spec, state, id), `${part("device", device)} x ${part("day", number)} x ${part("country", country)}`);
      });
      t.is(new Set(idOf.values()).size, idOf.size);
    }),
  );
});

test("another night appends, and what waits for its count joins later", (t) => {
  const first = rowsOf(["phone", "DE"], ["phone", "DE"], ["tv", "DE"]);
  const second = rowsOf(["tv", "DE"], ["watch", "FR"], ["watch", "FR"]);
  const before = fitRows([seen], FIELDS, first);
  const after = appendFit(before, countRows([seen], FIELDS, second));
  t.is(columnSize(seen, before), 3);
  t.deepEqual([...encodeRows([seen], FIELDS, [...first, ...second], after).ids.get("seen")!], [2, 2, 3, 3, 4, 4]);
});

test("a learned vocabulary takes part with its field's text, given values, buckets and numbers with their ids", (t) => {
  const specs: Spec[] = [
    { name: "land", vocabulary: { field: "country", minCount: 100 } },
    { name: "kind", vocabulary: { field: "device", values: ["phone"] } },
    { name: "band", bucketized: { field: "age", boundaries: [18] } },
    { name: "c", crossed: { inputs: ["land", "kind", "band", "day"], vocabulary: {} } },
    day,
  ];
  const rows: TextRow[] = [
    { country: "DE", device: "tv", age: "17", day: "3" },
    { country: "FR", device: "phone", age: null, day: null },
  ];
  const state = fitRows(specs, FIELDS, rows);
  const { ids } = encodeRows(specs, FIELDS, [...rows, { country: "DE", device: "watch", age: "3", day: "3" }], state);
  const own = ids.get("c")!;
  t.is(own[2], own[0]); // unknown devices and ages below 18 have one id each
  t.is(featureName(specs[3]!, state, own[0]!), "land=DE x kind=(other) x band < 18 x day=3");
  t.is(featureName(specs[3]!, state, own[1]!), "land=FR x kind=phone x band missing x day missing");
  t.deepEqual(fieldsOf(specs[3]!, specs).sort(), ["age", "country", "day", "device"]);
  t.deepEqual(
    fitFieldsOf([
      { name: "h", hashed: { field: "device", buckets: 9 } },
      { name: "c", crossed: { inputs: ["h", "country"], vocabulary: {} } },
    ]).sort(),
    ["country", "device"],
  );
  const pruned = pruneState([specs[3]!], state, new Map([["c", Uint32Array.of(own[0]!)]]));
  t.deepEqual(
    pruned.columns.map(({ name }) => name),
    ["land", "kind", "band", "c", "day"],
  );
  t.is(new RowEncoder([specs[3]!], pruned, []).encodeRow({ country: "DE", device: "tv", age: 17, day: 3 }).ids.get("c"), own[0]);
  t.is(pruned.states.find(({ name }) => name === "land")!.vocabulary!.values!.lengths.length, 0);
  t.deepEqual(pruneState([specs[3]!], state, new Map()).columns[1]!.vocabulary!.values, ["phone"]);
});

test("crossed again it counts with its maxSize, and without one it cannot be part of an exact cross", (t) => {
  const cross = (maxSize: number): Spec[] => [
    { name: "c", crossed: { inputs: ["device", "country"], vocabulary: { maxSize, outOfVocabulary: 2 } } },
    day,
    { name: "d", crossed: { inputs: ["c", "day"] } },
  ];
  t.is(columnSize(cross(10)[2]!, fitRows(cross(10), FIELDS, rowsOf(["a", "b"]))), 13 * 8);
  t.throws(() => planColumns(cross(0)), { code: "E_CROSS_SIZE" });
});

test("the id of a key knows which of its texts the reader takes for missing", (t) => {
  const spec: Spec = { name: "c", crossed: { inputs: ["device", "country"], vocabulary: {} } };
  const state = fitRows([spec], FIELDS, rowsOf(["phone", null], ["phone", "?"]));
  const idOf = vocabularyIdOf(spec, state, ["?"]);
  const [missing, mark] = [...encodeRows([spec], FIELDS, rowsOf(["phone", null], ["phone", "?"]), state).ids.get("c")!] as [number, number];
  t.deepEqual([idOf("5:phone-"), idOf("5:phone1:?"), idOf("1:?-"), idOf("2:tv-")], [missing, missing, 0, 1]);
  t.is(vocabularyIdOf(spec, state)("5:phone1:?"), mark);
});

test("inputs whose ids are learned are refused, with what to do", (t) => {
  const inputs: [Spec, RegExp][] = [
    [{ name: "x", numeric: { field: "age" } }, /bucketized/],
    [{ name: "x", bucketized: { field: "age", quantiles: 4 } }, /boundaries/],
    [{ name: "x", crossed: { inputs: ["device", "age"], vocabulary: {} } }, /its own inputs/],
  ];
  for (const [spec, message] of inputs)
    t.like(
      t.throws(() => planColumns([spec, { name: "c", crossed: { inputs: ["x", "country"], vocabulary: {} } }]), { message }),
      { code: "E_CROSS_INPUT", exitCode: 2 },
    );
  t.throws(() => planColumns([{ name: "c", crossed: { inputs: ["device", "country"], buckets: 4, vocabulary: {} } }]), { code: "E_COLUMN_SPEC" });
  t.throws(() => planColumns([{ name: "c", crossed: { inputs: ["device"], vocabulary: {} } }]), { code: "E_CROSS_INPUT" });
});

test("combinations of several values are learned: every one with every other, values multiplied, repeated ones added", (t) => {
  const columns: Spec[] = [
    { name: "tags", vocabulary: { field: "country", minCount: 2, items: { kind: v1.ItemsSpec.Kind.SEPARATED, separator: "|", weighted: true } } },
    { name: "words", vocabulary: { field: "device", items: { kind: v1.ItemsSpec.Kind.WORDS, once: true } } },
    { name: "c", crossed: { inputs: ["tags", "words"], vocabulary: { outOfVocabulary: 1, minCount: 2 } } },
  ];
  const [, , spec] = columns;
  const rows = [
    { country: "a:2|b", device: "x y x" },
    { country: "b:0.5|b:0.25", device: "y" },
    { country: "a", device: "x" },
    { country: null, device: "y z" },
    { country: null, device: null },
    { country: "a:3", device: null },
    { country: "b", device: "  " },
  ];
  reset();
  const state = fitRows(columns, FIELDS, rows);
  const names = (id: number): string => featureName(spec!, state, id);
  // Of "x y x" the second x is left out; both b's of the second row count. Without tags, and without words, a combination has a missing part.
  t.deepEqual(state.states.find(({ name }) => name === "c")!.vocabulary!.counts, [3, 2]);
  t.deepEqual([names(2), names(3), names(0)], ["tags=b x words=y", "tags=a x words=x", "c missing"]);
  const { offsets, ids, values } = encodeRows(columns, FIELDS, rows, state).pairs.get("c")!;
  const pairs = rows.map((_, r) =>
    Object.fromEntries(Array.from({ length: offsets[r + 1]! - offsets[r]! }, (__, i) => [ids[offsets[r]! + i]!, values[offsets[r]! + i]!])),
  );
  t.deepEqual(pairs, [{ 1: 2 + 1, 2: 1, 3: 2 }, { 2: 0.75 }, { 3: 1 }, { 1: 2 }, { 0: 1 }, { 1: 3 }, {}]);
  const single = new RowEncoder([spec!], state, []);
  for (const [r, row] of rows.entries()) {
    const one = single.encodeRow(row).pairs.get("c")!;
    t.deepEqual(Object.fromEntries(one.ids.map((id, i) => [id, one.values[i]!])), pairs[r]);
  }
  t.deepEqual(single.encodeRow({ country: "new", device: "x" }).unseen, ["c"]);
});

test("a row whose combinations are too many is rejected", (t) => {
  const columns: Spec[] = [
    { name: "a", vocabulary: { field: "country", items: { kind: v1.ItemsSpec.Kind.WORDS } } },
    { name: "b", vocabulary: { field: "device", items: { kind: v1.ItemsSpec.Kind.WORDS } } },
    { name: "c", crossed: { inputs: ["a", "b"], vocabulary: {} } },
  ];
  const many = Array.from({ length: 300 }, (_, i) => `w${i}`).join(" ");
  reset();
  const rows = [
    { country: many, device: many },
    { country: "x", device: many },
  ];
  const state = fitRows(columns, FIELDS, rows);
  const { rejects, pairs } = encodeRows(columns, FIELDS, rows, state);
  t.like(rejects, { length: 1, 0: { row: 0, code: "E_CROSS_ITEMS" } });
  t.is(pairs.get("c")!.offsets[2]! - pairs.get("c")!.offsets[1]!, 300);
  t.throws(() => new RowEncoder([columns[2]!], state, []).encodeRow(rows[0]!), { code: "E_CROSS_ITEMS" });
});
