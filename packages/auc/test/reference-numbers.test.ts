import {
  averagePrecision,
  detCurve,
  gainCurve,
  handTill,
  liftCurve,
  partialRocAuc,
  precisionRecallCurve,
  RankingAccumulator,
  rocAuc,
  rocCurve,
} from "@crossbill/auc";
import test from "ava";
import { close, metricCases } from "./vectors.js";

test("AUC, average precision and both curves equal the reference numbers", (t) => {
  const cases = metricCases();
  if (typeof cases === "string") {
    t.log(cases);
    t.pass();
    return;
  }
  for (const c of cases) {
    const tolerance = c.name === "weights_huge_range" ? 1e-9 : 1e-12;
    const weights = c.sample_weight ?? undefined;
    const same = (what: string, got: ArrayLike<number>, want: readonly (number | null)[]): void => {
      t.is(got.length, want.length, `${c.name} ${what}`);
      for (const [k, x] of want.entries()) t.true(close(got[k]!, x, tolerance), `${c.name} ${what}[${k}]: got ${got[k]}, want ${x}`);
    };
    same("rocAuc", [rocAuc(c.y_true, c.y_score, weights)], [c.expected.roc_auc]);
    same("averagePrecision", [averagePrecision(c.y_true, c.y_score, weights)], [c.expected.average_precision]);
    const accumulator = new RankingAccumulator();
    accumulator.update(c.y_true, c.y_score, weights);
    const value = accumulator.value();
    t.is(value.rocAuc, rocAuc(c.y_true, c.y_score, weights), c.name);
    t.is(value.averagePrecision, averagePrecision(c.y_true, c.y_score, weights), c.name);
    same("weights", [value.weight, value.positiveWeight], [c.expected.weight_sum, c.expected.weight_pos]);
    if (c.expected.roc_curve) {
      const curve = rocCurve(c.y_true, c.y_score, weights);
      const det = detCurve(c.y_true, c.y_score, weights);
      same("det fpr", det.falsePositiveRate, c.expected.roc_curve.fpr);
      same(
        "det fnr",
        det.falseNegativeRate,
        c.expected.roc_curve.tpr.map((x) => 1 - x),
      );
      same("gain", gainCurve(c.y_true, c.y_score, weights).gain, c.expected.roc_curve.tpr);
      same("fpr", curve.falsePositiveRate, c.expected.roc_curve.fpr);
      same("tpr", curve.truePositiveRate, c.expected.roc_curve.tpr);
      t.is(curve.thresholds[0], Infinity);
      same("roc thresholds", curve.thresholds.subarray(1), c.expected.roc_curve.thresholds.slice(1));
    }
    same("partial AUC up to 1", [partialRocAuc(c.y_true, c.y_score, weights, { maxFalsePositiveRate: 1 }).area], [c.expected.roc_auc]);
    const ofTwo = { classes: 2, ...(weights === undefined ? {} : { weights }) };
    const scores = c.y_score.map((s) => [-s, s]);
    same("Hand and Till of two classes", [handTill(c.y_true, scores, ofTwo)], [c.expected.roc_auc]);
    if (c.expected.pr_curve) {
      const base = c.expected.weight_pos / c.expected.weight_sum;
      const lift = liftCurve(c.y_true, c.y_score, weights);
      same("lift", lift.lift.map((x) => x * base).reverse(), c.expected.pr_curve.precision.slice(0, -1));
      const curve = precisionRecallCurve(c.y_true, c.y_score, weights);
      same("precision", curve.precision, c.expected.pr_curve.precision);
      same("recall", curve.recall, c.expected.pr_curve.recall);
      same("pr thresholds", curve.thresholds, c.expected.pr_curve.thresholds);
    }
  }
});
