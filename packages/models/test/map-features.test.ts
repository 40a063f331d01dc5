import { v1 } from "@crossbill/messages";
import test from "ava";
import { mapFeatures, NO_FEATURE } from "../dist/map-features.js";
import { placeColumns } from "../dist/placement.js";

const site = (outOfVocabulary = 1): v1.ColumnSpec.$Properties => ({ name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary } });
const age: v1.ColumnSpec.$Properties = { name: "age", numeric: { field: "age", scale: v1.NumericSpec.Scale.STANDARDIZE } };
const user = (buckets: number): v1.ColumnSpec.$Properties => ({ name: "user", hashed: { field: "user", buckets } });

function stateOf(columns: v1.ColumnSpec.$Properties[], sites: readonly string[], mean = 0): v1.FeatureState {
  const encoder = new TextEncoder();
  const texts = sites.map((text) => encoder.encode(text));
  return v1.FeatureState.create({
    columns,
    states: [
      {
        name: "site",
        vocabulary: { values: { bytes: Buffer.concat(texts), lengths: texts.map((text) => text.length) }, counts: sites.map(() => 1), pending: {} },
      },
      { name: "age", numeric: { count: 10, mean, standardDeviation: 2, minimum: -9, maximum: 9 } },
    ].filter(({ name }) => columns.some((column) => column.name === name)),
  });
}

function map(was: v1.FeatureState, now: v1.FeatureState) {
  const placed = (state: v1.FeatureState) => placeColumns(v1.ModelSpec.create({ columns: state.columns.map(({ name }) => name) }), state);
  const { from, ...rest } = mapFeatures(placed(was), was, placed(now), now, [""]);
  return { from: [...from].map((f) => (f === NO_FEATURE ? -1 : f)), ...rest };
}

test("values that were appended are new, all others keep their place", (t) => {
  const found = map(stateOf([site(), age], ["a", "b"]), stateOf([site(), age], ["a", "b", "c"]));
  // missing, the unknown ones, a, b, c, and the number
  t.deepEqual(found, { from: [0, 1, 2, 3, -1, 4], mapped: 5, fresh: 1, dropped: 0, changed: [] });
});

test("after a refit, which orders the values anew and forgets some, they are found by their texts", (t) => {
  const found = map(stateOf([site()], ["a", "b", "c", "d"]), stateOf([site()], ["d", "new", "a", "c"]));
  t.deepEqual(found, { from: [0, 1, 5, -1, 2, 4], mapped: 5, fresh: 1, dropped: 1, changed: [] });
});

test("columns that mean something else have no counterpart, and it is said why", (t) => {
  const found = map(stateOf([site(), age, user(4)], ["a"], 0), stateOf([site(2), age, user(8)], ["a"], 0.5));
  t.deepEqual(
    found.changed.map(({ column, why }) => [column, why]),
    [
      ["age", "its numbers are scaled otherwise"],
      ["user", "its specification is another one"],
    ],
  );
  t.deepEqual(found.from.slice(0, 4), [0, 1, 1, 2], "both buckets of unknown values were the one");
  t.is(found.mapped, 4);
  t.is(found.fresh, found.from.length - 4);
  t.is(found.dropped, 1 + 5, "the number, and five ids of the user");
});

test("columns go by their names: another order is no change, a new column is new, one that is left out is dropped", (t) => {
  const found = map(stateOf([site(), user(2)], ["a"]), stateOf([user(2), age], ["a"]));
  t.deepEqual(found, { from: [3, 4, 5, -1], mapped: 3, fresh: 1, dropped: 3, changed: [] });
});
