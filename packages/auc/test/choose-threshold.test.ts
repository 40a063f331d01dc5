import { type ChosenThreshold, chooseThreshold, chooseThresholdOf, confusionAt, rankRows, type ThresholdCriterion } from "@crossbill/auc";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { confusionTwin, thresholdsTwin } from "./twins.js";

const labels = [1, 1, 0, 1, 0, 0];
const scores = [0.9, 0.8, 0.7, 0.6, 0.2, 0.1];

test("the chosen threshold is the best of all, the highest of equals", (t) => {
  const best = chooseThreshold(labels, scores, "f1");
  t.is(best.threshold, 0.6);
  t.is(best.value, 6 / 7);
  t.is(chooseThreshold(labels, scores, { maximize: "youden" }).threshold, 0.8);
  t.is(chooseThreshold([0, 0], [0.3, 0.4], "accuracy").threshold, Infinity);
});

test("weights may stand before or after the criterion and the threshold", (t) => {
  const weights = [1, 2, 3, 1, 1, 1];
  t.deepEqual(chooseThreshold(labels, scores, weights, "f1"), chooseThreshold(labels, scores, "f1", weights));
  t.deepEqual(confusionAt(labels, scores, weights, 0.7), confusionAt(labels, scores, 0.7, weights));
  t.is(confusionAt(labels, scores, weights, 0.7).falsePositives, 3);
});

test("each criterion, by hand", (t) => {
  const chosen = (criterion: ThresholdCriterion): [number, number] => {
    const { threshold, value } = chooseThreshold(labels, scores, criterion);
    return [threshold, value];
  };
  t.deepEqual(chosen({ maximize: "fBeta", beta: 0.5 }), [0.8, (1.25 * 2) / (1.25 * 2 + 0.25)]);
  t.deepEqual(chosen({ maximize: "fBeta", beta: 2 }), [0.6, 15 / 16]);
  t.deepEqual(chosen({ maximize: "recall", minPrecision: 0.7 }), [0.6, 1]);
  t.deepEqual(chosen({ maximize: "recall", minPrecision: 0.8 }), [0.8, 2 / 3]);
  t.deepEqual(chosen({ maximize: "precision", minRecall: 0.9 }), [0.6, 0.75]);
  t.deepEqual(chosen({ maximize: "precision", minRecall: 0.5 }), [0.8, 1]);
  t.deepEqual(chosen({ minimize: "cost", costs: { falsePositive: 1, falseNegative: 3 } }), [0.6, 1 / 6]);
  t.deepEqual(chosen({ minimize: "cost", costs: { falsePositive: 3, falseNegative: 1 } }), [0.8, 1 / 6]);
  t.deepEqual(chosen({ minimize: "cost", costs: { truePositive: -1, falsePositive: 0.5 } }), [0.6, -2.5 / 6]);
  t.deepEqual(chosen({ positiveRate: 0.5 }), [0.7, 0.5]);
  t.deepEqual(chosen({ positiveRate: 0.49 }), [0.8, 2 / 6]);
  t.deepEqual(chosen({ positiveRate: 0 }), [Infinity, 0]);
  t.deepEqual(chosen({ quantile: 0.5 }), [0.6, 0.5]);
  t.deepEqual(chosen({ quantile: 0.51 }), [0.7, 4 / 6]);
  t.deepEqual(chosen({ quantile: 1 }), [0.9, 1]);
  t.deepEqual(chosen({ quantile: 0 }), [0.1, 1 / 6]);
});

test("a bound that nothing fulfils is answered with NaN", (t) => {
  const none = chooseThreshold([0, 1, 0], [0.3, 0.2, 0.1], { maximize: "recall", minPrecision: 0.6 });
  t.is(none.metric, "recall");
  for (const [name, x] of Object.entries(none)) if (name !== "metric") t.true(Number.isNaN(x), name);
});

