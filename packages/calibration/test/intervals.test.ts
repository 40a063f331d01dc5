import { biasInterval, logLoss, pairedLogLossDifference, wilsonInterval } from "@crossbill/calibration";
import test from "ava";

/** Seeded uniform numbers. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

test("the bias interval covers at about its level, with importance weights too", (t) => {
  const next = uniform(3);
  let plain = 0;
  let weighted = 0;
  for (let trial = 0; trial < 400; trial++) {
    const p = Array.from({ length: 300 }, () => 0.05 + 0.5 * next());
    const y = p.map((q) => (next() < q ? 1 : 0));
    const w = p.map(() => (next() < 0.2 ? 10 : 1));
    const a = biasInterval(y, p);
    if (a.low <= 0 && 0 <= a.high) plain++;
    const b = biasInterval(y, p, w);
    if (b.low <= 0 && 0 <= b.high) weighted++;
  }
  t.true(plain >= 364 && plain <= 394, `${plain} of 400`);
  t.true(weighted >= 362 && weighted <= 394, `${weighted} of 400`);
});

test("the standard error of a mean equals its two-pass formula", (t) => {
  const p = [0.2, 0.7, 0.4, 0.9, 0.1];
  const y = [0, 1, 1, 1, 0];
  const w = [1, 2, 3, 1, 4];
  const total = 11;
  const d = p.map((q, i) => q - y[i]!);
  const m = d.reduce((sum, x, i) => sum + w[i]! * x, 0) / total;
  const importance = Math.sqrt(((5 / 4) * d.reduce((sum, x, i) => sum + w[i]! ** 2 * (x - m) ** 2, 0)) / total ** 2);
  const frequency = Math.sqrt(d.reduce((sum, x, i) => sum + w[i]! * (x - m) ** 2, 0) / (total * (total - 1)));
  const got = biasInterval(y, p, w);
  t.true(Math.abs(got.difference - m) < 1e-15);
  t.true(Math.abs(got.standardError - importance) < 1e-14);
  t.true(Math.abs(got.high - got.difference - 1.959963984540054 * importance) < 1e-14);
  t.true(Math.abs(biasInterval(y, p, w, { weightKind: "frequency" }).standardError - frequency) < 1e-14);
  t.is(got.rows, 5);
  t.true(Number.isNaN(biasInterval([1], [0.5]).standardError));
});

test("the paired difference is the difference of the losses, with an interval around it", (t) => {
  const next = uniform(9);
  const truth = Array.from({ length: 500 }, () => 0.02 + 0.3 * next());
  const y = truth.map((q) => (next() < q ? 1 : 0));
  const worse = truth.map((q) => Math.min(1, q * 3));
  const w = truth.map(() => next() * 2);
  const got = pairedLogLossDifference(y, worse, truth, w);
  t.true(Math.abs(got.difference - (logLoss(y, worse, w) - logLoss(y, truth, w))) < 1e-14);
  t.is(got.lossA, logLoss(y, worse, w));
  t.is(got.lossB, logLoss(y, truth, w));
  t.true(got.low > 0 && got.low < got.difference && got.difference < got.high);
  const none = pairedLogLossDifference(y, truth, truth, w);
  t.deepEqual([none.difference, none.standardError, none.low, none.high], [0, 0, 0, 0]);
});

test("Wilson's interval stays inside [0, 1] and has a width at the ends", (t) => {
  t.is(wilsonInterval(0, 20, 0.95).low, 0);
  t.true(wilsonInterval(0, 20, 0.95).high > 0.1);
  t.is(wilsonInterval(1, 20, 0.95).high, 1);
  t.true(wilsonInterval(1, 20, 0.95).low < 0.9);
});

test("an interval does not depend on the scale of importance weights, and is undefined where their squares leave float64", (t) => {
  const [y, p] = [
    [0, 1, 1, 0],
    [0.3, 0.6, 0.9, 0.2],
  ];
  const of = (w: number) => biasInterval(y, p, [w, 2 * w, w, 3 * w]);
  for (const w of [1e-100, 1e100]) t.true(Math.abs(of(w).low - of(1).low) < 1e-12 && Math.abs(of(w).high - of(1).high) < 1e-12, `${w}`);
  for (const w of [1e-300, 1e-162, 1e-140, 1e160, 1e300]) {
    const { difference, low, high } = of(w);
    t.true(Math.abs(difference - of(1).difference) < 1e-12, `${w}`);
    t.deepEqual([low, high], [Number.NaN, Number.NaN], `${w}`);
  }
});
