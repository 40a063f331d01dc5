import type { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { appendFit, columnSize, featureName, RowEncoder } from "../dist/index.js";
import { countRows, encodeRows, fitRows, hostileText, reset, type Spec, type TextRow } from "./support.js";

const FIELDS = ["t"];
const rowsOf = (texts: readonly (string | null)[]): TextRow[] => texts.map((t) => ({ t }));
const times = (counts: Readonly<Record<string, number>>): TextRow[] =>
  rowsOf(Object.entries(counts).flatMap(([text, n]) => Array.from({ length: n }, () => text)));
const names = (spec: Spec, state: v1.FeatureState): string[] => Array.from({ length: columnSize(spec, state) }, (_, id) => featureName(spec, state, id));
const countsOf = (state: v1.FeatureState): { counts: number[]; pending: number[] } => ({
  counts: state.states[0]!.vocabulary!.counts ?? [],
  pending: state.states[0]!.vocabulary!.pendingCounts ?? [],
});

test.beforeEach(() => reset());

test("values are ordered by count, then by bytes, and end at maxSize", (t) => {
  const spec: Spec = { name: "v", vocabulary: { field: "t", maxSize: 4, minCount: 2, outOfVocabulary: 2 } };
  const state = fitRows([spec], FIELDS, times({ b: 3, a: 3, z: 5, rare: 1, B: 3, c: 2 }));
  t.deepEqual(names(spec, state), ["v missing", "v=(other 1)", "v=(other 2)", "v=z", "v=B", "v=a", "v=b"]);
  t.deepEqual(countsOf(state), { counts: [5, 3, 3, 3], pending: [2, 1] });
});

test("the next night appends what now reaches minCount, pending counts included, and keeps every id", (t) => {
  const spec: Spec = { name: "v", vocabulary: { field: "t", minCount: 3 } };
  const first = fitRows([spec], FIELDS, times({ a: 3, slow: 2, never: 1 }));
  const second = appendFit(first, countRows([spec], FIELDS, times({ fresh: 4, slow: 1, a: 2 })));
  t.deepEqual(names(spec, second), ["v missing", "v=(other)", "v=a", "v=fresh", "v=slow"]);
  t.deepEqual(countsOf(second), { counts: [5, 4, 3], pending: [1] });
  const third = appendFit(second, countRows([spec], FIELDS, times({ never: 2 })));
  t.deepEqual(names(spec, third).slice(2), ["v=a", "v=fresh", "v=slow", "v=never"]);
  t.is(third.generation, 2);
});

test("a full vocabulary admits nothing more and goes on counting", (t) => {
  const spec: Spec = { name: "v", vocabulary: { field: "t", maxSize: 1 } };
  const state = appendFit(fitRows([spec], FIELDS, times({ a: 1 })), countRows([spec], FIELDS, times({ b: 9, a: 1 })));
  t.deepEqual(names(spec, state).slice(2), ["v=a"]);
  t.deepEqual(countsOf(state), { counts: [2], pending: [9] });
});

test("given values have ids in their order, and nothing is learned", (t) => {
  const spec: Spec = { name: "v", vocabulary: { field: "t", values: ["z", "", "__proto__"] } };
  const state = fitRows([spec], FIELDS, times({ q: 9 }));
  t.is(state.states.length, 0);
  t.deepEqual([...encodeRows([spec], FIELDS, rowsOf(["z", "", "__proto__", "q", null]), state).ids.get("v")!], [2, 3, 4, 1, 0]);
});

test("any texts are told apart exactly, byte order marks and zero bytes too", (t) => {
  const spec: Spec = { name: "v", vocabulary: { field: "t" } };
  fc.assert(
    fc.property(fc.uniqueArray(hostileText, { minLength: 1, maxLength: 30 }), (texts) => {
      reset();
      const rows = rowsOf(texts);
      const state = fitRows([spec], FIELDS, rows);
      const ids = encodeRows([spec], FIELDS, rows, state).ids.get("v")!;
      t.is(new Set(ids).size, texts.length);
      for (const [i, text] of texts.entries()) t.is(featureName(spec, state, ids[i]!), `v=${text}`);
    }),
    { numRuns: 50 },
  );
});

test("many distinct values grow the dictionary many times", (t) => {
  const spec: Spec = { name: "v", vocabulary: { field: "t" } };
  const texts = Array.from({ length: 6000 }, (_, i) => `value number ${i % 5000}`);
  const partial = countRows([spec], FIELDS, rowsOf(texts), [1500]);
  t.is(partial.columns[0]!.vocabulary!.tallies!.length, 8 * 5000);
  const state = fitRows([spec], FIELDS, rowsOf(texts), [1500]);
  t.is(columnSize(spec, state), 5002);
  t.is(
    encodeRows([spec], FIELDS, rowsOf(["value number 4999", "value number 5000"]), state)
      .ids.get("v")!
      .filter((id) => id === 1).length,
    1,
  );
});

test("a serving row says which vocabulary columns do not know its value", (t) => {
  const spec: Spec = { name: "v", vocabulary: { field: "t", outOfVocabulary: 2 } };
  const row = new RowEncoder([spec], fitRows([spec], FIELDS, times({ a: 1 })), ["?"]);
  t.deepEqual(row.encodeRow({ t: "b" }).unseen, ["v"]);
  t.deepEqual(row.encodeRow({ t: "a" }).unseen, []);
  t.deepEqual(row.encodeRow({ t: "?" }).unseen, []);
  t.deepEqual(row.encodeRow({}).unseen, []);
});
