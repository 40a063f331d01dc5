import { chooseThreshold } from "@crossbill/auc";
import test from "ava";
import { checkConfig } from "../dist/config/load.js";
import { thresholdChoice, thresholdSchema } from "../dist/config/threshold.js";

const LABELS = [1, 1, 0, 1, 0, 0];
const SCORES = [0.9, 0.8, 0.7, 0.6, 0.2, 0.1];

function chosen(config: unknown): number {
  const choice = thresholdChoice(thresholdSchema.parse(config));
  return typeof choice === "number" ? choice : chooseThreshold(LABELS, SCORES, choice.criterion).threshold;
}

test("every way to choose a threshold, by hand", (t) => {
  t.is(chosen(0.3), 0.3);
  t.is(chosen({ maximize: "f1" }), 0.6);
  t.is(chosen({ maximize: "accuracy" }), 0.8);
  t.is(chosen({ fBeta: 0.5 }), 0.8);
  t.is(chosen({ fBeta: 2 }), 0.6);
  t.is(chosen({ precision: 0.7 }), 0.6, "the most recall with 0.7 precision or more: 3 of 4 are right");
  t.is(chosen({ precision: 0.9 }), 0.8);
  t.is(chosen({ recall: 0.5 }), 0.8);
  t.is(chosen({ recall: 1 }), 0.6);
  t.is(chosen({ cost: { falsePositive: 1, falseNegative: 3 } }), 0.6);
  t.is(chosen({ cost: { falsePositive: 3, falseNegative: 1 } }), 0.8);
  t.is(chosen({ positives: 0.5 }), 0.7);
});

test("what a threshold may be is said once, and rules and groups are for heads of one probability", (t) => {
  const problems = (evaluate: object, head = "logistic"): string => {
    const error = t.throws(() => checkConfig({ data: { train: "a.csv", label: "y" }, model: { kind: "linear", head }, evaluate }, "test"));
    return String(error?.message);
  };
  t.regex(
    problems({ threshold: { maximise: "f1" } }),
    /evaluate\.threshold: allowed are a number from 0 to 1, \{ maximize: "f1", "youden" or "accuracy" \}, \{ fBeta \}/,
  );
  t.regex(problems({ threshold: { recall: 0.9 } }, "squared"), /evaluate\.threshold: a rule chooses a threshold .* the head squared has none/);
  t.regex(problems({ fairness: ["country"] }, "softmax"), /evaluate\.fairness: decisions are made by .* the head softmax has none/);
});

test("other thresholds are problems of the configuration", (t) => {
  for (const config of [
    2,
    -0.1,
    "f1",
    { maximize: "auc" },
    { recall: 0 },
    { precision: 1.1 },
    { fBeta: 0 },
    { cost: { falsePositive: 1 } },
    { recall: 0.5, precision: 0.5 },
  ])
    t.false(thresholdSchema.safeParse(config).success, JSON.stringify(config));
});
