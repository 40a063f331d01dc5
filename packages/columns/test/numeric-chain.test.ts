import { v1 } from "@crossbill/messages";
import { log, log1p } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";
import { numericMissing, numericTransform, planColumns } from "../dist/index.js";
import { encodeRows, fitRows, reset, type Spec, type TextRow } from "./support.js";

const { CLIP, LOG, LOG1P, MINMAX, NONE, STANDARDIZE } = v1.NumericSpec.Scale;
const { INDICATOR, REJECT, ZERO } = v1.NumericSpec.Missing;
const { AS_MISSING, KEEP, REJECT_ROW, TO_BOUND } = v1.NumericSpec.Outliers;
const FIELDS = ["x"];
const rowsOf = (numbers: readonly (number | null)[]): TextRow[] => numbers.map((x) => ({ x: x === null ? null : String(x) }));
interface Fit {
  spec: Spec;
  own: v1.NumericState.$Properties;
  transform: (x: number) => number;
  isMissing: (x: number) => boolean;
}
const fit = (numeric: v1.NumericSpec.$Properties, numbers: readonly (number | null)[], cuts: readonly number[] = []): Fit => {
  reset();
  const spec: Spec = { name: "c", numeric: { field: "x", ...numeric } };
  const state = fitRows([spec], FIELDS, rowsOf(numbers), cuts).states[0]!;
  return { spec, own: state.numeric!, transform: numericTransform(spec, state), isMissing: numericMissing(spec, state) };
};
const close = (a: number, b: number, within = 1e-12): boolean => Math.abs(a - b) <= within * Math.max(1, Math.abs(b));
const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const deviation = (numbers: readonly number[]): number => Math.sqrt(mean(numbers.map((x) => (x - mean(numbers)) ** 2)));
/** Type 7. */
const quantile = (numbers: readonly number[], q: number): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const h = q * (sorted.length - 1);
  return sorted[Math.floor(h)]! + (h - Math.floor(h)) * (sorted[Math.ceil(h)]! - sorted[Math.floor(h)]!);
};

/** The steps by their formulas, each fitted on what those before it made of all values. */
function slowChain(numbers: readonly number[], steps: readonly v1.NumericSpec.Scale[], clip: readonly [number, number], robust: boolean): number[] {
  let values = [...numbers];
  for (const step of steps) {
    const [centre, spread] = robust ? [quantile(values, 0.5), quantile(values, 0.75) - quantile(values, 0.25)] : [mean(values), deviation(values)];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const f = new Map<v1.NumericSpec.Scale, (x: number) => number>([
      [CLIP, (x) => Math.min(Math.max(x, clip[0]), clip[1])],
      [LOG, log],
      [LOG1P, (x) => Math.sign(x) * log1p(Math.abs(x))],
      [STANDARDIZE, (x) => (x - centre) / (spread > 1e-12 ? spread : 1)],
      [MINMAX, (x) => (x - low) / (high - low || 1)],
    ]).get(step)!;
    values = values.map(f);
  }
  return values;
}

test("a list of scales is applied from left to right, whatever the list", (t) => {
  const steps = fc
    .shuffledSubarray([CLIP, LOG, LOG1P, MINMAX, STANDARDIZE], { minLength: 1 })
    .filter((list) => !list.slice(0, Math.max(0, list.indexOf(LOG))).some((step) => step === MINMAX || step === STANDARDIZE));
  const numbers = fc.array(
    fc.integer({ min: 1, max: 60 }).map((x) => x / 4),
    { minLength: 2, maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, numbers, fc.boolean(), fc.nat(30), (scales, values, robust, cut) => {
      const { transform } = fit({ scales, clipLow: 0.5, clipHigh: 9, robust }, values, [cut % values.length]);
      const slow = slowChain(values, scales.includes(CLIP) ? scales : [CLIP, ...scales], [0.5, 9], robust);
      values.forEach((x, i) => t.true(close(transform(x), slow[i]!, 1e-9), `${scales.join()} ${robust} ${x}: ${transform(x)} and ${slow[i]}`));
      const centre = robust ? quantile(slow, 0.5) : mean(slow);
      t.true(close(transform(Number.NaN), centre, 1e-9), "a missing value becomes the centre of the others");
    }),
    { numRuns: 300 },
  );
});

test("a name alone and the list that says the same give the same bits, in training and in the state", (t) => {
  const numbers = [1, 2, 6, 0.1, 3, null, 250];
  for (const [name, list] of [
    [STANDARDIZE, [STANDARDIZE]],
    [MINMAX, [MINMAX]],
    [LOG, [LOG, STANDARDIZE]],
    [LOG1P, [LOG1P, STANDARDIZE]],
    [CLIP, [CLIP]],
    [NONE, [CLIP]],
    [MINMAX, [CLIP, MINMAX]],
    [LOG1P, [CLIP, LOG1P, STANDARDIZE]],
  ] as const) {
    const clip = { clipLow: 0.5, clipHigh: 100 };
    const [alone, listed] = [fit({ scale: name, ...clip }, numbers), fit({ scales: [...list], ...clip }, numbers)];
    t.deepEqual(alone.own, listed.own);
    for (const x of [-3, 0.5, 7, 1e9, Number.NaN]) t.is(alone.transform(x), listed.transform(x));
  }
});

