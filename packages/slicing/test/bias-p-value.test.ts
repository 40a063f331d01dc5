import { RandomStream, sigmoid } from "@crossbill/numerics";
import { biasPValue } from "@crossbill/slicing";
import test from "ava";
import { exactPValue } from "./search-support.js";

const draw = (n: number, logOdds: number, seed: number): number[] => {
  const random = new RandomStream(seed, 0);
  return Array.from({ length: n }, () => sigmoid(logOdds + 2 * (random.uniform() - 0.5)));
};
const labelsOf = (n: number, positives: number): number[] => Array.from({ length: n }, (_, i) => (i < positives ? 1 : 0));

for (const [n, logOdds] of [
  [10, -0.8],
  [100, -3],
  [100, -4],
  [300, -3],
  [50, 0],
  [60, 3],
  [400, -5],
] as const) {
  test(`p values of ${n} rows at log-odds of about ${logOdds} are within 3% of the exact ones, in both tails and down to 1e-10`, (t) => {
    const probabilities = draw(n, logOdds, n);
    let looked = 0;
    for (let positives = 0; positives <= n; positives++) {
      const exact = exactPValue(probabilities, positives);
      if (exact < 1e-10 || exact > 0.5) continue;
      looked++;
      const got = biasPValue(labelsOf(n, positives), probabilities);
      t.true(Math.abs(got / exact - 1) < 0.03, `${positives} of ${n}: got ${got}, want ${exact}`);
    }
    t.true(looked > 3);
  });
}

test("unlike importance weights never make a p value smaller than the exact one", (t) => {
  const random = new RandomStream(5, 0);
  for (const choices of [[1, 2, 3], [1, 10], [1, 1, 1, 1, 1, 1, 1, 1, 1, 40], [5]]) {
    const probabilities = draw(60, -2.5, choices.length);
    const weights = probabilities.map(() => choices[random.below(choices.length)]!);
    for (let i = 0; i < 60; i++) {
      const share = 0.2 + 4 * random.uniform();
      const labels = probabilities.map((p) => (random.bernoulli(Math.min(1, share * p)) ? 1 : 0));
      const exact = exactPValue(
        probabilities,
        labels.reduce<number>((sum, y, k) => sum + y * weights[k]!, 0),
        weights,
      );
      if (exact > 1e-10 && exact < 0.5) t.true(biasPValue(labels, probabilities, weights) > 0.97 * exact);
    }
  }
});

test("rows whose negatives were down-sampled: the p value is that of the labels that are left, and about uniform where the predictions are true", (t) => {
  const kept = (p: number): number => p / (p + (1 - p) / 10);
  const probabilities = Array<number>(60).fill(0.06);
  for (const positives of [10, 20, 36]) {
    const labels = labelsOf(60, positives);
    const want = exactPValue(probabilities.map(kept), positives);
    const got = biasPValue(
      labels,
      probabilities,
      labels.map((y) => (y === 1 ? 1 : 10)),
    );
    t.true(Math.abs(got / want - 1) < 0.03, `got ${got}, want ${want}`);
  }
  const random = new RandomStream(6, 0);
  let small = 0;
  for (let set = 0; set < 1000; set++) {
    const own = Array.from({ length: 200 }, () => sigmoid(-4 + 2 * random.uniform()));
    const y = own.map((p) => (random.uniform() < kept(p) ? 1 : 0));
    const w = y.map((label) => (label === 1 ? 1 : 10));
    if (biasPValue(y, own, w) < 0.1) small++;
  }
  t.true(small > 60 && small < 130, `${small} of 1000 p values are under 0.1`);
});

test("a frequency weight is so many rows; a common importance weight changes nothing", (t) => {
  const probabilities = draw(80, -2, 1);
  const labels = labelsOf(80, 20);
  const copies = (values: readonly number[]): number[] => values.flatMap((x) => [x, x, x]);
  const three = probabilities.map(() => 3);
  t.is(biasPValue(labels, probabilities, three, { weightKind: "frequency" }), biasPValue(copies(labels), copies(probabilities)));
  t.true(Math.abs(biasPValue(labels, probabilities, three) / biasPValue(labels, probabilities) - 1) < 1e-9);
});

test("p values where labels are all alike are exact; predictions of 0 and 1 that are wrong leave next to nothing; no weight leaves NaN", (t) => {
  const near = (got: number, want: number): boolean => t.true(Math.abs(got / want - 1) < 1e-9, `got ${got}, want ${want}`);
  near(biasPValue(labelsOf(100, 0), Array<number>(100).fill(0.05)), 2 * 0.95 ** 100);
  near(biasPValue(labelsOf(5, 5), Array<number>(5).fill(0.25)), 2 * 0.25 ** 5);
  t.true(biasPValue([1, 1, 0], [0, 0, 0]) < 1e-15);
  t.is(biasPValue([1, 0], [1, 0]), 1);
  t.is(biasPValue([], []), Number.NaN);
  t.is(biasPValue([1], [0.5], [0]), Number.NaN);
});
