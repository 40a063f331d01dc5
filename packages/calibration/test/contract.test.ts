import {
  BinAccumulator,
  biasInterval,
  brierInterval,
  brierParts,
  brierScore,
  CalibrationAccumulator,
  calibrationCurve,
  expectedCalibrationError,
  logLoss,
  logLossFromLogits,
  maximumCalibrationError,
  normalizedEntropy,
  PairedLossAccumulator,
  pairedLogLossDifference,
  predictionBias,
  type RowCurveOptions,
  spiegelhalterTest,
} from "@crossbill/calibration";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { close } from "./vectors.js";

type Numbers = readonly number[];
type Rows = { labels: number[]; probabilities: number[]; weights: number[] };

/** Without what copies of a row change: their number. */
const numbers = (value: object, without: readonly string[] = ["rows"]): Numbers =>
  Object.entries(value).flatMap(([name, x]: [string, number | object]) => (without.includes(name) ? [] : typeof x === "object" ? numbers(x) : [x]));
const curve =
  (options: RowCurveOptions) =>
  (y: Numbers, p: Numbers, weights?: Numbers): Numbers =>
    calibrationCurve(y, p, { ...options, weights }).bins.flatMap((bin) => numbers(bin));
const mean = (y: Numbers, w: Numbers | undefined, of: (i: number) => number): number =>
  y.reduce((sum, _, i) => sum + (w?.[i] ?? 1) * of(i), 0) / y.reduce((sum, _, i) => sum + (w?.[i] ?? 1), 0);
const loss = (y: number, p: number): number => -Math.log(y === 1 ? Math.max(p, 2 ** -52) : Math.max(1 - p, 2 ** -52));

interface Metric {
  of: (y: Numbers, p: Numbers, w?: Numbers) => Numbers;
  /** A slow or plain second implementation. */
  twin?: (y: Numbers, p: Numbers, w?: Numbers) => Numbers;
  /** What empty input gives: NaN in every number, or no number at all. */
  empty: "NaN" | "nothing";
}

/** Every metric of the package, once. */
const METRICS: Readonly<Record<string, Metric>> = {
  logLoss: { of: (y, p, w) => [logLoss(y, p, w)], twin: (y, p, w) => [mean(y, w, (i) => loss(y[i]!, p[i]!))], empty: "NaN" },
  logLossFromLogits: {
    of: (y, p, w) => [
      logLossFromLogits(
        y,
        p.map((x) => 40 * x - 20),
        w,
      ),
    ],
    twin: (y, p, w) => [mean(y, w, (i) => Math.log1p(Math.exp((1 - 2 * y[i]!) * (40 * p[i]! - 20))))],
    empty: "NaN",
  },
  brierScore: { of: (y, p, w) => [brierScore(y, p, w)], twin: (y, p, w) => [mean(y, w, (i) => (p[i]! - y[i]!) ** 2)], empty: "NaN" },
  normalizedEntropy: { of: (y, p, w) => [normalizedEntropy(y, p, w)], empty: "NaN" },
  predictionBias: {
    of: (y, p, w) => Object.values(predictionBias(y, p, w)),
    twin: (y, p, w) => {
      const [mp, my] = [mean(y, w, (i) => p[i]!), mean(y, w, (i) => y[i]!)];
      return [mp, my, mp - my, my > 0 ? mp / my : Number.NaN];
    },
    empty: "NaN",
  },
  biasInterval: { of: (y, p, w) => numbers(biasInterval(y, p, w, { weightKind: "frequency" }), ["rows", "weight"]), empty: "NaN" },
  pairedLogLossDifference: {
    of: (y, p, w) => {
      const halved = p.map((x) => x / 2);
      return numbers(pairedLogLossDifference(y, p, halved, w, { weightKind: "frequency" }), ["rows", "weight"]);
    },
    empty: "NaN",
  },
  calibrationCurveUniform: { of: curve({ bins: 5, weightKind: "frequency" }), empty: "nothing" },
  calibrationCurveQuantile: { of: curve({ bins: 4, strategy: "quantile", weightKind: "frequency" }), empty: "nothing" },
  calibrationCurveLogit: { of: curve({ bins: 6, strategy: "logit", weightKind: "frequency" }), empty: "nothing" },
  calibrationCurveLogitUniform: { of: curve({ bins: 6, strategy: "logit-uniform", weightKind: "frequency" }), empty: "nothing" },
  calibrationCurveEdges: { of: curve({ edges: [0.1, 0.3, 0.3, 0.8], weightKind: "frequency" }), empty: "nothing" },
  maximumCalibrationError: {
    of: (y, p, weights) => (["uniform", "quantile", "logit"] as const).map((strategy) => maximumCalibrationError(y, p, { strategy, bins: 3, weights })),
    empty: "NaN",
  },
  brierParts: { of: (y, p, weights) => numbers(brierParts(y, p, { bins: 3, weights })), empty: "NaN" },
  brierInterval: { of: (y, p, w) => numbers(brierInterval(y, p, w, { weightKind: "frequency" })), empty: "NaN" },
  spiegelhalterTest: {
    of: (y, p, w) => numbers(spiegelhalterTest(y, p, w, { weightKind: "frequency" })),
    empty: "NaN",
  },
  expectedCalibrationError: {
    of: (y, p, weights) => (["uniform", "quantile", "logit"] as const).map((strategy) => expectedCalibrationError(y, p, { strategy, bins: 3, weights })),
    empty: "NaN",
  },
  CalibrationAccumulator: {
    of: (y, p, w) => numbers(calibration([[y, p, w]]).value({ weightKind: "frequency" }), ["rows", "weight", "positiveWeight"]),
    empty: "NaN",
  },
};

