import {
  CalibrationAccumulator,
  calibrationCurve,
  classCalibration,
  expectedCalibrationError,
  fitClassTemperature,
  topLabelRows,
} from "@crossbill/calibration";
import { CrossbillError } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";

/** Rows whose labels are drawn from softmax(logits); predictions are softmax(logits / T). */
function rows(seed: number, n: number, K: number, T: number): { labels: number[]; logits: number[]; probabilities: number[] } {
  const random = new RandomStream(seed);
  const logits = Array.from({ length: n * K }, () => 1.5 * random.normal());
  const softmax = (i: number, by: number): number[] => {
    const odds = Array.from({ length: K }, (_, k) => Math.exp(logits[i * K + k]! / by));
    const sum = odds.reduce((a, b) => a + b);
    return odds.map((x) => x / sum);
  };
  const labels = Array.from({ length: n }, (_, i) => {
    let u = random.uniform();
    return softmax(i, 1).findIndex((p, k) => (u -= p) < 0 || k === K - 1);
  });
  return { labels, logits, probabilities: labels.flatMap((_, i) => softmax(i, T)) };
}

test("top-label and class curves are the binary ones of the rows, by their definitions", (t) => {
  const row = fc.tuple(fc.nat(2), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 }), fc.constantFrom(0.5, 1, 2, 0));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (all) => {
      const labels = all.map((r) => r[0]);
      const p = all.map((r) => r[1].map((x) => x / 5));
      const weights = all.map((r) => r[2]);
      const got = classCalibration(labels, p.flat(), 3, { bins: 4, weights });
      const best = p.map((own) => own.indexOf(Math.max(...own)));
      const right = labels.map((label, i) => (label === best[i] ? 1 : 0));
      const top = p.map((own) => Math.max(...own));
      t.deepEqual(got.topLabel.curve, calibrationCurve(right, top, { bins: 4, weights }));
      t.is(got.topLabel.expectedError, expectedCalibrationError(right, top, { bins: 4, weights }));
      const each = [0, 1, 2].map((k) =>
        expectedCalibrationError(
          labels.map((label) => (label === k ? 1 : 0)),
          p.map((own) => own[k]!),
          { bins: 4, weights },
        ),
      );
      t.deepEqual(
        got.each.map(({ expectedError }) => expectedError),
        each,
      );
      const mean = each.reduce((a, b) => a + b, 0) / 3;
      t.true(Number.isNaN(mean) ? Number.isNaN(got.classwiseError) : Math.abs(got.classwiseError - mean) < 1e-15);
      for (const one of [got.topLabel, ...got.each]) t.true(Number.isNaN(one.maximumError) || one.maximumError >= one.expectedError - 1e-15);
    }),
  );
});

test("predictions too sure of themselves have a large error, which a temperature takes away", (t) => {
  const { labels, probabilities } = rows(1, 5000, 4, 0.5);
  const logits = probabilities.map(Math.log);
  const sure = classCalibration(labels, probabilities, 4, { strategy: "quantile", bins: 10 });
  const { temperature } = fitClassTemperature(labels, logits, 4);
  t.true(Math.abs(temperature - 2) < 0.15, `${temperature}`);
  const calibrated = classCalibration(labels, rows(1, 5000, 4, 0.5 * temperature).probabilities, 4, { strategy: "quantile", bins: 10 });
  t.true(sure.topLabel.expectedError > 0.15 && calibrated.topLabel.expectedError < 0.03, `${sure.topLabel.expectedError} ${calibrated.topLabel.expectedError}`);
  t.true(sure.classwiseError > 3 * calibrated.classwiseError);
});

test("top-label rows in parts give the accumulator's curve of all", (t) => {
  const { labels, probabilities } = rows(2, 300, 3, 1);
  const accumulator = new CalibrationAccumulator();
  for (const [from, to] of [
    [100, 300],
    [0, 100],
  ] as const) {
    const part = topLabelRows(labels.slice(from, to), probabilities.slice(3 * from, 3 * to), 3);
    accumulator.update(part.labels, part.probabilities);
  }
  t.deepEqual(accumulator.curve({ bins: 10 }), classCalibration(labels, probabilities, 3, { bins: 10 }).topLabel.curve);
});

test("wrong rows of classes are refused", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  t.is(
    code(() => classCalibration([0], [0.5], 2)),
    "E_LENGTH_MISMATCH",
  );
  t.is(
    code(() => classCalibration([2], [0.5, 0.5], 2)),
    "E_LABEL_RANGE",
  );
  t.is(
    code(() => classCalibration([1], [0.5, 1.5], 2)),
    "E_PROBABILITY_RANGE",
  );
  t.is(
    code(() => classCalibration([1], [0.5, 0.5], 2, { weights: [-1] })),
    "E_WEIGHT_RANGE",
  );
});
