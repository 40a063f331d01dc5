import { encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import {
  appendFit,
  columnSize,
  type EncodedBatch,
  featureName,
  fieldsOf,
  isMulti,
  isNumeric,
  isValued,
  numericMissing,
  numericTransform,
  RowEncoder,
} from "../dist/index.js";
import { codedBatchOf, countRows, countShard, EVERY_KIND, encodeRows, FIELDS, fitRows, goodRow, reset } from "./support.js";

const rows = fc.array(goodRow, { minLength: 1, maxLength: 40 });
const bytesOf = (state: v1.FeatureState): Buffer => Buffer.from(encodeMessage(v1.FeatureState, state));

for (const spec of EVERY_KIND) {
  const reads = fieldsOf(spec, EVERY_KIND);
  const specs = EVERY_KIND.filter((other) => other.name === spec.name || inputsOf(spec.name!).has(other.name!));

  test(`${spec.name}: any cut into shards fits the same bytes`, (t) => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat(40), { maxLength: 4 }), (all, cuts) => {
        reset();
        const inside = cuts.map((cut) => cut % (all.length + 1));
        t.deepEqual(bytesOf(fitRows(specs, FIELDS, all, inside)), bytesOf(fitRows(specs, FIELDS, all)));
      }),
      { numRuns: 20 },
    );
  });

  test(`${spec.name}: a source that knows which texts are the same gives the same state, ids and numbers`, (t) => {
    fc.assert(
      fc.property(rows, (all) => {
        reset();
        const partial = countShard(specs, FIELDS, all, 40, codedBatchOf);
        t.deepEqual(encodeMessage(v1.FeaturePartial, partial), encodeMessage(v1.FeaturePartial, countShard(specs, FIELDS, all, 40)));
        const state = fitRows(specs, FIELDS, all);
        t.deepEqual(encodeRows(specs, FIELDS, all, state, codedBatchOf), encodeRows(specs, FIELDS, all, state));
      }),
      { numRuns: 20 },
    );
  });

  test(`${spec.name}: a batch and its rows one by one get the same ids and numbers, below the column's size`, (t) => {
    fc.assert(
      fc.property(rows, rows, (fitted, asked) => {
        reset();
        const state = fitRows(specs, FIELDS, fitted);
        const batch = encodeRows(specs, FIELDS, asked, state);
        t.deepEqual(batch.rejects, []);
        const single = new RowEncoder([spec], state, []);
        const size = columnSize(spec, state);
        asked.forEach((row, i) => {
          const one = single.encodeRow(row);
          const [ids, numbers] = [batch.ids.get(spec.name!), batch.numbers.get(spec.name!)];
          t.is(one.ids.get(spec.name!), ids?.[i]);
          t.deepEqual(one.pairs.get(spec.name!), pairsOf(batch, spec.name!, i));
          t.true((one.pairs.get(spec.name!)?.ids ?? []).every((id, k, all) => id < size && (k === 0 || all[k - 1]! < id)));
          if (isMulti(spec, specs) && !isValued(spec, specs)) t.true(one.pairs.get(spec.name!)!.values.every((value) => value === 1));
          t.true(Object.is(one.numbers.get(spec.name!), numbers?.[i]));
          t.true(ids === undefined ? size <= 2 || isMulti(spec, specs) : ids[i]! < size);
          t.true(featureName(spec, state, ids?.[i] ?? 0).startsWith(spec.crossed == null || spec.crossed.buckets ? spec.name! : ""));
        });
      }),
      { numRuns: 20 },
    );
  });

  test(`${spec.name}: a row without any of its values gets id 0, or NaN`, (t) => {
    reset();
    const state = fitRows(specs, FIELDS, [{ n: "1", ["__proto__"]: "1", t: "a", u: "b", l: '["a"]', w: "1" }]);
    const row = new RowEncoder([spec], state, ["?"]);
    const empty = Object.fromEntries(reads.map((field) => [field, "?"]));
    if (spec.name === "needed") t.throws(() => row.encodeRow(empty), { code: "E_MISSING" });
    else if (isNumeric(spec)) t.true(Number.isNaN(row.encodeRow(empty).numbers.get(spec.name!)));
    else if (isMulti(spec, specs)) t.deepEqual(row.encodeRow(empty).pairs.get(spec.name!), { ids: [0], values: [1] });
    else t.is(row.encodeRow(empty).ids.get(spec.name!), 0);
  });

  test(`${spec.name}: another night keeps every id, and freezes all but vocabularies and counts`, (t) => {
    fc.assert(
      fc.property(rows, rows, (first, second) => {
        reset();
        const before = fitRows(specs, FIELDS, first);
        const after = appendFit(before, countRows(specs, FIELDS, second));
        t.is(after.generation, 1);
        t.is(after.rows, first.length + second.length);
        const [old, grown] = [encodeRows(specs, FIELDS, first, before), encodeRows(specs, FIELDS, first, after)];
        if (isMulti(spec, specs)) return; // pairs of what was unknown come apart
        const own = spec.vocabulary ?? spec.crossed?.vocabulary;
        const unknown = own == null ? -1 : Math.max(1, own.outOfVocabulary ?? 1);
        const usesVocabulary = spec.crossed != null && spec.crossed.vocabulary == null;
        old.ids.get(spec.name!)?.forEach((id, i) => {
          if (usesVocabulary) return; // what was unknown may be known now, and its cross with it
          if (id === 0 || id > unknown) t.is(grown.ids.get(spec.name!)![i], id);
        });
        t.deepEqual(grown.numbers.get(spec.name!), old.numbers.get(spec.name!));
        if (isNumeric(spec)) {
          const inputs = (state: v1.FeatureState): number[] => {
            const own = state.states.find(({ name }) => name === spec.name);
            return [...old.numbers.get(spec.name!)!].flatMap((x) => [numericTransform(spec, own)(x), Number(numericMissing(spec, own)(x))]);
          };
          t.deepEqual(inputs(after), inputs(before));
          t.true(inputs(before).every(Number.isFinite));
        }
        t.true(columnSize(spec, after) >= columnSize(spec, before));
      }),
      { numRuns: 15 },
    );
  });
}

/** Pairs of row i of a batch. */
function pairsOf(batch: EncodedBatch, name: string, i: number): { ids: number[]; values: number[] } | undefined {
  const pairs = batch.pairs.get(name);
  if (pairs === undefined) return undefined;
  const [from, to] = [pairs.offsets[i]!, pairs.offsets[i + 1]!];
  return { ids: [...pairs.ids.subarray(from, to)], values: [...pairs.values.subarray(from, to)] };
}

function inputsOf(name: string): Set<string> {
  const inputs = EVERY_KIND.find((spec) => spec.name === name)?.crossed?.inputs ?? [];
  return new Set(inputs.flatMap((input) => [input, ...inputsOf(input)]));
}
