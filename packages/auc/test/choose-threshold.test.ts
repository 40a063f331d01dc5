import { chooseThreshold, confusionAt } from "@crossbill/auc";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";

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

test("an unknown criterion or threshold is refused", (t) => {
  t.is(t.throws(() => chooseThreshold(labels, scores, "constructor" as "f1"), { instanceOf: CrossbillError })?.code, "E_THRESHOLD_CRITERION");
  t.is(t.throws(() => confusionAt(labels, scores, Number.NaN), { instanceOf: CrossbillError })?.code, "E_THRESHOLD_RANGE");
});
