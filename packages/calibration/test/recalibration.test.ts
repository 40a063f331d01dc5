import {
  applyRecalibration,
  applyToLogit,
  correctSampling,
  fitBeta,
  fitBetaFromLogits,
  fitClassTemperature,
  fitIsotonic,
  fitPlatt,
  fitPlattFromLogits,
  fitTemperature,
  logLoss,
  logLossFromLogits,
  type Recalibration,
  readRecalibration,
  recalibratedProbability,
  samplingRecalibration,
  writeRecalibration,
} from "@crossbill/calibration";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";

type Numbers = readonly number[];
const logistic = (z: number): number => 1 / (1 + Math.exp(-z));
const close = (got: number, want: number, tolerance: number): boolean => Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));

/** Log-odds and labels whose true log-odds are truth(z). */
function simulate(seed: number, n: number, truth: (z: number) => number, spread = 1.5, center = -1): { y: number[]; z: number[]; w: number[] } {
  const random = new RandomStream(seed);
  const z = Array.from({ length: n }, () => center + spread * random.normal());
  const y = z.map((x) => (random.uniform() < logistic(truth(x)) ? 1 : 0));
  return { y, z, w: z.map(() => 1 + random.below(3)) };
}

const tied = fc.array(
  fc.tuple(
    fc.constantFrom(0, 1),
    fc.integer({ min: 0, max: 8 }).map((k) => k / 8),
    fc.constantFrom(0.5, 1, 2, 0),
  ),
  { minLength: 1, maxLength: 30 },
);
const some = tied.filter((rows) => rows.some((r) => r[2] > 0));

/** Isotonic regression at x by its closed form: the largest, over blocks that begin at or before x, of the least mean of such a block. */
function isotonicTwin(rows: readonly (readonly [number, number, number])[], x: number): number {
  const at = [...new Set(rows.filter((r) => r[2] > 0).map((r) => r[1]))].sort((a, b) => a - b);
  const mean = (from: number, to: number): number => {
    const inside = rows.filter((r) => r[1] >= from && r[1] <= to);
    return inside.reduce((s, r) => s + r[0] * r[2], 0) / inside.reduce((s, r) => s + r[2], 0);
  };
  return Math.max(...at.filter((from) => from <= x).map((from) => Math.min(...at.filter((to) => to >= x).map((to) => mean(from, to)))));
}

test("isotonic regression is its closed form", (t) => {
  fc.assert(
    fc.property(some, (rows) => {
      const map = fitIsotonic(
        rows.map((r) => r[0]),
        rows.map((r) => r[1]),
        rows.map((r) => r[2]),
      );
      for (const [, p, w] of rows) if (w > 0) t.true(close(applyRecalibration(map, p), isotonicTwin(rows, p), 1e-12));
    }),
    { numRuns: 300 },
  );
});

test("an isotonic map never falls, keeps the sum of the labels, and has few knots", (t) => {
  const { y, z, w } = simulate(1, 5000, (x) => 2 * x + 0.5);
  const p = z.map(logistic);
  const map = fitIsotonic(y, p, w);
  const grid = Array.from({ length: 10_001 }, (_, i) => applyRecalibration(map, i / 10_000));
  t.true(grid.every((x, i) => i === 0 || x >= grid[i - 1]!));
  const sum = (of: (i: number) => number): number => w.reduce((total, weight, i) => total + weight * of(i), 0);
  t.true(
    close(
      sum((i) => applyRecalibration(map, p[i]!)),
      sum((i) => y[i]!),
      1e-12,
    ),
  );
  t.true(map.knots.length < 250, `${map.knots.length} knots`);
});

test("a smooth isotonic map says neither 0 nor 1", (t) => {
  const [y, p] = [
    [0, 0, 1, 1],
    [0.1, 0.2, 0.8, 0.9],
  ];
  const hard = fitIsotonic(y, p);
  t.deepEqual([applyRecalibration(hard, 0), applyRecalibration(hard, 1)], [0, 1]);
  t.true(close(applyRecalibration(hard, 0.5), 0.5, 1e-12));
  const soft = fitIsotonic(y, p, undefined, { smooth: true });
  t.true(applyRecalibration(soft, 0) > 0 && applyRecalibration(soft, 1) < 1);
  t.is(applyToLogit(hard, -5), -Infinity);
});

