import { logLoss, normalizedEntropy } from "@crossbill/calibration";
import { CrossbillError } from "@crossbill/messages";
import { ExactSum, log, log1p } from "@crossbill/numerics";
import test from "ava";

const N = 3 * 8192 + 5;
const probabilities = Float64Array.from({ length: N }, (_, i) => ((i * 7919) % 65537) / 65536 / (1 + (i % 7) * 1000)).map((p) => Math.min(p, 1));
const labels = Uint8Array.from({ length: N }, (_, i) => ((i * 31) % 11 < 4 ? 1 : 0));

test("many rows have the log-loss of the plain sum, bit for bit, in any order", (t) => {
  const sum = new ExactSum();
  for (let i = 0; i < N; i++) {
    const p = Math.min(Math.max(probabilities[i]!, 2 ** -52), 1 - 2 ** -52);
    sum.add(labels[i] === 1 ? -log(p) : -log1p(-p));
  }
  const want = sum.value() / N;
  t.is(logLoss(labels, probabilities), want);
  t.is(logLoss([...labels], [...probabilities]), want);
  t.is(logLoss(labels.toReversed(), probabilities.toReversed()), want);
  t.is(logLoss(labels, probabilities, new Float64Array(N).fill(1)), want);
  t.is(normalizedEntropy(labels, probabilities), normalizedEntropy(labels, probabilities, new Float64Array(N).fill(1)));
});

test("wrong rows are named among many too, and leave no trace", (t) => {
  const want = logLoss(labels, probabilities);
  for (const [y, p, code] of [
    [2, 0.5, "E_LABEL_RANGE"],
    [256, 0.5, "E_LABEL_RANGE"],
    [1, 1.5, "E_PROBABILITY_RANGE"],
    [1, Number.NaN, "E_PROBABILITY_RANGE"],
  ] as const) {
    const error = t.throws(() => logLoss([...labels, y], [...probabilities, p]), { instanceOf: CrossbillError });
    t.is(error?.code, code);
    t.is(error?.details.row, N);
  }
  t.is(logLoss(labels, probabilities), want);
});