type Part = readonly [Numbers, Numbers, Numbers | undefined];

/** Accumulated part by part, each through its message, then merged. */
function calibration(parts: readonly Part[]): CalibrationAccumulator {
  const all = new CalibrationAccumulator();
  for (const [y, p, w] of parts) {
    const part = new CalibrationAccumulator();
    part.update(y, p, w);
    all.merge(CalibrationAccumulator.fromMessage(decodeMessage(v1.CalibrationAccumulator, encodeMessage(v1.CalibrationAccumulator, part.toMessage()), "part")));
  }
  return all;
}

/** The same in bins of given edges. */
function binned(parts: readonly Part[]): BinAccumulator {
  const all = new BinAccumulator([0, 0.2, 0.5, 0.5, 1]);
  for (const [y, p, w] of parts) {
    const part = new BinAccumulator(all.edges);
    part.update(y, p, w);
    all.merge(BinAccumulator.fromMessage(decodeMessage(v1.BinAccumulator, encodeMessage(v1.BinAccumulator, part.toMessage()), "part")));
  }
  return all;
}

function paired(parts: readonly Part[]): PairedLossAccumulator {
  const all = new PairedLossAccumulator();
  for (const [y, p, w] of parts) {
    const part = new PairedLossAccumulator();
    part.update(
      y,
      p,
      p.map((x) => x * x),
      w,
    );
    all.merge(PairedLossAccumulator.fromMessage(decodeMessage(v1.PairedLossAccumulator, encodeMessage(v1.PairedLossAccumulator, part.toMessage()), "part")));
  }
  return all;
}

const probability = fc.oneof(
  fc.integer({ min: 0, max: 10 }).map((k) => k / 10),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 1, 5e-324, 1 - 2 ** -53, 3 * 0.1),
);
const rowsOf = (weight: fc.Arbitrary<number>): fc.Arbitrary<Rows> =>
  fc.array(fc.tuple(fc.constantFrom(0, 1), probability, weight), { maxLength: 30 }).map((rows) => ({
    labels: rows.map((r) => r[0]),
    probabilities: rows.map((r) => r[1]),
    weights: rows.map((r) => r[2]),
  }));
const integerWeight = fc.integer({ min: 0, max: 4 });
const realWeight = fc.oneof(fc.double({ min: 1e-3, max: 10, noNaN: true }), fc.constantFrom(0, 0.1, 0.2, 0.3, 1e-12, 1e12));
const bits = (xs: Numbers): string => xs.map((x) => (Object.is(x, -0) ? "-0" : String(x))).join(" ");
const pick = (xs: Numbers, order: Numbers): number[] => order.map((i) => xs[i]!);

