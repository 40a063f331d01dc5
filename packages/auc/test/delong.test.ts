import { aucInterval, compareAuc } from "@crossbill/auc";
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

test("DeLong's error equals its definition on a small example", (t) => {
  const labels = [1, 1, 1, 0, 0, 0, 0];
  const scores = [0.9, 0.5, 0.4, 0.5, 0.3, 0.2, 0.1];
  const v = (s: number, others: number[], sign: number): number =>
    others.reduce((sum, o) => sum + (o === s ? 0.5 : sign * (s - o) > 0 ? 1 : 0), 0) / others.length;
  const positives = scores.slice(0, 3);
  const negatives = scores.slice(3);
  const spread = (xs: number[]): number => {
    const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
    return xs.reduce((a, x) => a + (x - mean) ** 2, 0) / (xs.length - 1) / xs.length;
  };
  const want = Math.sqrt(spread(positives.map((s) => v(s, negatives, 1))) + spread(negatives.map((s) => v(s, positives, -1))));
  const got = aucInterval(labels, scores);
  t.true(Math.abs(got.standardError - want) < 1e-12);
  t.true(got.low < got.auc && got.auc < got.high && got.high < 1);
});

test("the interval covers at about its level", (t) => {
  // Scores uniform on [0, 1] for negatives and sqrt(uniform) for positives: AUC = E[U < sqrt V] = 2/3.
  const next = uniform(11);
  let covered = 0;
  for (let trial = 0; trial < 400; trial++) {
    const labels = Array.from({ length: 150 }, () => (next() < 0.3 ? 1 : 0));
    const scores = labels.map((y) => (y === 1 ? Math.sqrt(next()) : next()));
    const { low, high } = aucInterval(labels, scores);
    if (low <= 2 / 3 && 2 / 3 <= high) covered++;
  }
  t.true(covered >= 364 && covered <= 394, `${covered} of 400`);
});

test("a model compared with itself differs by nothing, with a better one by something", (t) => {
  const next = uniform(5);
  const labels = Array.from({ length: 400 }, () => (next() < 0.4 ? 1 : 0));
  const good = labels.map((y) => y * 0.5 + next());
  const noisy = good.map((s) => s + 2 * next());
  const same = compareAuc(labels, good, good);
  t.is(same.difference, 0);
  t.is(same.pValue, 1);
  const worse = compareAuc(labels, noisy, good);
  t.true(worse.difference < 0 && worse.high < 0 && worse.pValue < 0.01);
});

test("importance weights of one size leave the interval as it is; frequency weights narrow it", (t) => {
  const next = uniform(6);
  const labels = Array.from({ length: 100 }, () => (next() < 0.4 ? 1 : 0));
  const scores = labels.map((y) => y * 0.3 + next());
  const plain = aucInterval(labels, scores);
  const ten = labels.map(() => 10);
  t.true(Math.abs(aucInterval(labels, scores, ten).standardError - plain.standardError) < 1e-12);
  t.true(aucInterval(labels, scores, ten, { weightKind: "frequency" }).standardError < plain.standardError / 3);
});

test("an interval is undefined where squared weights leave float64, never a point or all of (0, 1)", (t) => {
  const [labels, scores] = [
    [0, 1, 0, 1, 1, 0],
    [0.1, 0.7, 0.4, 0.3, 0.9, 0.6],
  ];
  const of = (w: number) =>
    aucInterval(
      labels,
      scores,
      labels.map(() => w),
    );
  t.true(Math.abs(of(1e-100).low - of(1).low) < 1e-12 && Math.abs(of(1e100).low - of(1).low) < 1e-12);
  for (const w of [1e-300, 1e-162, 1e-140, 1e160, 1e300]) {
    const { auc, low, high } = of(w);
    t.true(Math.abs(auc - of(1).auc) < 1e-12, `${w}`);
    t.deepEqual([low, high], [Number.NaN, Number.NaN], `${w}`);
  }
});
