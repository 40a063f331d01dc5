import { v1 } from "@crossbill/messages";
import test from "ava";
import { classPart, classSlice } from "../dist/class-evaluation.js";
import { EvaluationSums } from "../dist/evaluation-sums.js";
import { scoreClasses } from "../dist/score-classes.js";

const PROBABILITIES = Float64Array.of(0.7, 0.2, 0.1, 0.25, 0.25, 0.5, 0.4, 0.4, 0.2);
/** The last row's predicted class is not the most probable one, as a head may decide. */
const BEST = Uint32Array.of(0, 2, 1);

test("a row's own class is found by its name, however model and packs number it; an unknown one has no probability", (t) => {
  const logits = new Float64Array(9);
  const model = {
    classes: ["a", "b", "c"],
    classesOf: (z: Float64Array) => (z === logits ? { probabilities: PROBABILITIES, best: BEST } : (t.fail() as never)),
  };
  const label = Float64Array.of(1, 2, 0);
  const { own, hit } = scoreClasses(model, ["x", "a", "c"], label, logits);
  t.deepEqual([...own], [0.7, 0.5, 0]);
  t.deepEqual([...hit], [1, 1, 0]);
  const same = scoreClasses(model, model.classes, Float64Array.of(1, 1, 0), logits);
  t.deepEqual([...same.own], [0.2, 0.25, 0.4]);
  t.deepEqual([...same.hit], [0, 0, 0], "what the head decides counts");
});

test("log-loss and accuracy are weighted means; bias is undefined, AUC too but for two classes", (t) => {
  const rows = {
    label: Float64Array.of(0, 1, 2, 1),
    weight: Float64Array.of(1, 2, 0, 1),
    predictions: [Float64Array.of(0.5, 0.25, 0.9, 0.125)],
    hits: [Float64Array.of(1, 0, 1, 0)],
    slices: new Map([["country", ["a", "a", "b", null]]]),
    keys: null,
  };
  const summed = (classes: readonly string[], more: object = {}): EvaluationSums => {
    const sums = new EvaluationSums({ head: v1.Head.SOFTMAX, vectors: false, classes, sets: [["country"]] });
    sums.update({ ...rows, ...more });
    return sums;
  };
  const interval = { weightKind: "importance", level: 0.95 } as const;
  const three = summed(["a", "b", "c"]);
  const e = classPart(three, ["a", "b", "c"], interval);
  t.true(Math.abs(e.logLoss! - (Math.LN2 + 2 * 2 * Math.LN2 + 3 * Math.LN2) / 4) < 1e-15);
  t.is(e.accuracy, 0.25);
  t.is(e.weight, 4);
  t.true(e.logLossLow! < e.logLoss! && e.logLoss! < e.logLossHigh!);
  t.true(Number.isNaN(e.auc) && Number.isNaN(e.bias!.difference!));
  const slices = three.means.slices().map(classSlice);
  t.true(Math.abs(slices[0]!.logLoss! - (5 * Math.LN2) / 3) < 1e-15);
  t.deepEqual(
    slices.map((slice) => [slice.slice![0]!.value, slice.slice![0]!.missing, slice.rows, slice.weight]),
    [
      ["a", false, 2, 3],
      ["b", false, 1, 0],
      ["", true, 1, 1],
    ],
  );
  t.is(slices[1]!.logLoss, Number.NaN);
  // Probabilities of class 1: 0.5, 0.25, 0.875: the rows of class 1 stand above the others in half of the weighted pairs.
  const two = { label: Float64Array.of(0, 1, 0, 1), predictions: [Float64Array.of(0.5, 0.25, 0.875, 0.875)] };
  t.is(classPart(summed(["a", "b"], two), ["a", "b"], interval).auc, 1 / 3);
});