for (const [name, metric] of Object.entries(METRICS)) {
  test(`${name}: an example of weight k is k copies of it, bit for bit`, (t) => {
    fc.assert(
      fc.property(rowsOf(integerWeight), ({ labels, probabilities, weights }) => {
        const copies = weights.flatMap((w, i) => Array<number>(w).fill(i));
        t.is(bits(metric.of(labels, probabilities, weights)), bits(metric.of(pick(labels, copies), pick(probabilities, copies))));
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: the order of the rows leaves no trace in the bits`, (t) => {
    fc.assert(
      fc.property(rowsOf(realWeight), fc.integer({ min: 1, max: 1008 }), ({ labels, probabilities, weights }, seed) => {
        const order = labels.map((_, i) => i).sort((a, b) => (((a + 1) * seed) % 1009) - (((b + 1) * seed) % 1009) || a - b);
        t.is(bits(metric.of(labels, probabilities, weights)), bits(metric.of(pick(labels, order), pick(probabilities, order), pick(weights, order))));
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: empty input and wrong input are said to be so`, (t) => {
    const empty = metric.of([], []);
    t.is(empty.length === 0, metric.empty === "nothing");
    t.true(
      empty.every((x) => Number.isNaN(x)),
      bits(empty),
    );
    const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
    t.is(
      code(() => metric.of([0, 2], [0.1, 0.2])),
      "E_LABEL_RANGE",
    );
    t.is(
      code(() => metric.of([0, 1], [0.1])),
      "E_LENGTH_MISMATCH",
    );
    t.is(
      code(() => metric.of([0, 1], [0.1, 0.2], [1])),
      "E_LENGTH_MISMATCH",
    );
    for (const w of [-1, Number.NaN, Infinity])
      t.is(
        code(() => metric.of([0, 1], [0.1, 0.2], [1, w])),
        "E_WEIGHT_RANGE",
      );
    if (name === "logLossFromLogits")
      t.is(
        code(() => metric.of([0, 1], [0.1, Number.NaN])),
        "E_LOGIT_RANGE",
      );
    else
      for (const p of [Number.NaN, -0.1, 1.1])
        t.is(
          code(() => metric.of([0, 1], [0.1, p])),
          "E_PROBABILITY_RANGE",
        );
  });

  const { twin } = metric;
  if (twin !== undefined)
    test(`${name}: equals its definition`, (t) => {
      fc.assert(
        fc.property(rowsOf(fc.constantFrom(0, 0.1, 1, 2.5)), ({ labels, probabilities, weights }) => {
          for (const w of [weights, undefined]) {
            const got = metric.of(labels, probabilities, w);
            for (const [k, x] of twin(labels, probabilities, w).entries()) t.true(close(got[k]!, x, 1e-12), `${name}[${k}]: got ${got[k]}, want ${x}`);
          }
        }),
        { numRuns: 60 },
      );
    });
}

test("a merge in any order and grouping gives the bits and the bytes of the whole", (t) => {
  fc.assert(
    fc.property(rowsOf(realWeight), fc.nat(30), fc.nat(30), (rows, i, j) => {
      const n = rows.labels.length;
      const cuts = [0, Math.min(i, j, n), Math.min(Math.max(i, j), n), n];
      const cut = (k: number): Part => [
        rows.labels.slice(cuts[k], cuts[k + 1]),
        rows.probabilities.slice(cuts[k], cuts[k + 1]),
        rows.weights.slice(cuts[k], cuts[k + 1]),
      ];
      const whole: Part = [rows.labels, rows.probabilities, rows.weights];
      for (const parts of [
        [cut(0), cut(1), cut(2)],
        [cut(2), cut(0), cut(1)],
      ]) {
        t.deepEqual(calibration(parts).value(), calibration([whole]).value());
        t.deepEqual(calibration(parts).curve({ strategy: "logit", bins: 7 }), calibration([whole]).curve({ strategy: "logit", bins: 7 }));
        t.deepEqual(
          encodeMessage(v1.CalibrationAccumulator, calibration(parts).toMessage()),
          encodeMessage(v1.CalibrationAccumulator, calibration([whole]).toMessage()),
        );
        t.deepEqual(binned(parts).curve(), calibrationCurve(rows.labels, rows.probabilities, { edges: [0, 0.2, 0.5, 0.5, 1], weights: rows.weights }));
        t.deepEqual(encodeMessage(v1.BinAccumulator, binned(parts).toMessage()), encodeMessage(v1.BinAccumulator, binned([whole]).toMessage()));
        t.deepEqual(paired(parts).value(), paired([whole]).value());
        t.deepEqual(encodeMessage(v1.PairedLossAccumulator, paired(parts).toMessage()), encodeMessage(v1.PairedLossAccumulator, paired([whole]).toMessage()));
      }
    }),
    { numRuns: 40 },
  );
});
