import { BinAccumulator, CalibrationAccumulator, calibrationCurve, quantileEdgesOf, wilsonInterval } from "@crossbill/calibration";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { ExactSum, RandomStream } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";

type Row = readonly [label: number, prediction: number, weight: number];

/** Distinct predictions, rising, with the weight of either label summed exactly and rounded: what a ranking keeps. */
function rankingTwin(rows: readonly Row[]): { values: number[]; weights: number[] } {
  const values = [...new Set(rows.filter((r) => r[2] > 0).map((r) => r[1] + 0))].sort((a, b) => a - b);
  const weight = (p: number, label: number): number => {
    const sum = new ExactSum();
    for (const row of rows) if (row[0] === label && row[1] === p) sum.add(row[2]);
    return sum.value();
  };
  return { values, weights: values.map((p) => weight(p, 1) + weight(p, 0)) };
}

const columns = (rows: readonly Row[]): [number[], number[], number[]] => [rows.map((r) => r[0]), rows.map((r) => r[1]), rows.map((r) => r[2])];
const prediction = fc.oneof(
  fc.integer({ min: 0, max: 6 }).map((k) => k / 6),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, -0, 1, 5e-324, 1 - 2 ** -53),
);
const rowsOf = (weight: fc.Arbitrary<number>): fc.Arbitrary<Row[]> => fc.array(fc.tuple(fc.constantFrom(0, 1), prediction, weight), { maxLength: 40 });
const anyWeights = fc.oneof(
  rowsOf(fc.integer({ min: 0, max: 4 })),
  rowsOf(fc.constant(0.3)),
  rowsOf(fc.constantFrom(0.1, 0.2, 0.3, 0, 2.5)),
  rowsOf(fc.double({ min: 1e-6, max: 1e6, noNaN: true })),
);

test("two passes over parts give the quantile curve of the rows, bit for bit", (t) => {
  fc.assert(
    fc.property(
      anyWeights,
      fc.nat(40),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom("importance" as const, "frequency" as const),
      (rows, cut, bins, weightKind) => {
        const parts = [rows.slice(0, cut), rows.slice(cut)];
        const first = new CalibrationAccumulator();
        for (const part of parts.toReversed()) {
          const one = new CalibrationAccumulator();
          one.update(...columns(part));
          first.merge(
            CalibrationAccumulator.fromMessage(decodeMessage(v1.CalibrationAccumulator, encodeMessage(v1.CalibrationAccumulator, one.toMessage()), "part")),
          );
        }
        const edges = quantileEdgesOf({ ...rankingTwin(rows), facts: first.weightFacts() }, bins);
        const second = new BinAccumulator(edges, "quantile");
        for (const part of parts) {
          const one = new BinAccumulator(edges, "quantile");
          one.update(...columns(part));
          second.merge(one);
        }
        const [labels, probabilities, weights] = columns(rows);
        t.deepEqual(second.curve({ weightKind }), calibrationCurve(labels, probabilities, { strategy: "quantile", bins, weights, weightKind }));
      },
    ),
    { numRuns: 300 },
  );
});

test("bins of log-odds between observed bounds have one width, and hold the least and the greatest prediction", (t) => {
  const p = Array.from({ length: 300 }, (_, i) => 1 / (1 + Math.exp(4 - i / 50)));
  const y = p.map((_, i) => (i % 5 === 0 ? 1 : 0));
  const { bins } = calibrationCurve(y, p, { strategy: "logit-uniform", bins: 7 });
  const logOdds = (x: number): number => Math.log(x / (1 - x));
  t.is(bins.length, 7);
  for (const { low, high } of bins) t.true(Math.abs(logOdds(high) - logOdds(low) - 299 / 50 / 7) < 1e-9);
  t.is(
    bins.reduce((rows, bin) => rows + bin.rows, 0),
    300,
  );
  const given = calibrationCurve(y, p, { strategy: "logit-uniform", bins: 4, logitBounds: [-2, 2] }).bins;
  t.deepEqual(
    given.map((bin) => Math.round(1e9 * logOdds(bin.high)) / 1e9),
    [-1, 0, 1, 2],
  );
  t.is(given[0]!.rows, p.filter((x) => logOdds(x) <= -1).length);
});

test("predictions of 0 and 1 have bins of log-odds too, and rows of weight 0 set no bound", (t) => {
  const { bins } = calibrationCurve([0, 1, 1, 0], [0, 0.5, 1, 1e-30], { strategy: "logit-uniform", bins: 4, weights: [1, 1, 1, 0] });
  t.deepEqual(
    bins.map((bin) => [bin.meanPrediction, bin.rows]),
    [
      [0, 1],
      [0.5, 1],
      [1, 1],
    ],
  );
  t.deepEqual(
    calibrationCurve([0, 1, 0], [0.3, 0.4, 0.001], { strategy: "logit-uniform", weights: [1, 1, 0] }),
    calibrationCurve([0, 1], [0.3, 0.4], { strategy: "logit-uniform" }),
  );
  t.is(calibrationCurve([1, 0], [0.25, 0.25], { strategy: "logit-uniform" }).bins.length, 1);
  t.deepEqual(calibrationCurve([], [], { strategy: "logit-uniform" }).bins, []);
});

