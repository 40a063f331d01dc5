import {
  detCurve,
  gainCurve,
  liftCurve,
  partialRocAuc,
  precisionRecallCurve,
  precisionRecallGainArea,
  precisionRecallGainCurve,
  rocAuc,
  rocCurve,
} from "@crossbill/auc";
import { CrossbillError } from "@crossbill/messages";
import { normalCdf } from "@crossbill/numerics";
import test from "ava";

const labels = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0];
const scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.05, 0.4, 0.6, 0.7];
const weights = [1, 2, 1, 3, 1, 1, 2, 0.5, 1, 1.5];
const near = (got: number, want: number, by = 1e-12): boolean => Object.is(got, want) || Math.abs(got - want) <= by;

test("partial AUC equals scikit-learn's max_fpr (1.2.1), raw is the area that it standardises", (t) => {
  const reference = [
    [0.1, 0.6842105263157895, 0.7975708502024291],
    [0.25, 0.6814285714285715, 0.7983516483516484],
    [0.5, 0.7100000000000001, 0.8166666666666667],
    [1, 0.76, 0.8461538461538461],
  ] as const;
  for (const [maxFalsePositiveRate, plain, weighted] of reference) {
    t.true(near(partialRocAuc(labels, scores, undefined, { maxFalsePositiveRate }).standardized, plain));
    t.true(near(partialRocAuc(labels, scores, weights, { maxFalsePositiveRate }).standardized, weighted));
  }
  t.is(partialRocAuc(labels, scores, weights, { maxFalsePositiveRate: 1 }).area, rocAuc(labels, scores, weights));
  t.is(partialRocAuc([1, 0], [1, 0], undefined, { maxFalsePositiveRate: 0.2 }).area, 0.2);
});

test("DET has the error rates of every distinct score", (t) => {
  const curve = detCurve(labels, scores);
  const roc = rocCurve(labels, scores);
  t.deepEqual(curve.falsePositiveRate, roc.falsePositiveRate);
  for (const [k, tpr] of roc.truePositiveRate.entries()) t.true(near(curve.falseNegativeRate[k]!, 1 - tpr));
  const probit = detCurve(labels, scores, undefined, { axes: "probit" });
  t.is(probit.falsePositiveRate[0], -Infinity);
  t.is(probit.falseNegativeRate[0], Infinity);
  for (const [k, x] of probit.falseNegativeRate.entries()) t.true(near(normalCdf(x), curve.falseNegativeRate[k]!));
});

test("gain and lift of four rows, by hand", (t) => {
  const y = [1, 0, 1, 0];
  const s = [4, 3, 2, 1];
  t.deepEqual(gainCurve(y, s), {
    share: Float64Array.of(0, 0.25, 0.5, 0.75, 1),
    gain: Float64Array.of(0, 0.5, 0.5, 1, 1),
    thresholds: Float64Array.of(Infinity, 4, 3, 2, 1),
  });
  t.deepEqual(liftCurve(y, s), {
    share: Float64Array.of(0.25, 0.5, 0.75, 1),
    lift: Float64Array.of(2, 1, 2 / 3 / 0.5, 1),
    thresholds: Float64Array.of(4, 3, 2, 1),
  });
});

test("precision-recall-gain, by hand", (t) => {
  // P = 2, N = 2, so pi = 1/2: gains are 2 - 1 / x. Scores fall + - + -; recall reaches pi exactly at the first.
  const curve = precisionRecallGainCurve([1, 0, 1, 0], [4, 3, 2, 1]);
  t.deepEqual(curve.recallGain, Float64Array.of(0, 0, 1, 1));
  t.deepEqual(curve.precisionGain, Float64Array.of(1, 0, 0.5, 0));
  t.is(precisionRecallGainArea([1, 0, 1, 0], [4, 3, 2, 1]), 0.25);
  // P = 3, N = 1: pi = 3/4, recall 2/3 is below it and 1 above: the curve begins a quarter of the way between them, at TP = 9/4, FP = 1/4.
  const crossing = precisionRecallGainCurve([1, 1, 0, 1], [4, 3, 2, 2]);
  t.true(Number.isNaN(crossing.thresholds[0]));
  t.true(near(crossing.precisionGain[0]!, 1 - (3 * 0.25) / (1 * 2.25)));
  t.is(precisionRecallGainArea([1, 1, 0, 0], [4, 3, 2, 1]), 1);
  t.is(precisionRecallGainArea([1, 0, 1, 0], [1, 1, 1, 1]), 0);
});

test("gains follow from precision and recall at every threshold that they share", (t) => {
  const curve = precisionRecallGainCurve(labels, scores, weights);
  const plain = precisionRecallCurve(labels, scores, weights);
  const pi = labels.reduce((sum, y, i) => sum + y * weights[i]!, 0) / weights.reduce((a, b) => a + b);
  for (const [k, threshold] of curve.thresholds.entries()) {
    if (Number.isNaN(threshold)) continue;
    const at = plain.thresholds.indexOf(threshold);
    t.true(near(curve.precisionGain[k]!, (plain.precision[at]! - pi) / ((1 - pi) * plain.precision[at]!)));
    t.true(near(curve.recallGain[k]!, (plain.recall[at]! - pi) / ((1 - pi) * plain.recall[at]!)));
  }
});

test("options that are none are refused", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  for (const maxFalsePositiveRate of [0, 1.1, Number.NaN])
    t.is(
      code(() => partialRocAuc(labels, scores, undefined, { maxFalsePositiveRate })),
      "E_OPTION_RANGE",
    );
  t.is(
    code(() => detCurve(labels, scores, undefined, { axes: "log" as "probit" })),
    "E_OPTION_RANGE",
  );
});

test("the area does not depend on the scale of the weights, to the ends of float64", (t) => {
  const plain = rocAuc(labels, scores, weights);
  for (const scale of [1e-300, 1e-160, 1e-20, 1e20, 1e160, 1e300])
    t.true(
      near(
        rocAuc(
          labels,
          scores,
          weights.map((w) => w * scale),
        ),
        plain,
      ),
      `${scale}`,
    );
  const apart = labels.map((y, i) => weights[i]! * (y === 1 ? 1e-300 : 1e300));
  t.true(near(rocAuc(labels, scores, apart), plain));
});