test("in a list a logarithm is the logarithm alone", (t) => {
  const { transform } = fit({ scales: [LOG] }, [1, Math.E ** 2, null]);
  t.is(transform(7), log(7));
  t.true(close(transform(Number.NaN), 1));
  t.is(fit({ scales: [LOG1P] }, [1, 2]).transform(-3), -log1p(3));
});

test("a clip after the scale clips what the scale makes", (t) => {
  const { transform } = fit({ scales: [STANDARDIZE, CLIP], clipLow: -1, clipHigh: 1.25 }, [1, 2, 3, 4]);
  t.deepEqual([transform(-1e9), transform(1e9)], [-1, 1.25]);
  t.true(close(transform(2), -0.5 / Math.sqrt(1.25)));
});

test("robust is median and quartiles, which one wild value does not move", (t) => {
  const tame = fit({ scale: STANDARDIZE, robust: true, missing: INDICATOR }, [1, 2, 3, 4, 5]);
  const wild = fit({ scale: STANDARDIZE, robust: true }, [1, 2, 3, 4, 5e9]);
  t.deepEqual([1, 3, 5, Number.NaN].map(tame.transform), [-1, 0, 1, 0]);
  t.deepEqual([1, 3, 5].map(wild.transform), [-1, 0, 1]);
  t.is(fit({ robust: true }, [1, 2, 90]).transform(Number.NaN), 2, "the centre of an unscaled robust column is the median");
  t.is(fit({ scale: STANDARDIZE, robust: true, missing: ZERO }, [1, 2, 90]).transform(Number.NaN), 0);
  t.is(fit({ scale: STANDARDIZE, robust: true }, [0, 0, 0, 0, 7]).transform(7), 7, "quartiles that fall together divide by 1");
});

test("outliers go to the nearer bound, count as missing, or stay, and what is fitted is of the values so treated", (t) => {
  const numbers = [...Array.from({ length: 99 }, (_, i) => i + 1), 10_000];
  const bounds = { quantiles: { low: 0.05, high: 0.95 } };
  const [low, high] = [quantile(numbers, 0.05), quantile(numbers, 0.95)];
  const clipped = numbers.map((x) => Math.min(Math.max(x, low), high));
  const inside = numbers.filter((x) => x >= low && x <= high);
  const toBound = fit({ scale: STANDARDIZE, outliers: TO_BOUND, bounds }, numbers);
  t.deepEqual([toBound.own.low, toBound.own.high], [low, high]);
  t.true(close(toBound.own.mean!, mean(clipped)) && close(toBound.own.standardDeviation!, deviation(clipped)));
  t.is(toBound.transform(1e9), toBound.transform(high));
  t.false(toBound.isMissing(1e9));
  const asMissing = fit({ scale: STANDARDIZE, outliers: AS_MISSING, bounds, missing: INDICATOR }, numbers);
  t.true(close(asMissing.own.mean!, mean(inside)) && close(asMissing.own.standardDeviation!, deviation(inside)));
  t.deepEqual([1e9, -5, Number.NaN].map(asMissing.transform), new Array(3).fill(asMissing.transform(Number.NaN)));
  t.is(asMissing.transform(Number.NaN), 0);
  t.deepEqual([1e9, 1, Number.NaN, low, high, 50].map(asMissing.isMissing), [true, true, true, false, false, false]);
  const rejecting = fit({ scale: STANDARDIZE, outliers: REJECT_ROW, bounds }, numbers);
  t.is(rejecting.own.mean, asMissing.own.mean, "what is fitted is of the rows that stay");
  t.is(rejecting.transform(1e9), rejecting.transform(high), "a row that cannot be rejected is taken as the bound");
  const kept = fit({ scale: STANDARDIZE, outliers: KEEP, bounds }, numbers);
  t.true(close(kept.own.mean!, mean(numbers)));
  t.true(kept.transform(1e9) > kept.transform(high));
  t.deepEqual([kept.own.low, kept.own.high], [low, high], "kept outliers still have bounds, by which they are counted");
});