/** Derivatives of the log-loss by the numbers of a map, by central differences. */
function slopes(loss: (theta: Numbers) => number, theta: Numbers): number[] {
  return theta.map((x, j) => {
    const h = 1e-5 * Math.max(1, Math.abs(x));
    const moved = (by: number): number => loss(theta.map((value, k) => (k === j ? value + by : value)));
    return (moved(h) - moved(-h)) / (2 * h);
  });
}

/** Plain gradient descent on the mean log-loss of sigmoid(a z + b), many small steps. */
function descend(y: Numbers, z: Numbers, w: Numbers): [number, number] {
  let [a, b] = [0, 0];
  const total = w.reduce((s, x) => s + x, 0);
  for (let step = 0; step < 20_000; step++) {
    let [da, db] = [0, 0];
    for (let i = 0; i < y.length; i++) {
      const residual = (w[i]! * (logistic(a * z[i]! + b) - y[i]!)) / total;
      da += residual * z[i]!;
      db += residual;
    }
    a -= da;
    b -= db;
  }
  return [a, b];
}

test("Platt's scaling is where plain gradient descent goes, and the sum of its predictions is that of the labels", (t) => {
  const { y, z, w } = simulate(2, 200, (x) => 0.5 * x - 0.3);
  const fit = fitPlattFromLogits(y, z, w);
  t.true(fit.converged);
  const [a, b] = descend(y, z, w);
  t.true(close(fit.slope, a, 1e-6) && close(fit.intercept, b, 1e-6), `${fit.slope} ${a}, ${fit.intercept} ${b}`);
  const sum = (of: (i: number) => number): number => w.reduce((total, weight, i) => total + weight * of(i), 0);
  t.true(
    close(
      sum((i) => recalibratedProbability(fit, z[i]!)),
      sum((i) => y[i]!),
      1e-9,
    ),
  );
  // Of probabilities it is the same map.
  const other = fitPlatt(y, z.map(logistic), w);
  t.true(close(other.slope, fit.slope, 1e-9) && close(other.intercept, fit.intercept, 1e-9));
});

test("Platt's smooth targets give finite numbers to separated labels; without them it says that it did not converge", (t) => {
  const [y, z] = [
    [0, 0, 0, 1, 1],
    [-3, -2, -1, 1, 2],
  ];
  const hard = fitPlattFromLogits(y, z);
  t.false(hard.converged);
  t.true(Number.isFinite(hard.slope) && hard.slope > 5);
  const soft = fitPlattFromLogits(y, z, undefined, { smooth: true });
  t.true(soft.converged);
  const targets = y.map((label) => (label === 1 ? 3 / 4 : 1 / 5));
  const loss = ([a, b]: Numbers): number =>
    z.reduce((total, x, i) => total - targets[i]! * Math.log(logistic(a! * x + b!)) - (1 - targets[i]!) * Math.log(1 - logistic(a! * x + b!)), 0);
  for (const slope of slopes(loss, [soft.slope, soft.intercept])) t.true(Math.abs(slope) < 1e-7, `${slope}`);
  for (const labels of [
    [1, 1],
    [0, 0],
  ]) {
    t.false(fitPlattFromLogits(labels, [0.5, 1]).converged);
    t.true(fitPlattFromLogits(labels, [0.5, 1], undefined, { smooth: true }).converged);
  }
});

test("predictions that all are equal become the rate of the labels", (t) => {
  const fit = fitPlatt([1, 0, 0, 0], [0.9, 0.9, 0.9, 0.9]);
  t.true(fit.converged && fit.slope === 1);
  t.true(close(applyRecalibration(fit, 0.9), 0.25, 1e-12));
  t.true(close(applyRecalibration(fitBeta([1, 0, 0, 0], [0.9, 0.9, 0.9, 0.9]), 0.9), 0.25, 1e-9));
});

