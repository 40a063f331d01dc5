import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { numericIndicators, numericInputs, numericMissing, numericTransform } from "../dist/index.js";
import { fitRows, reset, type Spec, type TextRow } from "./support.js";

const { LOG, LOG1P, MINMAX, NONE, STANDARDIZE } = v1.NumericSpec.Scale;
const { INDICATOR, MEAN, ZERO } = v1.NumericSpec.Missing;
const { AS_MISSING, KEEP, TO_BOUND } = v1.NumericSpec.Outliers;

const number = fc.oneof(
  fc.constantFrom(0, -0, 1, 1023, 1024, 1025, -1, 0.5, Number.NaN, 2 ** 31, 2 ** 32 + 3, -(2 ** 31), 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.integer({ min: -2000, max: 2000 }),
  fc.integer({ min: -4000, max: 4000 }).map((x) => x / 8),
);

test("many numbers become what each becomes alone, bit by bit, and are missing where each is", (t) => {
  const plan = fc.record({
    scale: fc.constantFrom(NONE, STANDARDIZE, MINMAX, LOG, LOG1P),
    missing: fc.constantFrom(INDICATOR, MEAN, ZERO),
    outliers: fc.constantFrom(KEEP, AS_MISSING, TO_BOUND),
    robust: fc.boolean(),
    clip: fc.boolean(),
  });
  fc.assert(
    fc.property(
      plan,
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 4, maxLength: 40 }),
      fc.array(number, { maxLength: 300 }),
      (plan, fitted, numbers) => {
        reset();
        const { clip, robust, ...own } = plan;
        const spread = robust && new Set(fitted).size < 4 ? [...fitted, 1, 2, 3, 5, 8, 13] : fitted; // quartiles that fall apart
        const spec: Spec = { name: "c", numeric: { field: "x", ...own, robust, ...(clip ? { clipLow: 2, clipHigh: 900 } : {}) } };
        const rows = spread.map((x): TextRow => ({ x: String(x) }));
        const state = fitRows([spec], ["x"], rows).states[0]!;
        const x = Float64Array.from(numbers);
        for (const [batch, one] of [
          [numericInputs(spec, state), numericTransform(spec, state)],
          [numericIndicators(spec, state), (x: number) => (numericMissing(spec, state)(x) ? 1 : 0)],
        ] as const) {
          const [wide, narrow] = [new Float64Array(x.length), new Float32Array(x.length)];
          batch(wide, x);
          batch(narrow, x);
          t.deepEqual(wide, x.map(one)); // tells -0 from 0
          t.deepEqual(narrow, Float32Array.from(wide));
        }
      },
    ),
    { numRuns: 150 },
  );
});
