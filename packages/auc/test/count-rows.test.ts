import { createHash } from "node:crypto";
import { averagePrecision, averagePrecisionOf, type Ranking, rankRows, rocAuc, rocAucOf } from "@crossbill/auc";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import { countByOrder } from "../dist/count-by-order.js";
import { rankingOf } from "../dist/ranking.js";
import { SortedRows } from "../dist/sorted-rows.js";

const N = 3 * SortedRows.BATCH + 17;

function uniform(seed: number): () => number {
  let s = seed;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
}

const SHAPES: Readonly<Record<string, (next: () => number) => number>> = {
  uniform: (next) => next() + next() / 2 ** 32,
  float32: (next) => Math.fround(next()),
  "log-odds": (next) => (next() + next() + next() - 1.5) * 9,
  "much tied": (next) => Math.floor(next() * 50) / 50 - 0.5 + 0,
  "equal in their upper bits": (next) => 1 + Math.floor(next() * 2 ** 20) * 2 ** -52,
  infinite: (next) => [-Infinity, -0, 0, 5e-324, Infinity][Math.floor(next() * 5)]!,
};
const WEIGHTS: Readonly<Record<string, ((next: () => number) => number) | undefined>> = {
  none: undefined,
  whole: (next) => Math.floor(next() * 4),
  fractional: (next) => next(),
};

/** Each array as the SHA-256 of its bytes: long arrays are compared at once. */
const hashes = (ranking: Ranking): unknown =>
  Object.fromEntries(Object.entries(ranking).map(([name, x]) => [name, typeof x === "number" ? x : createHash("sha256").update(x).digest("hex")]));

for (const [shape, score] of Object.entries(SHAPES))
  for (const [kind, weigh] of Object.entries(WEIGHTS))
    test(`scores that are ${shape}, weights ${kind}: the kernel counts as the plain code does, bit for bit`, (t) => {
      const next = uniform(11);
      const scores = Float64Array.from({ length: N }, () => score(next));
      const labels = Uint8Array.from({ length: N }, () => (next() < 0.3 ? 1 : 0));
      const weights = weigh === undefined ? undefined : Float64Array.from({ length: N }, () => weigh(next));
      const plain = countByOrder(labels, scores, weights, kind !== "fractional");
      const want = rankingOf(plain.thresholds.slice(0, plain.size), plain.positives.slice(0, plain.size), plain.negatives.slice(0, plain.size));
      for (const [y, s] of [
        [labels, scores],
        [[...labels], [...scores]],
      ] as const)
        t.deepEqual(hashes(rankRows(y, s, weights)), hashes(want));
      t.is(rocAuc(labels, scores, weights), rocAucOf(want));
      t.is(averagePrecision(labels, scores, weights), averagePrecisionOf(want));
      t.not(SortedRows.of(labels, scores, weights), null);
    });

test("wrong rows are named among many too", (t) => {
  const next = uniform(3);
  const good = {
    labels: Array.from({ length: N }, () => Math.round(next())),
    scores: Array.from({ length: N }, next),
    weights: Array.from({ length: N }, next),
  };
  const wrong = (name: keyof typeof good, x: unknown): CrossbillError | undefined => {
    const rows = { ...good, [name]: good[name].with(N - 3, x as number) };
    return t.throws(() => rocAuc(rows.labels, rows.scores, rows.weights), { instanceOf: CrossbillError });
  };
  for (const [name, x, code] of [
    ["labels", 2, "E_LABEL_RANGE"],
    ["labels", 257, "E_LABEL_RANGE"],
    ["scores", Number.NaN, "E_SCORE_RANGE"],
    ["scores", "0.5", "E_SCORE_RANGE"],
    ["weights", -1, "E_WEIGHT_RANGE"],
    ["weights", Infinity, "E_WEIGHT_RANGE"],
  ] as const) {
    const error = wrong(name, x);
    t.is(error?.code, code);
    t.is(error?.details.row, N - 3);
  }
  t.is(t.throws(() => rocAuc(good.labels, good.scores.slice(1)), { instanceOf: CrossbillError })?.code, "E_LENGTH_MISMATCH");
});
