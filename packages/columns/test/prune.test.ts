import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { appendFit, columnSize, featureName, isNumeric, pruneState, RowEncoder } from "../dist/index.js";
import { countRows, EVERY_KIND, encodeRows, FIELDS, fitRows, goodRow, reset, type Spec, type TextRow } from "./support.js";

const rows = fc.array(goodRow, { minLength: 1, maxLength: 30 });
/** The state as a model file would hold it. */
const stored = (state: v1.FeatureState): v1.FeatureState => decodeMessage(v1.FeatureState, encodeMessage(v1.FeatureState, state), "state");

test("with any weights, a pruned state scores every row, known or not, as the whole state does", (t) => {
  fc.assert(
    fc.property(rows, rows, fc.infiniteStream(fc.boolean()), fc.constantFrom(...EVERY_KIND.map((_, i) => i)), (fitted, asked, coins, left) => {
      reset();
      const state = fitRows(EVERY_KIND, FIELDS, fitted);
      const columns = EVERY_KIND.filter((spec, i) => !isNumeric(spec) && i !== left);
      const used = new Map<string, Uint32Array>();
      for (const spec of columns) {
        const ids = Array.from({ length: Math.min(60, columnSize(spec, state)) }, (_, id) => id).filter(() => coins.next().value);
        if (ids.length > 0) used.set(spec.name!, Uint32Array.from(ids));
      }
      const live = columns.filter((spec) => used.has(spec.name!));
      const pruned = stored(pruneState(live, state, used));
      const weightOf = (name: string, id: number): number => (used.get(name)!.includes(id) ? id + 1 : 0);
      const whole = encodeRows(EVERY_KIND, FIELDS, asked, state);
      const small = encodeRows(pruned.columns, FIELDS, asked, pruned);
      const one = new RowEncoder(live, pruned, []);
      asked.forEach((row, i) => {
        const encoded = one.encodeRow(row);
        for (const spec of live) {
          const name = spec.name!;
          const score = (ids: readonly number[], values: readonly number[]): number => ids.reduce((sum, id, k) => sum + weightOf(name, id) * values[k]!, 0);
          const pairs = small.pairs.get(name);
          if (pairs !== undefined) {
            const own = encoded.pairs.get(name)!;
            const [from, to] = [pairs.offsets[i]!, pairs.offsets[i + 1]!];
            t.deepEqual([own.ids, own.values], [[...pairs.ids.subarray(from, to)], [...pairs.values.subarray(from, to)]]);
            const all = whole.pairs.get(name)!;
            const scored = score([...all.ids.subarray(all.offsets[i], all.offsets[i + 1])], [...all.values.subarray(all.offsets[i], all.offsets[i + 1])]);
            t.true(Math.abs(score(own.ids, own.values) - scored) <= 1e-9 * (1 + Math.abs(scored)), `${name} ${JSON.stringify(row)}`);
            continue;
          }
          const id = small.ids.get(name)![i]!;
          t.is(encoded.ids.get(name), id);
          t.is(weightOf(name, id), weightOf(name, whole.ids.get(name)![i]!), `${name} ${JSON.stringify(row)}`);
          t.true(id < columnSize(spec, pruned));
        }
      });
      for (const spec of live) {
        t.is(columnSize(spec, pruned), columnSize(spec, state));
        for (const id of used.get(spec.name!)!)
          if (spec.crossed?.vocabulary != null || spec.crossed == null) t.is(featureName(spec, pruned, id), featureName(spec, state, id));
      }
    }),
    { numRuns: 60 },
  );
});

const FIELD = ["t"];
const rowsOf = (texts: readonly string[]): TextRow[] => texts.map((text) => ({ t: text }));

test("values without weight leave no bytes when unknown ones have none either, and a few bits each when they have", (t) => {
  reset();
  const spec: Spec = { name: "v", vocabulary: { field: "t" } };
  const state = fitRows([spec], FIELD, rowsOf(["a", "b", "c", "d"]));
  const plain = pruneState([spec], state, new Map([["v", Uint32Array.of(3)]])).states[0]!.vocabulary!;
  t.deepEqual([plain.idGaps, plain.droppedCount, plain.droppedGaps?.length, plain.known], [[3], 0, 0, 4]);
  const other = pruneState([spec], state, new Map([["v", Uint32Array.of(1, 3)]])).states[0]!.vocabulary!;
  t.deepEqual([other.idGaps, other.droppedCount, other.droppedId], [[3], 3, 2]);
  t.true(other.droppedGaps!.length <= 15);
});

test("what a weightless column holds does not matter, and a column the model leaves out is gone", (t) => {
  reset();
  const specs: Spec[] = [
    { name: "v", vocabulary: { field: "t" } },
    { name: "h", hashed: { field: "t", buckets: 8 } },
  ];
  const state = fitRows(specs, FIELD, rowsOf(["a", "b"]));
  const pruned = pruneState([specs[0]!], state, new Map());
  t.deepEqual(
    pruned.columns.map(({ name }) => name),
    ["v"],
  );
  t.is(new RowEncoder([specs[0]!], pruned, []).encodeRow({ t: "a" }).ids.get("v"), 1);
});

test("given values without weight leave the specification, which keeps its radix", (t) => {
  reset();
  const spec: Spec = { name: "v", vocabulary: { field: "t", values: ["a", "b", "c"] } };
  const state = fitRows([spec], FIELD, []);
  const pruned = stored(pruneState([spec], state, new Map([["v", Uint32Array.of(4)]])));
  t.deepEqual(pruned.columns[0]!.vocabulary!.values, []);
  t.is(columnSize(spec, pruned), 5);
  t.is(new RowEncoder([spec], pruned, []).encodeRow({ t: "c" }).ids.get("v"), 4);
});

test("a pruned state can neither grow nor be pruned again", (t) => {
  reset();
  const spec: Spec = { name: "v", vocabulary: { field: "t" } };
  const state = fitRows([spec], FIELD, rowsOf(["a", "b"]));
  const pruned = pruneState([spec], state, new Map([["v", Uint32Array.of(2)]]));
  t.throws(() => appendFit(pruned, countRows([spec], FIELD, rowsOf(["c"]))), { code: "E_COLUMN_STATE" });
  t.throws(() => pruneState([spec], pruned, new Map()), { code: "E_COLUMN_STATE" });
});
