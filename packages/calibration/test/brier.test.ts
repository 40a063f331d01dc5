import {
  brierInterval,
  brierParts,
  brierScore,
  CalibrationAccumulator,
  calibrationCurve,
  expectedCalibrationError,
  maximumCalibrationError,
  spiegelhalterTest,
} from "@crossbill/calibration";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";

const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0.5, 1, 3)), { minLength: 1, maxLength: 40 });
const columns = (triples: readonly (readonly [number, number, number])[]): [number[], number[], number[]] => [
  triples.map((r) => r[0]),
  triples.map((r) => r[1]),
  triples.map((r) => r[2]),
];

/** The five sums of Stephenson, Coelho and Jolliffe 2008, equations 4 to 9, row by row. */
function partsTwin(y: readonly number[], p: readonly number[], w: readonly number[], edges: readonly number[]): [number, number, number, number] {
  const total = w.reduce((a, b) => a + b, 0);
  const rate = y.reduce((sum, x, i) => sum + w[i]! * x, 0) / total;
  let [reliability, resolution, variance, covariance] = [0, 0, 0, 0];
  for (let b = 0; b + 1 < edges.length; b++) {
    const inside = y.map((_, i) => i).filter((i) => (b === 0 ? p[i]! >= edges[0]! : p[i]! > edges[b]!) && p[i]! <= edges[b + 1]!);
    if (inside.length === 0) continue;
    const weight = inside.reduce((sum, i) => sum + w[i]!, 0);
    const mean = (of: (i: number) => number): number => inside.reduce((sum, i) => sum + w[i]! * of(i), 0) / weight;
    const [mp, my] = [mean((i) => p[i]!), mean((i) => y[i]!)];
    reliability += (weight / total) * (mp - my) ** 2;
    resolution += (weight / total) * (my - rate) ** 2;
    variance += (weight / total) * mean((i) => (p[i]! - mp) ** 2);
    covariance += (weight / total) * mean((i) => (p[i]! - mp) * (y[i]! - my));
  }
  return [reliability, resolution, rate * (1 - rate), variance - 2 * covariance];
}

test("the Brier score's parts are those of their definitions, and add up to it", (t) => {
  fc.assert(
    fc.property(rows, (triples) => {
      const [y, p, weights] = columns(triples);
      const edges = [0, 0.2, 0.4, 0.9, 1];
      const parts = brierParts(y, p, { edges, weights });
      const got = [parts.reliability, parts.resolution, parts.uncertainty, parts.within];
      for (const [k, x] of partsTwin(y, p, weights, edges).entries()) t.true(Math.abs(got[k]! - x) < 1e-12, `part ${k}: got ${got[k]}, want ${x}`);
      t.true(Math.abs(parts.reliability - parts.resolution + parts.uncertainty + parts.within - brierScore(y, p, weights)) < 1e-15);
    }),
  );
});

test("bins that hold one prediction each have no part within", (t) => {
  const p = Array.from({ length: 60 }, (_, i) => [0.1, 0.3, 0.8][i % 3]!);
  const y = p.map((_, i) => (i % 7 < 3 ? 1 : 0));
  t.true(Math.abs(brierParts(y, p, { edges: [0, 0.2, 0.5, 1] }).within) < 1e-15);
});

test("the maximum calibration error is the largest gap of the curve, and never below the expected one", (t) => {
  fc.assert(
    fc.property(rows, (triples) => {
      const [y, p, weights] = columns(triples);
      const options = { bins: 5, weights };
      const gaps = calibrationCurve(y, p, options).bins.map((bin) => Math.abs(bin.meanLabel - bin.meanPrediction));
      t.is(maximumCalibrationError(y, p, options), Math.max(...gaps));
      t.true(maximumCalibrationError(y, p, options) >= expectedCalibrationError(y, p, options) - 1e-15);
    }),
  );
});

