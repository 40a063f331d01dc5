import { v1 } from "@crossbill/messages";
import { normalCdf, RandomStream } from "@crossbill/numerics";
import test from "ava";
import { verdictOf, worseSlices } from "../dist/verdict.js";

function difference(mean: number, standardError: number): v1.IPairedDifference {
  const reach = 1.96 * standardError;
  return { rows: 1000, difference: mean, standardError, low: mean - reach, high: mean + reach, relativeIncrease: mean / 0.5, z: mean / standardError };
}

function slice(value: string, z: number): v1.ISliceComparison {
  return { slice: [{ field: "country", value, missing: value === "" }], difference: difference(z * 0.001, 0.001) };
}

test("better, worse and no difference are told apart, with how much", (t) => {
  const of = (mean: number, head = v1.Head.LOGISTIC): string => verdictOf({ overall: difference(mean, 0.001) }, head);
  t.is(of(-0.01), "Better: the log-loss changes by -0.0100 (-2.00%; 95% -0.0120 to -0.00804).");
  t.is(of(0.01, v1.Head.POISSON), "Worse: the deviance changes by +0.0100 (+2.00%; 95% +0.00804 to +0.0120).");
  t.is(of(0.001, v1.Head.SQUARED), "No difference beyond chance: the squared error changes by +0.00100 (+0.20%; 95% -0.000960 to +0.00296).");
  t.is(verdictOf({ overall: { ...difference(0, 1), standardError: 0 } }, v1.Head.LOGISTIC), "No difference: the log-loss of every row is the same.");
  t.is(verdictOf({ overall: { rows: 0 } }, v1.Head.LOGISTIC), "There are no rows to compare the models on.");
  t.is(verdictOf({ overall: difference(Number.NaN, 1) }, v1.Head.LOGISTIC), "The difference of the log-loss is undefined.");
});

test("the AUC is told, and where the model got worse", (t) => {
  const auc = { new: 0.71, current: 0.7, difference: 0.01, low: -0.001, high: 0.021 };
  const text = verdictOf({ overall: difference(-0.01, 0.001), auc, slices: [slice("DE", 5), slice("", 1), slice("US", -3)] }, v1.Head.LOGISTIC);
  t.true(text.includes("AUC 0.71000 against 0.70000 (+0.0100, 95% -0.00100 to +0.0210, no difference beyond chance)."), text);
  t.true(text.endsWith("Worse beyond chance in 1 of 3 slices, corrected for their number: country=DE (+0.00500)."), text);
  t.true(
    verdictOf({ overall: difference(-0.01, 0.001), slices: [slice("DE", 1), slice("US", 0)] }, v1.Head.LOGISTIC).endsWith(
      "In none of 2 slices it is worse beyond chance.",
    ),
  );
});

test("slices are those of Holm's procedure, written out", (t) => {
  const random = new RandomStream(3);
  for (let trial = 0; trial < 50; trial++) {
    const slices = Array.from({ length: 1 + random.below(8) }, (_, i) => slice(`s${i}`, 6 * (random.uniform() - 0.3)));
    const left = [...slices];
    const rejected = new Set<string>();
    for (;;) {
      const next = left.reduce<v1.ISliceComparison | null>((best, one) => (best === null || one.difference!.z! > best.difference!.z! ? one : best), null);
      if (next === null || normalCdf(-next.difference!.z!) > 0.05 / left.length) break;
      rejected.add(next.slice![0]!.value!);
      left.splice(left.indexOf(next), 1);
    }
    t.deepEqual(new Set(worseSlices(slices).map((one) => one.slice![0]!.value!)), rejected);
  }
});
