import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { numericMissing, numericRecipe, numericTransform } from "../dist/index.js";

const { LOG1P, MINMAX, STANDARDIZE, LOG, CLIP, NONE } = v1.NumericSpec.Scale;
const { AS_MISSING, TO_BOUND } = v1.NumericSpec.Outliers;
const fitted = {
  count: 9,
  mean: 3,
  standardDeviation: 2.5,
  minimum: -4,
  maximum: 12,
  scaledMean: 1.25,
  scaledStandardDeviation: 0.75,
  low: -3,
  high: 7,
  centre: 0.625,
};

const recipe = (numeric: v1.NumericSpec.$Properties, steps: v1.NumericStep.$Properties[] = []) =>
  numericRecipe({ name: "x", numeric: { field: "x", ...numeric } }, { name: "x", numeric: { ...fitted, steps } });

test("a recipe says in plain numbers what becomes of a raw value", (t) => {
  const kept = { outside: "keep", low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY } as const;
  t.deepEqual(recipe({ scale: NONE }), { ...kept, steps: [], missing: 3 });
  t.deepEqual(recipe({ scale: STANDARDIZE, clipLow: 0 }), {
    ...kept,
    steps: [
      { kind: "clip", low: 0, high: Number.POSITIVE_INFINITY },
      { kind: "shift", subtract: 3, divide: 2.5 },
    ],
    missing: 0,
  });
  t.deepEqual(recipe({ scale: MINMAX }), { ...kept, steps: [{ kind: "shift", subtract: -4, divide: 16 }], missing: 7 / 16 });
  t.deepEqual(recipe({ scale: LOG }), { ...kept, steps: [{ kind: "log" }, { kind: "shift", subtract: 1.25, divide: 0.75 }], missing: 0 });
  t.deepEqual(recipe({ scales: [LOG1P], missing: v1.NumericSpec.Missing.ZERO }), { ...kept, steps: [{ kind: "log1p" }], missing: 0 });
  t.deepEqual(recipe({ scales: [LOG1P, MINMAX], outliers: AS_MISSING, bounds: { iqr: 1.5 } }, [{}, { subtract: 1, divide: 4 }]), {
    outside: "missing",
    low: -3,
    high: 7,
    steps: [{ kind: "log1p" }, { kind: "shift", subtract: 1, divide: 4 }],
    missing: 0.625,
  });
  t.like(recipe({ scale: NONE, outliers: TO_BOUND, bounds: { zScore: 3 } }), { outside: "bound", low: -3, high: 7 });
  t.throws(() => numericRecipe({ name: "x", hashed: { field: "x", buckets: 2 } }, null), { code: "E_COLUMN_SPEC" });
  t.throws(() => numericRecipe({ name: "x", numeric: { field: "x" } }, null), { code: "E_COLUMN_STATE" });
});

test("the transform follows the recipe", (t) => {
  const shapes: [v1.NumericSpec.$Properties, v1.NumericStep.$Properties[]][] = [
    [{ scale: NONE }, []],
    [{ scale: LOG1P, clipHigh: 5 }, []],
    [{ scales: [STANDARDIZE, CLIP, LOG1P], clipLow: -1, clipHigh: 2, robust: true }, [{ subtract: 2, divide: 3 }, {}, {}]],
    [{ scale: STANDARDIZE, outliers: AS_MISSING, bounds: { iqr: 1 } }, [{ subtract: 1, divide: 2 }]],
    [{ scale: STANDARDIZE, outliers: TO_BOUND, bounds: { iqr: 1 }, missing: v1.NumericSpec.Missing.ZERO }, [{ subtract: 1, divide: 0 }]],
  ];
  for (const [numeric, steps] of shapes) {
    const [spec, state] = [
      { name: "x", numeric: { field: "x", ...numeric } },
      { name: "x", numeric: { ...fitted, steps } },
    ];
    const { outside, low, high, steps: todo, missing } = numericRecipe(spec, state);
    const [transform, isMissing] = [numericTransform(spec, state), numericMissing(spec, state)];
    fc.assert(
      fc.property(fc.oneof(fc.double({ min: -100, max: 100, noNaN: true }), fc.constant(Number.NaN)), (x) => {
        const gone = Number.isNaN(x) || (outside === "missing" && (x < low || x > high));
        let y = outside === "bound" ? Math.min(high, Math.max(low, x)) : x;
        for (const step of todo) {
          if (step.kind === "clip") y = Math.min(step.high, Math.max(step.low, y));
          else if (step.kind === "shift") y = (y - step.subtract) / step.divide;
          else y = Math.sign(y) * Math.log1p(Math.abs(y));
        }
        return isMissing(x) === gone && Math.abs(transform(x) - (gone ? missing : y)) < 1e-13;
      }),
    );
  }
  t.pass();
});