test("the accumulator's Brier interval and test are those of the rows, bit for bit, in parts too", (t) => {
  fc.assert(
    fc.property(rows, fc.nat(40), fc.constantFrom("importance" as const, "frequency" as const), (triples, cut, weightKind) => {
      const accumulator = new CalibrationAccumulator();
      for (const part of [triples.slice(cut), triples.slice(0, cut)]) accumulator.update(...columns(part));
      const { brier, spiegelhalter, brierScore: score } = accumulator.value({ weightKind, level: 0.8 });
      t.deepEqual(brier, brierInterval(...columns(triples), { weightKind, level: 0.8 }));
      t.deepEqual(spiegelhalter, spiegelhalterTest(...columns(triples), { weightKind }));
      t.is(score, brierScore(...columns(triples)));
    }),
  );
});

test("the Brier interval is that of the mean of squares, for both kinds of weight", (t) => {
  const [y, p, w] = [
    [0, 1, 1, 0],
    [0.2, 0.7, 0.4, 0.9],
    [1, 2, 3, 1],
  ];
  const d = p.map((x, i) => (x - y[i]!) ** 2);
  const m = d.reduce((sum, x, i) => sum + w[i]! * x, 0) / 7;
  const importance = Math.sqrt((4 / 3) * d.reduce((sum, x, i) => sum + (w[i]! * (x - m)) ** 2, 0)) / 7;
  const frequency = Math.sqrt(d.reduce((sum, x, i) => sum + w[i]! * (x - m) ** 2, 0) / (7 * 6));
  t.true(Math.abs(brierInterval(y, p, w).standardError - importance) < 1e-15);
  t.true(Math.abs(brierInterval(y, p, w, { weightKind: "frequency" }).standardError - frequency) < 1e-15);
});

test("Spiegelhalter's z is its formula, for both kinds of weight", (t) => {
  fc.assert(
    fc.property(rows, (triples) => {
      const [y, p, w] = columns(triples.map(([label, x, weight]) => [label, 0.01 + 0.9 * x, weight] as const));
      const sum = (of: (i: number) => number): number => y.reduce((total, _, i) => total + of(i), 0);
      const variance = (i: number): number => (1 - 2 * p[i]!) ** 2 * p[i]! * (1 - p[i]!);
      const deviation = sum((i) => w[i]! * (y[i]! - p[i]!) * (1 - 2 * p[i]!));
      for (const [weightKind, power] of [
        ["importance", 2],
        ["frequency", 1],
      ] as const) {
        const want = deviation / Math.sqrt(sum((i) => w[i]! ** power * variance(i)));
        t.true(Math.abs(spiegelhalterTest(y, p, w, { weightKind }).z - want) <= 1e-9 * (1 + Math.abs(want)));
      }
    }),
  );
});

test("Spiegelhalter's test rejects true probabilities at about its level, and sees predictions too sure of themselves", (t) => {
  const trials = 1000;
  const rejected = { plain: 0, weighted: 0, sure: 0 };
  for (let trial = 0; trial < trials; trial++) {
    const random = new RandomStream(11, trial);
    const p = Array.from({ length: 400 }, () => 0.02 + 0.7 * random.uniform());
    const y = p.map((x) => (random.uniform() < x ? 1 : 0));
    const w = p.map(() => (random.uniform() < 0.2 ? 10 : 1));
    const sure = p.map((x) => x ** 2 / (x ** 2 + (1 - x) ** 2));
    if (spiegelhalterTest(y, p).pValue < 0.05) rejected.plain++;
    if (spiegelhalterTest(y, p, w).pValue < 0.05) rejected.weighted++;
    if (spiegelhalterTest(y, sure).z > 1.96) rejected.sure++;
  }
  // 5 % of 1000 trials, give or take four standard errors of 0.69 points.
  for (const count of [rejected.plain, rejected.weighted]) t.true(count > 22 && count < 78, `${count} of ${trials}`);
  t.true(rejected.sure > 0.95 * trials, `${rejected.sure} of ${trials}`);
});

test("Spiegelhalter's test is undefined without a prediction that says something", (t) => {
  t.true(Number.isNaN(spiegelhalterTest([0, 1], [0.5, 0.5]).z));
  t.deepEqual(spiegelhalterTest([1], [0]), { z: Infinity, pValue: 0 });
});