/** A criterion again, over confusions that are counted row by row: the objective, NaN where it is not allowed. */
const CRITERIA: readonly { criterion: ThresholdCriterion; of: (tp: number, fp: number, tn: number, fn: number, below: number) => number }[] = [
  { criterion: "accuracy", of: (tp, fp, tn, fn) => (tp + tn) / (tp + fp + tn + fn) },
  { criterion: { maximize: "youden" }, of: (tp, fp, tn, fn) => ((tp + fn) * (tn + fp) > 0 ? tp * (tn + fp) - fp * (tp + fn) : Number.NaN) },
  { criterion: { maximize: "fBeta", beta: 2 }, of: (tp, fp, _, fn) => (5 * tp) / (5 * tp + 4 * fn + fp) },
  { criterion: { maximize: "recall", minPrecision: 0.5 }, of: (tp, fp, _, fn) => (tp / (tp + fp) >= 0.5 ? tp / (tp + fn) : Number.NaN) },
  { criterion: { maximize: "precision", minRecall: 0.5 }, of: (tp, fp, _, fn) => (tp / (tp + fn) >= 0.5 ? tp / (tp + fp) : Number.NaN) },
  {
    criterion: { minimize: "cost", costs: { falsePositive: 2, falseNegative: 3, trueNegative: -1 } },
    of: (tp, fp, tn, fn) => -(2 * fp + 3 * fn - tn) / (tp + fp + tn + fn),
  },
  { criterion: { positiveRate: 0.4 }, of: (tp, fp, tn, fn) => ((tp + fp) / (tp + fp + tn + fn) <= 0.4 ? tp + fp : Number.NaN) },
  { criterion: { quantile: 0.6 }, of: (tp, fp, _tn, _fn, below) => (below >= 0.6 ? tp + fp : Number.NaN) },
];

for (const { criterion, of } of CRITERIA)
  test(`${JSON.stringify(criterion)} picks the best of all thresholds, tried one by one`, (t) => {
    const row = fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 25 }), (rows) => {
        const [y, s, w] = [rows.map((r) => r[0]), rows.map((r) => r[1]), rows.map((r) => r[2])];
        const all = w.reduce((a, b) => a + b, 0);
        const candidates = [Infinity, ...thresholdsTwin(s, w)].map((threshold) => {
          const [tp, fp, tn, fn] = confusionTwin(y, s, threshold, w) as [number, number, number, number];
          const below = threshold === Infinity ? Number.NaN : s.reduce((sum, x, i) => sum + (x <= threshold ? w[i]! : 0), 0) / all;
          return { threshold, objective: of(tp, fp, tn, fn, below) };
        });
        const most = Math.max(...candidates.map((c) => c.objective).filter((x) => !Number.isNaN(x)));
        const want = candidates.find((c) => c.objective === most);
        const got: ChosenThreshold = chooseThresholdOf(rankRows(y, s, w), criterion);
        t.is(got.threshold, want?.threshold ?? Number.NaN);
        if (want !== undefined)
          t.deepEqual(confusionAt(y, s, want.threshold, w), Object.fromEntries(Object.entries(got).filter(([name]) => name !== "metric" && name !== "value")));
      }),
      { numRuns: 200 },
    );
  });

test("unknown criteria, bounds that are none and thresholds that are none are refused", (t) => {
  const code = (criterion: unknown): string | undefined =>
    t.throws(() => chooseThreshold(labels, scores, criterion as ThresholdCriterion), { instanceOf: CrossbillError })?.code;
  for (const criterion of [
    "constructor",
    undefined,
    {},
    { maximize: "toString" },
    { maximize: "fBeta" },
    { maximize: "fBeta", beta: 0 },
    { maximize: "recall", minPrecision: 2 },
    { maximize: "precision" },
    { minimize: "cost" },
    { minimize: "cost", costs: { falsePositive: Number.NaN } },
    { minimize: "cost", costs: { positives: 1 } },
    { positiveRate: -0.1 },
    { quantile: "median" },
  ])
    t.is(code(criterion), "E_THRESHOLD_CRITERION", JSON.stringify(criterion));
  t.is(t.throws(() => confusionAt(labels, scores, Number.NaN), { instanceOf: CrossbillError })?.code, "E_THRESHOLD_RANGE");
});
