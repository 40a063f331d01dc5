import {
  type BinStrategy,
  brierScore,
  CalibrationAccumulator,
  calibrationCurve,
  expectedCalibrationError,
  logLoss,
  logLossFromLogits,
  normalizedEntropy,
  predictionBias,
} from "@crossbill/calibration";
import test from "ava";
import { uniformEdges } from "../dist/bin-edges.js";
import { quantileEdges } from "../dist/quantile-edges.js";
import { close, metricCases } from "./vectors.js";

test("losses, bias and calibration curves equal the reference numbers, of the accumulator too", (t) => {
  const cases = metricCases();
  if (typeof cases === "string") {
    t.log(cases);
    t.pass();
    return;
  }
  for (const c of cases.filter((c) => c.is_probability)) {
    const tolerance = c.name === "weights_huge_range" ? 1e-9 : 1e-12;
    const { y_true: y, y_score: p, expected } = c;
    const w = c.sample_weight ?? undefined;
    const same = (what: string, got: number, want: number | null | undefined): void => {
      t.true(close(got, want, tolerance), `${c.name} ${what}: got ${got}, want ${want}`);
    };
    same("logLoss", logLoss(y, p, w), expected.log_loss);
    same("brierScore", brierScore(y, p, w), expected.brier);
    same("normalizedEntropy", normalizedEntropy(y, p, w), expected.normalized_entropy);
    if (c.logit) same("logLossFromLogits", logLossFromLogits(y, c.logit, w), expected.log_loss_from_logits);
    const bias = predictionBias(y, p, w);
    same("meanPrediction", bias.meanPrediction, expected.mean_pred);
    same("meanLabel", bias.meanLabel, expected.mean_label);
    same("difference", bias.difference, expected.bias);
    same("ratio", bias.ratio, expected.calibration_ratio);

    const accumulator = new CalibrationAccumulator();
    accumulator.update(y, p, w);
    const value = accumulator.value();
    t.deepEqual(
      [
        value.rows,
        value.logLoss,
        value.brierScore,
        value.normalizedEntropy,
        value.bias.meanPrediction,
        value.bias.meanLabel,
        value.bias.difference,
        value.bias.ratio,
      ],
      [y.length, logLoss(y, p, w), brierScore(y, p, w), normalizedEntropy(y, p, w), bias.meanPrediction, bias.meanLabel, bias.difference, bias.ratio],
      c.name,
    );
    same("weight", value.weight, expected.weight_sum);
    same("positiveWeight", value.positiveWeight, expected.weight_pos);

    for (const [key, want] of Object.entries(expected.calibration_curve ?? {})) {
      if (want === null) continue;
      const [strategy, bins] = [key.split("_")[0] as BinStrategy, Number(key.split("_")[1])];
      t.deepEqual([...(strategy === "uniform" ? uniformEdges(bins) : quantileEdges(y, p, w, bins))], want.edges, `${c.name} ${key}`);
      const curve = calibrationCurve(y, p, { strategy, bins, weights: w });
      t.is(curve.bins.length, want.prob_true.length, `${c.name} ${key}`);
      for (const [k, bin] of curve.bins.entries()) {
        same(`${key} label ${k}`, bin.meanLabel, want.prob_true[k]);
        same(`${key} prediction ${k}`, bin.meanPrediction, want.prob_pred[k]);
        if (want.counts_nonempty && w === undefined) t.is(bin.rows, want.counts_nonempty[k]!);
        t.true(bin.labelLow <= bin.meanLabel && bin.meanLabel <= bin.labelHigh);
      }
      same(`${key} error`, expectedCalibrationError(y, p, { strategy, bins, weights: w }), want.ece);
      if (strategy === "uniform") t.deepEqual(accumulator.curve({ strategy, bins }), curve, c.name);
    }
    for (const bins of [1, 3, 20])
      t.deepEqual(accumulator.curve({ strategy: "logit", bins }), calibrationCurve(y, p, { strategy: "logit", bins, weights: w }), c.name);
  }
});
