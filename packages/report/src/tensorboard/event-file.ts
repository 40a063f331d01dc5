import type { v1 } from "@crossbill/messages";
import { tensorboard } from "../../gen/tensorboard.js";
import type { JsonLayer, JsonTest, JsonTrain, ReportJson } from "../json.js";
import { frameRecord } from "./record.js";
import { histogram, precisionRecallCurve, scalar, sizeHistogram } from "./summaries.js";

/**
 * The bytes of an event file that TensorBoard reads: the learning curve and what was measured as scalars, weights and predictions as histograms, the
 * precision-recall curve. The numbers are those of `report.json` (as float32, TensorBoard's type of scalars). Every event has the time 0: equal reports give equal bytes.
 * Measured numbers stand at the kept step.
 * @param curve of a network: what its layers gave, their gradients and parameters, as histograms by evaluation
 */
export function eventFile(json: Pick<ReportJson, "train" | "test" | "weights">, curve: readonly v1.CurvePoint[] = []): Uint8Array {
  const step = json.train?.bestStep ?? 0;
  const events: tensorboard.IEvent[] = [
    { fileVersion: "brain.Event:2" },
    ...(json.train === null ? [] : learning(json.train)),
    ...curve.map(({ step, layers }) => ({ step, summary: { value: layers.flatMap(layerHistograms) } })),
    { step, summary: { value: [...(json.test === null ? [] : measured(json.test)), ...histogram("weights/nonZero", json.weights?.histogram ?? null)] } },
  ];
  const records = events.filter(({ summary }) => summary?.value?.length !== 0).map((event) => frameRecord(tensorboard.Event.encode(event).finish()));
  return new Uint8Array(Buffer.concat(records));
}

function learning(train: JsonTrain): tensorboard.IEvent[] {
  const first = train.progressive.map(({ step, loss, windowLoss }) => ({
    step,
    summary: { value: [...scalar("train/firstPassLoss", loss), ...scalar("train/firstPassWindowLoss", windowLoss)] },
  }));
  const curve = train.curve.map((point) => ({
    step: point.step,
    summary: {
      value: [
        ...scalar("train/progressiveLoss", point.progressiveLoss),
        ...scalar("train/observedLoss", point.observedLoss),
        ...scalar("train/gradientNorm", point.gradientNorm),
        ...scalar("train/nonZero", point.nonZero),
        ...scalar("validation/loss", point.validationLoss),
        ...scalar(`validation/${train.metric === "" ? "metric" : train.metric}`, point.metric),
        ...(point.layers ?? []).flatMap(layerScalars),
      ],
    },
  }));
  return [...first, ...curve];
}

function layerScalars({ name, units, dead, zeros, saturated, gradient, weights, updateRatio }: JsonLayer): tensorboard.Summary.IValue[] {
  return [
    ...scalar(`${name}/zeroFraction`, zeros),
    ...scalar(`${name}/deadFraction`, dead / units),
    ...scalar(`${name}/saturated`, saturated),
    ...scalar(`${name}/gradient`, gradient),
    ...scalar(`${name}/weights`, weights),
    ...scalar(`${name}/updateRatio`, updateRatio),
  ];
}

function layerHistograms({ name, activations, gradients, parameters }: v1.LayerWatch): tensorboard.Summary.IValue[] {
  return Object.entries({ activations, gradients, parameters }).flatMap(([what, sizes]) => (sizes === null ? [] : sizeHistogram(`${name}/${what}`, sizes)));
}

const MEASURED = ["logLoss", "auc", "averagePrecision", "brier", "accuracy", "rmse", "calibrationError"] as const;

function measured(test: JsonTest): tensorboard.Summary.IValue[] {
  return [
    ...MEASURED.flatMap((name) => scalar(`${test.part}/${name}`, test[name])),
    ...scalar(`${test.part}/bias`, test.bias.difference),
    ...histogram(`${test.part}/predictions`, test.histogram),
    ...precisionRecallCurve(`${test.part}/precisionRecall`, test),
  ];
}
