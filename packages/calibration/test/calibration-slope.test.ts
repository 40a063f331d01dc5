import { calibrationCurve, calibrationSlope, calibrationSlopeOf } from "@crossbill/calibration";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";

const logistic = (z: number): number => 1 / (1 + Math.exp(-z));

function rows(seed: number, stream: number, n: number, slope: number, intercept: number): { y: number[]; p: number[]; w: number[] } {
  const random = new RandomStream(seed, stream);
  const z = Array.from({ length: n }, () => -1 + 1.2 * random.normal());
  return {
    y: z.map((x) => (random.uniform() < logistic(slope * x + intercept) ? 1 : 0)),
    p: z.map(logistic),
    w: z.map(() => (random.uniform() < 0.2 ? 10 : 1)),
  };
}

test("the intervals of slope and intercept cover the true ones at about their level, with importance weights too", (t) => {
  const trials = 300;
  const covered = { slope: 0, intercept: 0, weighted: 0, bins: 0 };
  for (let trial = 0; trial < trials; trial++) {
    const { y, p, w } = rows(21, trial, 800, 1.4, 0.3);
    const plain = calibrationSlope(y, p);
    const weighted = calibrationSlope(y, p, w);
    const bins = calibrationSlopeOf(calibrationCurve(y, p, { strategy: "quantile", bins: 20 }));
    const holds = ({ low, high }: { low: number; high: number }, x: number): number => Number(low <= x && x <= high);
    covered.slope += holds(plain.slope, 1.4);
    covered.intercept += holds(plain.intercept, 0.3);
    covered.weighted += holds(weighted.slope, 1.4);
    covered.bins += holds(bins.slope, 1.4);
  }
  for (const [name, count] of Object.entries(covered)) t.true(count > 0.9 * trials && count < 0.99 * trials, `${name}: ${count} of ${trials}`);
});

test("a curve of narrow bins has the slope of its rows", (t) => {
  const { y, p, w } = rows(22, 0, 20_000, 0.7, -0.2);
  for (const weightKind of ["importance", "frequency"] as const) {
    const own = calibrationSlope(y, p, w, { weightKind });
    const bins = calibrationSlopeOf(calibrationCurve(y, p, { strategy: "quantile", bins: 20, weights: w, weightKind }), { weightKind });
    t.true(Math.abs(bins.slope.value - own.slope.value) < 0.03, `${bins.slope.value} ${own.slope.value}`);
    t.true(Math.abs(bins.intercept.value - own.intercept.value) < 0.03);
    t.true(Math.abs(bins.slope.standardError / own.slope.standardError - 1) < 0.1, `${bins.slope.standardError} ${own.slope.standardError}`);
  }
});

test("standard errors of k copies by weight are those of the copies (frequency)", (t) => {
  const { y, p } = rows(23, 0, 300, 1, 0);
  const thrice = calibrationSlope(
    y,
    p,
    y.map(() => 3),
    { weightKind: "frequency" },
  );
  const copies = calibrationSlope([...y, ...y, ...y], [...p, ...p, ...p]);
  t.deepEqual(thrice, copies);
  t.true(
    Math.abs(
      calibrationSlope(
        y,
        p,
        y.map(() => 3),
      ).slope.standardError - calibrationSlope(y, p).slope.standardError,
    ) < 1e-12,
  );
});

test("without a finite slope it is undefined", (t) => {
  for (const [y, p] of [
    [
      [0, 1],
      [0.1, 0.9],
    ],
    [
      [0, 1],
      [0.5, 0.5],
    ],
    [
      [1, 1],
      [0.5, 0.6],
    ],
    [[], []],
  ] as const)
    t.true(Number.isNaN(calibrationSlope(y, p).slope.value) && Number.isNaN(calibrationSlope(y, p).intercept.low));
  t.true(Number.isNaN(calibrationSlopeOf(calibrationCurve([], [])).slope.value));
});
