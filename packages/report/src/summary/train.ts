import { v1 } from "@crossbill/messages";
import type { JsonLayer, JsonTrain } from "../json.js";
import { type Maybe, num } from "./base.js";

function layer(given: v1.LayerWatch.$Properties): JsonLayer {
  const { name, units, dead, zeros, saturated, gradient, weights, updateRatio } = v1.LayerWatch.create(given);
  return { name, units, dead, zeros: num(zeros), saturated: num(saturated), gradient: num(gradient), weights: num(weights), updateRatio: num(updateRatio) };
}

/** How training went. */
export function train(t: v1.TrainMetrics, optimizer: string): JsonTrain {
  const c = t.certificate as Maybe<v1.Certificate>;
  const s = t.sampledLoss as Maybe<v1.SampledLoss>;
  const sampling = t.rowSampling as Maybe<v1.RowSampling>;
  return {
    optimizer,
    epochs: t.epochs,
    steps: t.steps,
    bestStep: t.bestStep,
    stoppedEarly: t.stoppedEarly,
    progressiveLoss: num(t.progressiveLoss),
    validationLoss: num(t.validationLoss),
    metric: t.metric,
    bestMetric: t.metric === "" ? null : num(t.bestMetric),
    progressive: t.progressive.map((p) => ({ step: p.step, weight: num(p.weight), loss: num(p.loss), windowLoss: num(p.windowLoss) })),
    curve: t.curve.map((p) => ({
      step: p.step,
      epoch: num(p.epoch),
      progressiveLoss: num(p.progressiveLoss),
      validationLoss: num(p.validationLoss),
      metric: t.metric === "" ? null : num(p.metric),
      nonZero: p.nonZero,
      observedLoss: num(p.observedLoss),
      gradientNorm: num(p.gradientNorm),
      ...((p.layers ?? []).length === 0 ? {} : { layers: p.layers!.map(layer) }),
    })),
    certificate: c
      ? {
          objective: num(c.objective),
          gradientNorm: num(c.gradientNorm),
          relativeGradientNorm: num(c.relativeGradientNorm),
          dualityGap: num(c.dualityGap),
          sumPredictions: num(c.sumPredictions),
          sumLabels: num(c.sumLabels),
          sumDifference: num(c.sumPredictions - c.sumLabels),
          converged: c.converged,
        }
      : null,
    diagnostics: t.diagnostics.map((d) => ({
      code: d.code,
      level: d.info ? "info" : "warn",
      message: d.message,
      columns: [...d.columns],
      value: num(d.value),
    })),
    sampledLoss: s ? { rows: s.rows, sampled: num(s.sampled), full: num(s.full), difference: num(s.sampled - s.full), correction: s.correction } : null,
    sampling: sampling
      ? {
          correct: sampling.correct === v1.SampleSpec.Correct.INTERCEPT ? "intercept" : "weight",
          classes: sampling.classes.map((of) => ({ class: of.class, rate: num(of.rate), rows: of.rows, kept: of.kept })),
        }
      : null,
  };
}
