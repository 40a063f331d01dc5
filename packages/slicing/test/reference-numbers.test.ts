import { sliceMetrics } from "@crossbill/slicing";
import test from "ava";
import { close, sliceVectors } from "./vectors.js";

test("every slice has the reference numbers, whatever its name", (t) => {
  const v = sliceVectors();
  if (typeof v === "string") {
    t.log(v);
    t.pass();
    return;
  }
  for (const [weights, expected] of [
    [undefined, v.expected_unweighted],
    [v.sample_weight, v.expected_weighted],
  ] as const) {
    const found = new Map(sliceMetrics(v.y_true, v.y_score, { segment: v.segment }, weights).map((s) => [s.slice.segment, s]));
    t.is(found.size, expected.length);
    for (const [name, want] of expected) {
      const got = found.get(name)!;
      t.is(got.rows, want.n, name);
      const pairs: [string, number, number | null][] = [
        ["auc", got.auc, want.roc_auc],
        ["weight", got.weight, want.weight_sum],
        ["positiveWeight", got.positiveWeight, want.weight_pos],
        ["logLoss", got.logLoss, want.log_loss],
        ["brierScore", got.brierScore, want.brier],
        ["meanPrediction", got.bias.meanPrediction, want.mean_pred],
        ["meanLabel", got.bias.meanLabel, want.mean_label],
        ["difference", got.bias.difference, want.bias],
        ["ratio", got.bias.ratio, want.calibration_ratio],
        ["normalizedEntropy", got.normalizedEntropy, want.normalized_entropy],
      ];
      for (const [what, x, y] of pairs) t.true(close(x, y), `${name} ${what}: got ${x}, want ${y}`);
    }
  }
});
