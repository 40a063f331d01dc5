import { v1 } from "@crossbill/messages";
import { ExactSum, pairwiseTreeFold } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";
import { ColumnReader, Fitter, finishFit, mergePartials } from "../dist/index.js";
import { signedLog1p } from "../dist/numeric-fit.js";
import { batchOf, reset, runtime, type Spec, type TextRow } from "./support.js";

const { CLIP, LOG1P, STANDARDIZE } = v1.NumericSpec.Scale;
const { TO_BOUND } = v1.NumericSpec.Outliers;
const FIELDS = ["x"];
const SPECS: readonly Spec[] = [
  { name: "plain", numeric: { field: "x", scale: STANDARDIZE } },
  { name: "log", numeric: { field: "x", scale: LOG1P, clipHigh: 500 } },
  { name: "chain", numeric: { field: "x", scales: [CLIP, LOG1P, STANDARDIZE], clipLow: -100, clipHigh: 900 } },
  { name: "robust", numeric: { field: "x", scale: STANDARDIZE, robust: true } },
  { name: "bounded", numeric: { field: "x", scale: STANDARDIZE, outliers: TO_BOUND, bounds: { zScore: 1.5 } } },
  { name: "buckets", bucketized: { field: "x", quantiles: 4 } },
];
interface Weighted {
  readonly x: number | null;
  readonly weight: number;
}

const rowOf = ({ x }: Weighted): TextRow => ({ x: x === null ? null : String(x) });

/** @param weighted false: the weights are not given, and must be 1 */
function partialOf(rows: readonly Weighted[], weighted = true): v1.FeaturePartial {
  const reader = new ColumnReader(SPECS, FIELDS, runtime);
  const fitter = new Fitter(reader);
  for (let from = 0; from < rows.length; from += 7) {
    const some = rows.slice(from, from + 7);
    const batch = reader.prepare(batchOf(FIELDS, some.map(rowOf)));
    const keep = new Uint8Array(some.length).fill(1);
    if (weighted)
      fitter.update(
        batch,
        keep,
        Float64Array.from(some, ({ weight }) => weight),
      );
    else fitter.update(batch, keep);
  }
  return fitter.partial();
}

function stateOf(partial: v1.FeaturePartial): v1.ColumnState[] {
  return finishFit(SPECS, partial).states.map(({ numeric, ...state }) => {
    if (numeric == null) return v1.ColumnState.create(state);
    const { count: _, missing: __, ...learned } = numeric; // of rows
    return v1.ColumnState.create({ ...state, numeric: v1.NumericState.create(learned) });
  });
}

const number = fc.oneof(
  fc.integer({ min: -20, max: 1100 }),
  fc.double({ noNaN: true, min: -1000, max: 2000 }).map((x) => x + 0),
);
const rowsWith = (weight: fc.Arbitrary<number>): fc.Arbitrary<Weighted[]> =>
  fc.array(fc.record({ x: fc.oneof({ weight: 5, arbitrary: number }, { weight: 1, arbitrary: fc.constant(null) }), weight }), {
    minLength: 1,
    maxLength: 60,
  });

test("a row of weight k is k rows: means, deviations, bounds, quantiles and boundaries are those of the copies; weight 0 is no row", (t) => {
  fc.assert(
    fc.property(rowsWith(fc.integer({ min: 0, max: 4 })), (rows) => {
      reset();
      const weighted = stateOf(partialOf(rows));
      reset();
      const copies = rows.flatMap(({ x, weight }) => Array.from({ length: weight }, () => ({ x, weight: 1 })));
      t.deepEqual(weighted, stateOf(partialOf(copies, false)));
    }),
    { numRuns: 150 },
  );
});

test("weights that are all 1 leave the same bytes as none", (t) => {
  fc.assert(
    fc.property(rowsWith(fc.constant(1)), (rows) => {
      reset();
      const given = v1.FeaturePartial.encode(partialOf(rows)).finish();
      reset();
      t.deepEqual(given, v1.FeaturePartial.encode(partialOf(rows, false)).finish());
    }),
    { numRuns: 30 },
  );
});

test("sums with fractional weights are exact: the order of rows, shards and batches leaves no trace", (t) => {
  const weight = fc.oneof(fc.constant(1), fc.double({ noNaN: true, min: 0, max: 1e6 }));
  fc.assert(
    fc.property(rowsWith(weight), fc.integer({ min: 0, max: 60 }), (rows, cut) => {
      const momentsOf = (partial: v1.FeaturePartial): unknown => partial.columns.slice(0, 2).map(({ numeric }) => numeric);
      reset();
      const whole = momentsOf(partialOf(rows));
      const backwards = [...rows].reverse();
      t.deepEqual(
        momentsOf(
          pairwiseTreeFold(
            [backwards.slice(0, cut), backwards.slice(cut)].map((some) => partialOf(some)),
            mergePartials,
          ),
        ),
        whole,
      );
    }),
    { numRuns: 300 },
  );
});

test("mean and deviation with fractional weights are their formulas", (t) => {
  fc.assert(
    fc.property(rowsWith(fc.double({ noNaN: true, min: 0.01, max: 100 })), (rows) => {
      const there = rows.filter((row): row is Weighted & { x: number } => row.x !== null);
      fc.pre(there.length > 0);
      reset();
      const [plain, log] = stateOf(partialOf(rows)).map(({ numeric }) => numeric!);
      const total = new ExactSum();
      for (const { weight } of there) total.add(weight);
      const check = (values: readonly number[], mean: number, deviation: number): void => {
        const sum = new ExactSum();
        values.forEach((x, i) => sum.addProduct(there[i]!.weight, x));
        const expected = sum.value() / total.value();
        t.is(mean, expected);
        let spread = 0;
        values.forEach((x, i) => {
          spread += there[i]!.weight * (x - expected) ** 2;
        });
        t.true(Math.abs(deviation - Math.sqrt(spread / total.value())) <= 1e-9 * (1 + Math.abs(expected)), `${deviation}`);
      };
      check(
        there.map(({ x }) => x),
        plain!.mean!,
        plain!.standardDeviation!,
      );
      check(
        there.map(({ x }) => signedLog1p(Math.min(x, 500))),
        log!.scaledMean!,
        log!.scaledStandardDeviation!,
      );
    }),
    { numRuns: 100 },
  );
});

test("very large and very small weights: means and deviations are as of weights around 1; a sum that overflows is an error", (t) => {
  const deviation = (unit: number): (number | null | undefined)[] => {
    reset();
    const rows = [1, 2, 4].map((x, i) => ({ x, weight: (i + 1) * unit }));
    const [plain, log] = stateOf(partialOf(rows)).map(({ numeric }) => numeric!);
    return [plain!.mean, plain!.standardDeviation, log!.scaledMean, log!.scaledStandardDeviation];
  };
  for (const unit of [2 ** 1000, 2 ** 60, 2 ** -60, 2 ** -900]) t.deepEqual(deviation(unit), deviation(1), `${unit}`);
  t.throws(() => deviation(5.9e307), { code: "E_WEIGHT", message: /column "plain": the weights .* divide them by a constant/ });
});

test("too few weights are an error", (t) => {
  reset();
  const reader = new ColumnReader(SPECS, FIELDS, runtime);
  const batch = reader.prepare(batchOf(FIELDS, [{ x: "1" }, { x: "2" }]));
  t.throws(() => new Fitter(reader).update(batch, new Uint8Array(2).fill(1), new Float64Array(1)), { message: /2 rows and only 1 weights/, code: "E_BATCH" });
});
