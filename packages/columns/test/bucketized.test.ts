import test from "ava";
import { columnSize, featureName } from "../dist/index.js";
import { encodeRows, fitRows, reset, type Spec, type TextRow } from "./support.js";

const FIELDS = ["x"];
const rowsOf = (numbers: readonly (number | string | null)[]): TextRow[] => numbers.map((x) => ({ x: x === null ? null : String(x) }));
const idsOf = (spec: Spec, fitted: readonly number[], asked: readonly (number | string | null)[]): number[] => [
  ...encodeRows([spec], FIELDS, rowsOf(asked), fitRows([spec], FIELDS, rowsOf(fitted))).ids.get("b")!,
];

test.beforeEach(() => reset());

test("a boundary belongs to the bucket above it", (t) => {
  const spec: Spec = { name: "b", bucketized: { field: "x", boundaries: [18, 25] } };
  t.deepEqual(idsOf(spec, [], [null, 17.999, 18, 24, 25, 1e9]), [0, 1, 2, 2, 3, 3]);
  const state = fitRows([spec], FIELDS, []);
  t.deepEqual(
    Array.from({ length: columnSize(spec, state) }, (_, id) => featureName(spec, state, id)),
    ["b missing", "b < 18", "b in [18, 25)", "b >= 25"],
  );
});

test("quantile boundaries cut the rows into equal shares, repeated ones fall together", (t) => {
  const spec: Spec = { name: "b", bucketized: { field: "x", quantiles: 4 } };
  const numbers = Array.from({ length: 101 }, (_, i) => i);
  t.deepEqual(fitRows([spec], FIELDS, rowsOf(numbers)).states[0]!.bucketized!.boundaries, [25, 50, 75]);
  t.deepEqual(fitRows([spec], FIELDS, rowsOf([1, 7, 7, 7, 7, 9])).states[0]!.bucketized!.boundaries, [7]);
  t.deepEqual(idsOf(spec, [7, 7], [7, 8, null]), [1, 1, 0]);
});

test("of the non-zero values: zero has a bucket of its own", (t) => {
  const spec: Spec = { name: "b", bucketized: { field: "x", quantiles: 2, ofNonZero: true } };
  const fitted = [0, 0, 0, 0, 0, 0, 10, 20, 30];
  const state = fitRows([spec], FIELDS, rowsOf(fitted));
  t.deepEqual(state.states[0]!.bucketized!.boundaries, [0, Number.MIN_VALUE, 20]);
  t.deepEqual(idsOf(spec, fitted, [-1, 0, "-0", 5e-324, 19, 20, null]), [1, 2, 2, 3, 3, 4, 0]);
  t.deepEqual(
    Array.from({ length: columnSize(spec, state) }, (_, id) => featureName(spec, state, id)),
    ["b missing", "b < 0", "b = 0", "b in (0, 20)", "b >= 20"],
  );
});

test("of the non-zero values of a column of zeros: below, zero, above", (t) => {
  const spec: Spec = { name: "b", bucketized: { field: "x", quantiles: 10, ofNonZero: true } };
  t.deepEqual(idsOf(spec, [0, 0], [-1, 0, 1]), [1, 2, 3]);
});