test("bounds are z-scores of 3 unless said otherwise, quantiles, fences of quartiles, or given", (t) => {
  const numbers = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
  const of = (bounds: v1.OutlierBounds.$Properties | null, more: v1.NumericSpec.$Properties = {}): (number | null | undefined)[] => {
    const { own } = fit({ outliers: TO_BOUND, ...(bounds === null ? {} : { bounds }), ...more }, numbers);
    return [own.low, own.high];
  };
  const near = (got: (number | null | undefined)[], low: number, high: number): boolean => close(got[0]!, low) && close(got[1]!, high);
  const [q1, q2, q3] = [0.25, 0.5, 0.75].map((q) => quantile(numbers, q)) as [number, number, number];
  t.true(near(of(null), mean(numbers) - 3 * deviation(numbers), mean(numbers) + 3 * deviation(numbers)));
  t.true(near(of({ zScore: 1.5 }), mean(numbers) - 1.5 * deviation(numbers), mean(numbers) + 1.5 * deviation(numbers)));
  t.true(near(of({ zScore: 2 }, { robust: true }), q2 - (2 * (q3 - q1)) / 1.3489795003921634, q2 + (2 * (q3 - q1)) / 1.3489795003921634));
  t.true(near(of({ iqr: 1.5 }), q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)));
  t.deepEqual(of({ fixed: { low: 2, high: null } }), [2, null]);
  t.deepEqual(of({ quantiles: { low: null, high: 1 } }), [null, 9]);
  t.deepEqual([fit({ outliers: TO_BOUND }, [7, 7]).own.low, fit({ outliers: TO_BOUND }, [null]).own.low], [null, null], "one value, or none, has no bounds");
});

test("quartiles that fall together bound nothing sensible: an error that says what else to give", (t) => {
  for (const more of [{ bounds: { iqr: 1.5 } }, { robust: true }])
    t.like(
      t.throws(() => fit({ outliers: TO_BOUND, ...more }, [0, 0, 0, 0, 5]), { message: /quantiles or as numbers/ }),
      { code: "E_COLUMN_FIT", exitCode: 2 },
    );
});

test("a logarithm refuses what the steps before it leave at 0 or below; given bounds come first", (t) => {
  const codes = (numeric: v1.NumericSpec.$Properties, texts: readonly (number | null)[]): (string | undefined)[] => {
    const { spec } = fit(numeric, [1]);
    const { rejects } = encodeRows([spec], FIELDS, rowsOf(texts), fitRows([spec], FIELDS, rowsOf([1, 2])));
    return texts.map((_, i) => rejects.find(({ row }) => row === i)?.code);
  };
  const E = "E_LOG_RANGE";
  t.deepEqual(codes({ scales: [LOG, CLIP], clipLow: 1, clipHigh: 5 }, [0, -1, 1, null]), [E, E, undefined, undefined]);
  t.deepEqual(codes({ scales: [CLIP, LOG], clipLow: 1, clipHigh: 5 }, [0, -1, 1]), [undefined, undefined, undefined]);
  t.deepEqual(codes({ scales: [LOG1P, LOG] }, [0, -1, 1]), [E, E, undefined]);
  const fixed = { bounds: { fixed: { low: 0.5, high: 10 } } };
  t.deepEqual(codes({ scale: LOG, outliers: AS_MISSING, ...fixed }, [0, -1, 99]), [undefined, undefined, undefined]);
  t.deepEqual(codes({ scale: LOG, outliers: TO_BOUND, ...fixed, missing: REJECT }, [0, null]), [undefined, "E_MISSING"]);
});

test("what cannot be is refused with exit code 2", (t) => {
  const wrong: v1.NumericSpec.$Properties[] = [
    { scale: CLIP },
    { scales: [CLIP, MINMAX] },
    { scales: [MINMAX, MINMAX] },
    { scales: [MINMAX, LOG] },
    { scales: [STANDARDIZE, CLIP, LOG], clipLow: 1 },
    { scales: [NONE] },
    { scales: [99 as v1.NumericSpec.Scale] },
    { scale: MINMAX, scales: [MINMAX] },
    { outliers: AS_MISSING, missing: REJECT },
    { bounds: { quantiles: { low: 0.9, high: 0.1 } } },
    { bounds: { quantiles: {} } },
    { bounds: { quantiles: { low: -0.1 } } },
    { bounds: { fixed: { low: 3, high: 1 } } },
    { bounds: { fixed: {} } },
    { bounds: { zScore: 0 } },
    { bounds: { iqr: Number.NaN } },
    { bounds: {} },
  ];
  for (const numeric of wrong)
    t.like(
      t.throws(() => planColumns([{ name: "c", numeric: { field: "x", ...numeric } }]), undefined, JSON.stringify(numeric)),
      { code: "E_COLUMN_SPEC", exitCode: 2 },
    );
});

test("past the exact limit the fitted numbers stay within the sketch's rank error", (t) => {
  reset();
  const n = 250_000;
  const numbers = Array.from({ length: n }, (_, i) => ((i * 7919) % n) / n); // n distinct values, evenly spread over [0, 1)
  const { own } = fit({ scale: STANDARDIZE, outliers: TO_BOUND, bounds: { quantiles: { low: 0.1, high: 0.9 } } }, numbers, [60_000, 90_000, 200_000]);
  t.true(Math.abs(own.low! - 0.1) < 0.002 && Math.abs(own.high! - 0.9) < 0.002, `${own.low} ${own.high}`);
  t.true(Math.abs(own.mean! - 0.5) < 0.002, `${own.mean}`);
});