test("given edges are the bins; what lies beyond them is counted in the first and the last", (t) => {
  const { strategy, bins } = calibrationCurve([0, 1, 0, 1], [0.05, 0.2, 0.4, 0.9], { edges: [0.1, 0.2, 0.6] });
  t.is(strategy, "edges");
  t.deepEqual(
    bins.map(({ low, high, rows }) => [low, high, rows]),
    [
      [0.1, 0.2, 2],
      [0.2, 0.6, 2],
    ],
  );
  t.is(calibrationCurve([0, 1], [0.1, 0.7], { edges: [0, 0.5, 0.5, 1] }).bins.length, 2);
});

test("the intervals' log-odds are those of the intervals, infinite at 0 and 1", (t) => {
  const [none, some] = calibrationCurve([0, 0, 1, 0, 1, 1, 0, 1], [0.1, 0.1, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6], { bins: 2 }).bins;
  t.is(none!.logOddsLabel, -Infinity);
  t.is(none!.logOddsLow, -Infinity);
  for (const bin of [none!, some!]) t.true(Math.abs(bin.logOddsHigh - Math.log(bin.labelHigh / (1 - bin.labelHigh))) < 1e-12);
  t.true(Math.abs(some!.logOddsLow - Math.log(some!.labelLow / (1 - some!.labelLow))) < 1e-12);
});

test("the band of all bins is Wilson's interval at the B-th root of the level", (t) => {
  const random = new RandomStream(5);
  const p = Array.from({ length: 500 }, () => random.uniform());
  const y = p.map((x) => (random.uniform() < x ? 1 : 0));
  const { bins } = calibrationCurve(y, p, { bins: 8, level: 0.9 });
  for (const bin of bins) {
    const { low, high } = wilsonInterval(bin.meanLabel, bin.draws, 0.9 ** (1 / 8));
    t.true(Math.abs(bin.allLow - low) < 1e-12 && Math.abs(bin.allHigh - high) < 1e-12);
    t.true(bin.allLow < bin.labelLow && bin.labelHigh < bin.allHigh);
  }
  const [one] = calibrationCurve(y, p, { bins: 1 }).bins;
  t.deepEqual([one!.allLow, one!.allHigh], [one!.labelLow, one!.labelHigh]);
});

test("the bands of all bins hold at once at about the level, the single intervals far less often", (t) => {
  const trials = 600;
  let all = 0;
  let single = 0;
  for (let trial = 0; trial < trials; trial++) {
    const random = new RandomStream(77, trial);
    const p = Array.from({ length: 600 }, () => 0.1 + 0.8 * random.uniform());
    const y = p.map((x) => (random.uniform() < x ? 1 : 0));
    const { bins } = calibrationCurve(y, p, { bins: 10, strategy: "quantile" });
    if (bins.every((bin) => bin.allLow <= bin.meanPrediction && bin.meanPrediction <= bin.allHigh)) all++;
    if (bins.every((bin) => bin.labelLow <= bin.meanPrediction && bin.meanPrediction <= bin.labelHigh)) single++;
  }
  // The standard error of 95 % in 600 trials is 0.9 points.
  t.true(all / trials > 0.92 && all / trials < 0.985, `${all} of ${trials}`);
  t.true(single / trials < 0.75, `${single} of ${trials}`);
});

test("edges, bounds and bins that are none are refused", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  const curve = (options: object) => () => calibrationCurve([1, 0], [0.5, 0.1], options);
  for (const edges of [[], [0.5], [0.5, 0.4], [0, 2], [Number.NaN, 1]]) t.is(code(curve({ edges })), "E_BIN_EDGES");
  t.is(code(curve({ strategy: "edges" })), "E_BIN_EDGES");
  t.is(code(curve({ strategy: "uniform", edges: [0, 1] })), "E_BIN_EDGES");
  t.is(code(curve({ logitBounds: [0, 1] })), "E_BIN_EDGES");
  t.is(code(curve({ strategy: "logit-uniform", logitBounds: [1, 0] })), "E_BIN_EDGES");
  t.is(
    code(() => new BinAccumulator([]).update([1], [0.5])),
    "E_BIN_EDGES",
  );
  t.is(
    code(() => new BinAccumulator([0, 1]).merge(new BinAccumulator([0, 0.5]))),
    "E_ACCUMULATOR_MISMATCH",
  );
  const bins = new BinAccumulator([0, 0.5, 1]);
  bins.update([1], [0.7]);
  const message = bins.toMessage();
  const read = (change: object) => (): unknown => BinAccumulator.fromMessage({ ...message, ...change });
  t.is(code(read({ formatVersion: 0 })), "E_MESSAGE_VERSION");
  t.is(code(read({ edges: [1, 0] })), "E_MESSAGE_CORRUPT");
  t.is(code(read({ edges: [0, 1] })), "E_MESSAGE_CORRUPT");
  t.is(code(read({ cells: [{ ...message.cells![0]!, weight: new Uint8Array(2) }] })), "E_MESSAGE_CORRUPT");
});
