import { classAucs, confusionMatrix, handTill, multiClassAuc, predictedClasses, topKAccuracy } from "@crossbill/auc";
import { expectedCalibrationError } from "@crossbill/calibration";
import { encodeMessage, v1 } from "@crossbill/messages";
import { exp, RandomStream } from "@crossbill/numerics";
import test from "ava";
import { MultiClassSums } from "../dist/multi-class.js";

const INTERVAL = { weightKind: "importance", level: 0.95 } as const;

/** Seeded rows of K classes; some probabilities are equal. */
function rowsOf(K: number, rows: number, seed: number) {
  const random = new RandomStream(seed);
  const label = Float64Array.from({ length: rows }, () => random.below(K));
  const weight = Float64Array.from({ length: rows }, () => random.below(4) / 2);
  const p = new Float64Array(rows * K);
  for (let r = 0; r < rows; r++) {
    const z = Array.from({ length: K }, (_, k) => exp(random.below(7) / 2 + (label[r] === k ? 1 : 0)));
    const total = z.reduce((a, b) => a + b);
    for (let k = 0; k < K; k++) p[r * K + k] = z[k]! / total;
  }
  return { label, weight, p };
}

for (const K of [2, 4, 12, 60])
  test(`${K} classes: the numbers are those of whole arrays, in any order and grouping`, (t) => {
    const names = Array.from({ length: K }, (_, k) => `c${k}`);
    const { label, weight, p } = rowsOf(K, 400, K);
    const model = { classes: names };
    const part = (from: number, to: number): MultiClassSums => {
      const sums = new MultiClassSums(names);
      sums.update(model, label.subarray(from, to), p.subarray(from * K, to * K), weight.subarray(from, to));
      return new MultiClassSums(names, v1.MultiClassSums.decode(encodeMessage(v1.MultiClassSums, sums.toMessage())));
    };
    const [a, b, c] = [part(0, 120), part(120, 121), part(121, 400)];
    c.merge(a);
    c.merge(b);
    const found = c.value(INTERVAL);
    const options = { classes: K, weights: weight };
    const close = (x: number, y: number, what: string): void => {
      t.true(Object.is(x, y) || Math.abs(x - y) < 1e-12, `${what}: ${x} and ${y}`);
    };
    for (const { k, accuracy } of found.top!) close(accuracy!, topKAccuracy([...label], p, k!, options), `top ${k}`);
    t.deepEqual(
      found.top!.map(({ k }) => k),
      [1, 3, 5].filter((k) => k <= K),
    );
    const predicted = predictedClasses(p, K);
    const right = Float64Array.from(label, (y, r) => (predicted[r] === y ? 1 : 0));
    const most = Float64Array.from(label, (_, r) => p[r * K + predicted[r]!]!);
    close(found.topLabelError!, expectedCalibrationError(right, most, { bins: 20, weights: weight }), "top label");
    const { matrix } = confusionMatrix([...label], predicted, options);
    t.deepEqual(found.confusion, K > 50 ? [] : [...matrix]);
    close(found.macroAuc!, K > 50 ? Number.NaN : multiClassAuc([...label], p, options), "macro");
    close(found.weightedAuc!, K > 50 ? Number.NaN : multiClassAuc([...label], p, { ...options, average: "weighted" }), "weighted");
    close(found.handTill!, K > 10 ? Number.NaN : handTill([...label], p, options), "Hand and Till");
    if (K <= 50)
      t.deepEqual(
        found.each!.map(({ auc }) => auc),
        [...classAucs([...label], p, options)],
      );
    const other = part(0, 400);
    t.deepEqual(encodeMessage(v1.MultiClassSums, other.toMessage()), encodeMessage(v1.MultiClassSums, c.toMessage()));
  });