test("beta calibration is at a minimum, finds the identity and what Platt's scaling cannot", (t) => {
  const { y, z, w } = simulate(3, 4000, (x) => 1.8 * -Math.log1p(Math.exp(-x)) + 0.4 * Math.log1p(Math.exp(x)) + 0.2, 2, 0);
  const fit = fitBetaFromLogits(y, z, w);
  t.true(fit.converged && fit.a > 1.4 && fit.a < 2.2 && fit.b > 0.25 && fit.b < 0.55, JSON.stringify(fit));
  const loss = ([a, b, c]: Numbers): number =>
    logLossFromLogits(
      y,
      z.map((x) => applyToLogit({ kind: "beta", a: a!, b: b!, c: c! }, x)),
      w,
    );
  for (const slope of slopes(loss, [fit.a, fit.b, fit.c])) t.true(Math.abs(slope) < 1e-8, `${slope}`);
  const platt = fitPlattFromLogits(y, z, w);
  t.true(loss([fit.a, fit.b, fit.c]) < loss([platt.slope, platt.slope, platt.intercept]) - 1e-4);
  const same = simulate(4, 40_000, (x) => x, 1.5, 0);
  const identity = fitBetaFromLogits(same.y, same.z);
  t.true(Math.abs(identity.a - 1) < 0.2 && Math.abs(identity.b - 1) < 0.2 && Math.abs(identity.c) < 0.3, JSON.stringify(identity));
});

test("beta calibration never falls: a coefficient that would be negative is 0", (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 0.001, max: 0.999, noNaN: true })), { minLength: 1, maxLength: 25 }), (rows) => {
      const fit = fitBeta(
        rows.map((r) => r[0]),
        rows.map((r) => r[1]),
      );
      t.true(fit.a >= 0 && fit.b >= 0 && Number.isFinite(fit.c), JSON.stringify(fit));
    }),
  );
  const reversed = fitBeta([1, 1, 0, 1, 0, 0], [0.1, 0.2, 0.3, 0.6, 0.8, 0.9]);
  t.true(reversed.a === 0 || reversed.b === 0);
});

/** The least of a function of one number on a grid that is refined. */
function search(f: (x: number) => number, low: number, high: number): number {
  for (let round = 0; round < 12; round++) {
    const xs = Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100);
    const best = xs.reduce((a, b) => (f(b) < f(a) ? b : a));
    const step = (high - low) / 100;
    [low, high] = [Math.max(low, best - step), best + step];
  }
  return (low + high) / 2;
}

test("the temperature is that of the least loss, of two classes and of three", (t) => {
  const { y, z, w } = simulate(5, 300, (x) => 0.6 * x, 2, 0);
  const fit = fitTemperature(y, z, w);
  t.true(fit.converged);
  t.true(
    close(
      fit.temperature,
      search(
        (T) =>
          logLossFromLogits(
            y,
            z.map((x) => x / T),
            w,
          ),
        0.2,
        10,
      ),
      1e-6,
    ),
  );
  const two = fitClassTemperature(
    y,
    z.flatMap((x) => [0, x]),
    2,
    w,
  );
  t.true(close(two.temperature, fit.temperature, 1e-10));

  const random = new RandomStream(6);
  const logits = Array.from({ length: 900 }, () => 2 * random.normal());
  const labels = Array.from({ length: 300 }, (_, i) => {
    const odds = [0, 1, 2].map((k) => Math.exp(0.5 * logits[3 * i + k]!));
    const u = random.uniform() * (odds[0]! + odds[1]! + odds[2]!);
    return u < odds[0]! ? 0 : u < odds[0]! + odds[1]! ? 1 : 2;
  });
  const loss = (T: number): number =>
    labels.reduce<number>((total, label, i) => {
      const own = [0, 1, 2].map((k) => logits[3 * i + k]! / T);
      return total + Math.log(own.reduce((s, x) => s + Math.exp(x), 0)) - own[label]!;
    }, 0);
  const three = fitClassTemperature(labels, logits, 3);
  t.true(three.converged && close(three.temperature, search(loss, 0.2, 10), 1e-6), `${three.temperature}`);
});

test("a temperature at an end of its range says so", (t) => {
  t.deepEqual([fitTemperature([0, 1], [-1, 1]).temperature, fitTemperature([0, 1], [-1, 1]).converged], [1 / 128, false]);
  t.deepEqual([fitTemperature([1, 0], [-1, 1]).temperature, fitTemperature([1, 0], [-1, 1]).converged], [128, false]);
});

test("the correction of sampled negatives is that of its paper, and brings back the rate", (t) => {
  for (const p of [0, 1e-9, 0.2, 0.5, 0.9, 1]) t.true(close(correctSampling(p, { rate: 0.1 }), p / (p + (1 - p) / 0.1), 1e-14));
  t.is(correctSampling(0.3, { rate: 1 }), applyRecalibration(samplingRecalibration({ rate: 0.5, positiveRate: 0.5 }), 0.3));
  // 1 % positives, of whose negatives every twentieth was kept.
  const kept = 0.01 / (0.01 + 0.99 / 20);
  t.true(close(correctSampling(kept, { rate: 1 / 20 }), 0.01, 1e-12));
});

