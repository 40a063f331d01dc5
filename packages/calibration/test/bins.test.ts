import { CalibrationAccumulator, calibrationCurve, expectedCalibrationError, UNIFORM_BIN_COUNTS } from "@crossbill/calibration";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { binOf, uniformEdges } from "../dist/bin-edges.js";
import { quantileEdges as edgesOfLabelled } from "../dist/quantile-edges.js";

/** numpy.percentile(rows, 100 i / bins), straight from its definition. */
function percentileTwin(rows: readonly number[], bins: number): number[] {
  const sorted = [...rows].sort((a, b) => a - b);
  return Array.from({ length: bins + 1 }, (_, i) => {
    const h = (sorted.length - 1) * (((i === bins ? 1 : i * (1 / bins)) * 100) / 100);
    const [a, b, g] = [sorted[Math.floor(h)]!, sorted[Math.min(Math.floor(h) + 1, sorted.length - 1)]!, h - Math.floor(h)];
    return g >= 0.5 ? b - (b - a) * (1 - g) : a + (b - a) * g;
  });
}

const quantileEdges = (p: readonly number[], w: readonly number[] | undefined, bins: number): Float64Array =>
  edgesOfLabelled(
    p.map((_, i) => i % 2),
    p,
    w,
    bins,
  );
const rows = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 5 })), { maxLength: 25 });

test("weighted quantile edges are those of the expanded rows, bit for bit", (t) => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 12 }), (pairs, bins) => {
      const expanded = pairs.flatMap(([p, k]) => Array<number>(k).fill(p));
      const got = quantileEdges(
        pairs.map((r) => r[0]),
        pairs.map((r) => r[1]),
        bins,
      );
      t.deepEqual([...got], expanded.length === 0 ? [] : percentileTwin(expanded, bins));
      t.deepEqual([...quantileEdges(expanded, undefined, bins)], [...got]);
    }),
  );
});

test("quantile edges of real weights do not depend on their scale, and equal weights are no weights", (t) => {
  const p = Array.from({ length: 40 }, (_, i) => ((i * 17) % 41) / 41);
  const w = p.map((_, i) => 0.3 + (i % 7) * 0.77);
  t.deepEqual(
    quantileEdges(p, w, 8),
    quantileEdges(
      p,
      w.map((x) => x * 4),
      8,
    ),
  );
  t.deepEqual(
    quantileEdges(
      p,
      p.map(() => 0.3),
      8,
    ),
    quantileEdges(p, undefined, 8),
  );
  const edges = quantileEdges(p, w, 4);
  const total = w.reduce((a, b) => a + b, 0);
  for (const k of [1, 2, 3]) {
    const below = w.reduce((sum, x, i) => sum + (p[i]! <= edges[k]! ? x : 0), 0);
    t.true(Math.abs(below / total - k / 4) < 0.06);
  }
});

test("bins are closed on the right", (t) => {
  const inner = uniformEdges(10).subarray(1, 10);
  t.is(binOf(inner, 0), 0);
  t.is(binOf(inner, 0.1), 0);
  t.is(binOf(inner, 0.1 + 2 ** -56), 1);
  t.is(binOf(inner, 3 * 0.1), 2);
  t.is(binOf(inner, 1), 9);
  for (let k = 0; k < 10; k++) t.is(binOf(inner, inner[k] ?? 1), k);
});

test("every uniform curve the accumulator offers is that of the rows, on its edges too", (t) => {
  const p = [...new Set(UNIFORM_BIN_COUNTS.flatMap((bins) => [...uniformEdges(bins)]))];
  const y = p.map((_, i) => i % 2);
  const accumulator = new CalibrationAccumulator();
  accumulator.update(y, p);
  for (const bins of UNIFORM_BIN_COUNTS) t.deepEqual(accumulator.curve({ bins }), calibrationCurve(y, p, { bins }));
});

