import { v1 } from "@crossbill/messages";
import { ExactSum, log, log1p } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";
import { columnSize, featureName, numericTransform, RowEncoder } from "../dist/index.js";
import { meanAndDeviation, signedLog1p } from "../dist/numeric-fit.js";
import { encodeRows, fitRows, reset, type Spec, type TextRow } from "./support.js";

const { LOG, LOG1P, MINMAX, STANDARDIZE } = v1.NumericSpec.Scale;
const { INDICATOR, ZERO } = v1.NumericSpec.Missing;
const FIELDS = ["x"];
const rowsOf = (numbers: readonly (number | string | null)[]): TextRow[] => numbers.map((x) => ({ x: x === null ? null : String(x) }));
const fit = (
  numeric: v1.NumericSpec.$Properties,
  numbers: readonly (number | null)[],
): { spec: Spec; state: v1.FeatureState; transform: (x: number) => number } => {
  reset();
  const spec: Spec = { name: "c", numeric: { field: "x", ...numeric } };
  const state = fitRows([spec], FIELDS, rowsOf(numbers));
  return { spec, state, transform: numericTransform(spec, state.states[0]!) };
};
const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-15 * Math.max(1, Math.abs(b));

test("moments are of the clipped values that are there", (t) => {
  const { state } = fit({ clipHigh: 10 }, [1, 2, null, 300, null]);
  const numeric = state.states[0]!.numeric!;
  t.deepEqual([numeric.count, numeric.missing, numeric.minimum, numeric.maximum], [3, 2, 1, 10]);
  t.is(numeric.mean, 13 / 3);
  t.true(close(numeric.standardDeviation!, Math.sqrt((105 - 169 / 3) / 3)));
});

test("moments are exact sums, of whole numbers that come often as of others", (t) => {
  const number = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -3, max: 1100 }), fc.double({ noNaN: true, min: 0, max: 2000 }));
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 400 }), fc.constantFrom(LOG1P, STANDARDIZE), (numbers, scale) => {
      const { scaledMean, mean, minimum, maximum, count, ...numeric } = fit({ scale }, numbers).state.states[0]!.numeric!;
      const sums = (values: readonly number[]): { mean: number; deviation: number } => {
        const [sum, squares] = [new ExactSum(), new ExactSum()];
        sum.addArray(values);
        for (const x of values) squares.addProduct(x, x);
        const count = new ExactSum();
        count.add(values.length);
        return meanAndDeviation(count, sum, squares);
      };
      const raw = sums(numbers);
      t.deepEqual([count, minimum, maximum, mean], [numbers.length, Math.min(...numbers) + 0, Math.max(...numbers) + 0, raw.mean]);
      t.is(numeric.standardDeviation, raw.deviation);
      if (scale !== LOG1P) return;
      const logs = sums(numbers.map(signedLog1p));
      t.deepEqual([scaledMean, numeric.scaledStandardDeviation], [logs.mean, logs.deviation]);
    }),
    { numRuns: 100 },
  );
});

test("the deviation of large numbers that lie close together is exact to the last bits", (t) => {
  const { state } = fit({}, [1e15 + 1, 1e15 + 2, 1e15 + 3]);
  t.true(close(state.states[0]!.numeric!.standardDeviation!, Math.sqrt(2 / 3)));
  t.is(fit({}, [0.1, 0.1, 0.1]).state.states[0]!.numeric!.standardDeviation, 0);
  t.is(
    fit(
      {},
      Array.from({ length: 4 }, () => -3.929319461756572e-163),
    ).state.states[0]!.numeric!.standardDeviation,
    0,
  ); // its square is no float64
});

test("every scale is its formula, and missing values become what the mean becomes, or 0", (t) => {
  const numbers = [1, 2, 6, null];
  const deviation = Math.sqrt((1 + 4 + 36) / 3 - 9);
  const none = fit({}, numbers).transform;
  t.deepEqual([none(6), none(Number.NaN)], [6, 3]);
  const standard = fit({ scale: STANDARDIZE }, numbers).transform;
  t.true(close(standard(6), 3 / deviation));
  t.is(standard(Number.NaN), 0);
  const ranged = fit({ scale: MINMAX }, numbers).transform;
  t.deepEqual([ranged(1), ranged(6), ranged(11), ranged(Number.NaN)], [0, 1, 2, 0.4]);
  t.is(fit({ scale: MINMAX, missing: ZERO }, numbers).transform(Number.NaN), 0);
  for (const [scale, f] of [
    [LOG, log],
    [LOG1P, log1p],
  ] as const) {
    const logs = [1, 2, 6].map(f);
    const mean = logs.reduce((a, b) => a + b) / 3;
    const spread = Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3);
    const transform = fit({ scale }, numbers).transform;
    t.true(Math.abs(transform(2) - (f(2) - mean) / spread) < 1e-14);
    t.is(transform(Number.NaN), 0);
  }
  const symmetric = fit({ scale: LOG1P }, [-3, 3]).transform;
  t.is(symmetric(-1), -symmetric(1));
});

test("a clip comes before the scale, and a constant column is divided by 1", (t) => {
  const clipped = fit({ scale: STANDARDIZE, clipLow: 0, clipHigh: 2 }, [-50, 1, 99]).transform;
  t.is(clipped(-1e9), clipped(0));
  t.is(clipped(1e9), clipped(2));
  const constant = fit({ scale: STANDARDIZE }, [4, 4]).transform;
  t.deepEqual([constant(4), constant(5)], [0, 1]);
});

test("a column without any value stands at mean 0", (t) => {
  const { state, transform } = fit({ scale: STANDARDIZE }, [null, null]);
  t.deepEqual([transform(3), transform(Number.NaN)], [3, 0]);
  t.is(state.states[0]!.numeric!.missing, 2);
});

test("an indicator is a second feature", (t) => {
  const { spec, state } = fit({ missing: INDICATOR }, [1]);
  t.is(columnSize(spec, state), 2);
  t.deepEqual([featureName(spec, state, 0), featureName(spec, state, 1)], ["c", "c missing"]);
});

test("numbers are passed on as they are: -0, denormals, long digits, unclipped", (t) => {
  const { spec, state } = fit({ clipHigh: 1 }, [0]);
  const { numbers } = encodeRows([spec], FIELDS, rowsOf(["-0", "5e-324", "123456789012345678901234567890", " 2.5 ", null]), state);
  t.deepEqual([...numbers.get("c")!], [-0, 5e-324, 1.2345678901234568e29, 2.5, Number.NaN]);
});

test("moments that overflow are an error that asks for a clip", (t) => {
  t.throws(() => fit({}, [1e308, -1e308, 1e308]), { code: "E_COLUMN_FIT" });
});

test("a number is missing where its text means no value, whether the row has it as a text or as a number", (t) => {
  const { spec, state } = fit({}, [1, 2]);
  const encoder = new RowEncoder([spec], state, ["", "-999", "1e3", "0"]);
  const numberOf = (x: string | number): number => encoder.encodeRow({ x }).numbers.get("c")!;
  for (const missing of ["-999", -999, "0", 0, -0, "", "1e3"]) t.true(Number.isNaN(numberOf(missing)), `${missing}`);
  for (const there of ["-998", -998, 1000, 0.5, 1e300]) t.is(numberOf(there), Number(there));
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY]) t.throws(() => numberOf(none), { code: "E_NUMBER" });
});