const FITS: Readonly<Record<string, (y: Numbers, p: Numbers, w?: Numbers) => Recalibration>> = {
  isotonic: fitIsotonic,
  smoothIsotonic: (y, p, w) => fitIsotonic(y, p, w, { smooth: true }),
  platt: fitPlatt,
  smoothPlatt: (y, p, w) => fitPlatt(y, p, w, { smooth: true }),
  beta: fitBeta,
  temperature: (y, p, w) =>
    fitTemperature(
      y,
      p.map((x) => 8 * x - 4),
      w,
    ),
  classTemperature: (y, p, w) =>
    fitClassTemperature(
      y,
      p.flatMap((x) => [x, 2 * x, 1 - x]),
      3,
      w,
    ),
};
for (const [name, fit] of Object.entries(FITS)) {
  test(`${name}: a row of weight k is k rows, and the order of rows leaves no trace, bit for bit`, (t) => {
    const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 3 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(rows, ([first, ...others]) => {
        const weighted = [[first![0], first![1], 1] as const, ...others];
        const copies = weighted.flatMap(([y, p, k]) => Array.from({ length: k }, () => [y, p] as const)).toReversed();
        const got = fit(
          weighted.map((r) => r[0]),
          weighted.map((r) => r[1]),
          weighted.map((r) => r[2]),
        );
        const want = fit(
          copies.map((r) => r[0]),
          copies.map((r) => r[1]),
        );
        t.deepEqual(got, want);
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: comes back from its message, and needs rows`, (t) => {
    const { y, z } = simulate(8, 50, (x) => x);
    const { kind, ...numbers } = fit(y, z.map(logistic));
    const map = { kind, ...numbers } as Recalibration;
    const back = readRecalibration(decodeMessage(v1.Recalibration, encodeMessage(v1.Recalibration, writeRecalibration(map)), "map"));
    for (const p of [0, 0.1, 0.6, 1]) t.is(applyRecalibration(back, p), applyRecalibration(map, p));
    t.like(map, back);
    const code = t.throws(() => fit([1, 0], [0.5, 0.5], [0, 0]), { instanceOf: CrossbillError })?.code;
    t.is(code, "E_RECALIBRATION_ROWS");
  });
}

test("every map lowers the log-loss of the rows it was fitted on", (t) => {
  const { y, z, w } = simulate(9, 3000, (x) => 0.4 * x - 1.5);
  const p = z.map(logistic);
  for (const fit of [fitIsotonic(y, p, w), fitPlatt(y, p, w), fitBeta(y, p, w), fitTemperature(y, z, w)])
    t.true(
      logLoss(
        y,
        p.map((x) => applyRecalibration(fit, x)),
        w,
      ) < logLoss(y, p, w),
      fit.kind,
    );
});

test("maps that are none are refused", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  for (const message of [
    {},
    { isotonic: {} },
    { isotonic: { knots: [0.1, 0.1], values: [0, 1] } },
    { isotonic: { knots: [0.1, 0.2], values: [1, 0] } },
    { isotonic: { knots: [0.1, 0.2], values: [0, 2] } },
    { platt: { slope: Infinity, intercept: 0 } },
    { temperature: 0 },
    { sampling: { negativeRate: 0, positiveRate: 1 } },
  ])
    t.is(
      code(() => readRecalibration(message)),
      "E_MESSAGE_CORRUPT",
    );
  for (const rate of [0, -1, 1.5, Number.NaN])
    t.is(
      code(() => samplingRecalibration({ rate })),
      "E_SAMPLING_RATE",
    );
  t.is(
    code(() => fitClassTemperature([2], [1, 2], 2)),
    "E_LABEL_RANGE",
  );
  t.is(
    code(() => fitClassTemperature([1], [1, 2, 3], 2)),
    "E_LENGTH_MISMATCH",
  );
  t.is(
    code(() => fitClassTemperature([1], [1, Infinity], 2)),
    "E_LOGIT_RANGE",
  );
  t.is(
    code(() => fitClassTemperature([1], [1, 1], 2, [-1])),
    "E_WEIGHT_RANGE",
  );
});