test("logit bins have one width, a power of two, and are at most as many as asked for", (t) => {
  const p = Array.from({ length: 200 }, (_, i) => 1 / (1 + Math.exp(5 - i / 50)));
  const y = p.map((_, i) => (i % 11 === 0 ? 1 : 0));
  const { bins } = calibrationCurve(y, p, { strategy: "logit", bins: 10 });
  t.true(bins.length > 5 && bins.length <= 10);
  for (const { low, high } of bins) t.true(Math.abs(Math.log(high / (1 - high)) - Math.log(low / (1 - low)) - 0.5) < 1e-9);
  // One far-off row costs a bin, not the resolution.
  t.is(calibrationCurve([...y, 0], [...p, 0], { strategy: "logit", bins: 10 }).bins.length, bins.length + 1);
  t.is(calibrationCurve(y, p, { strategy: "logit", bins: 1 }).bins.length, 1);
});

test("weights that go with the label count for what they are worth: m (1 - m) over the variance of the weighted mean", (t) => {
  const y = Array.from({ length: 130 }, (_, i) => (i < 30 ? 1 : 0));
  const p = y.map(() => 0.05);
  const weights = y.map((label, i) => (label === 1 ? 1 : 10 - (i % 3)));
  const total = weights.reduce((a, b) => a + b);
  const mean = 30 / total;
  const variance = y.reduce<number>((sum, label, i) => sum + (weights[i]! * (label - mean)) ** 2, 0) / total ** 2;
  const { draws } = calibrationCurve(y, p, { bins: 2, weights }).bins[0]!;
  t.true(Math.abs(draws - (mean * (1 - mean)) / variance) < 1e-9, `${draws}`);
  const kish = total ** 2 / weights.reduce((sum, w) => sum + w * w, 0);
  t.true(draws > 4 * kish);
  const negatives = calibrationCurve([0, 0, 0], [0.1, 0.1, 0.1], { bins: 2, weights: [1, 1, 2] }).bins[0]!;
  t.true(Math.abs(negatives.draws - 16 / 6) < 1e-15);
});

test("intervals of importance weights count draws, those of frequency weights count weight", (t) => {
  const y = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const p = y.map(() => 0.3);
  const weights = y.map(() => 10);
  const one = (options: object): { draws: number; labelLow: number; labelHigh: number } => calibrationCurve(y, p, options).bins[0]!;
  t.is(one({}).draws, 40);
  t.is(one({ weights }).draws, 40);
  t.is(one({ weights, weightKind: "frequency" }).draws, 400);
  t.is(one({ weights }).labelLow, one({}).labelLow);
  // Wilson's interval for 10 of 40, from the formula at z = 1.959964.
  t.true(Math.abs(one({}).labelLow - 0.14187) < 1e-5 && Math.abs(one({}).labelHigh - 0.401934) < 1e-5, `${one({}).labelLow} ${one({}).labelHigh}`);
});

test("unknown options are refused", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  t.is(
    code(() => expectedCalibrationError([1], [0.5], { bins: 0 })),
    "E_BIN_COUNT",
  );
  t.is(
    code(() => expectedCalibrationError([1], [0.5], { strategy: "kmeans" as "logit" })),
    "E_BIN_STRATEGY",
  );
  t.is(
    code(() => calibrationCurve([1], [0.5], { level: 1 })),
    "E_LEVEL_RANGE",
  );
  t.is(
    code(() => calibrationCurve([1], [0.5], { weightKind: "count" as "frequency" })),
    "E_WEIGHT_KIND",
  );
  t.is(
    code(() => new CalibrationAccumulator().curve({ strategy: "quantile" })),
    "E_BIN_STRATEGY",
  );
  t.is(
    code(() => new CalibrationAccumulator().curve({ bins: 7 })),
    "E_BIN_COUNT",
  );
});

test("damaged messages are refused", (t) => {
  const a = new CalibrationAccumulator();
  a.update([1, 0], [0.5, 0.1]);
  const message = a.toMessage();
  const code = (change: object): string | undefined =>
    t.throws(() => CalibrationAccumulator.fromMessage({ ...message, ...change }), { instanceOf: CrossbillError })?.code;
  t.is(code({ formatVersion: 9 }), "E_MESSAGE_VERSION");
  t.is(code({ logLoss: new Uint8Array(3) }), "E_MESSAGE_CORRUPT");
  t.is(code({ cells: [...message.cells!, ...message.cells!] }), "E_MESSAGE_CORRUPT");
  t.is(code({ cells: [{ ...message.cells![0]!, index: 1e6 }] }), "E_MESSAGE_CORRUPT");
});
