import type { Recalibration } from "@crossbill/calibration";
import { log } from "@crossbill/numerics";
import { type Edge, INT64, type OnnxGraph } from "./onnx-graph.js";

/** Adds a recalibration of log-odds double [N]. */
export function recalibrated(graph: OnnxGraph, recalibration: Recalibration, logit: Edge): { readonly logit: Edge; readonly probability: Edge } {
  if (recalibration.kind === "isotonic") {
    const probability = interpolated(graph, recalibration, graph.node("Sigmoid", [logit]));
    const rest = graph.node("Sub", [graph.doubles([1]), probability]);
    return { probability, logit: graph.node("Sub", [graph.node("Log", [probability]), graph.node("Log", [rest])]) };
  }
  const own = ofLogit(graph, recalibration, logit);
  return { logit: own, probability: graph.node("Sigmoid", [own]) };
}

function ofLogit(graph: OnnxGraph, recalibration: Exclude<Recalibration, { kind: "isotonic" }>, logit: Edge): Edge {
  const times = (factor: number, x: Edge): Edge => graph.node("Mul", [x, graph.doubles([factor])]);
  const plus = (x: Edge, term: number): Edge => graph.node("Add", [x, graph.doubles([term])]);
  switch (recalibration.kind) {
    case "platt":
      return plus(times(recalibration.slope, logit), recalibration.intercept);
    case "beta": {
      const positive = times(recalibration.a, logSigmoid(graph, logit));
      const negative = times(-recalibration.b, logSigmoid(graph, graph.node("Neg", [logit])));
      return plus(graph.node("Add", [positive, negative]), recalibration.c);
    }
    case "temperature":
      return atTemperature(graph, recalibration, logit);
    case "sampling":
      return plus(logit, log(recalibration.negativeRate) - log(recalibration.positiveRate));
  }
}

/** Logits divided by a temperature; those of a model without one as they are. */
export function atTemperature(graph: OnnxGraph, recalibration: Recalibration | null, logits: Edge): Edge {
  return recalibration?.kind === "temperature" ? graph.node("Div", [logits, graph.doubles([recalibration.temperature])]) : logits;
}

/** log(sigmoid(z)) = min(z, 0) - log(1 + exp(-|z|)) */
export function logSigmoid(graph: OnnxGraph, z: Edge): Edge {
  const rest = graph.node("Exp", [graph.node("Neg", [graph.node("Abs", [z])])]);
  const least = graph.node("Min", [z, graph.doubles([0])]);
  return graph.node("Sub", [least, graph.node("Log", [graph.node("Add", [rest, graph.doubles([1])])])]);
}

/** Linear between the knots: of segment s in [0, K], the number of knots <= p, from the start's value by its rise in proportion to the way. */
function interpolated(graph: OnnxGraph, { knots, values }: Extract<Recalibration, { kind: "isotonic" }>, p: Edge): Edge {
  const K = knots.length;
  const above = graph.cast(graph.node("Less", [graph.node("Unsqueeze", [p, graph.integers([1])]), graph.doubles(knots, [1, K])]), INT64);
  const segment = graph.node("Sub", [graph.integers([K]), graph.node("ReduceSum", [above, graph.integers([1])], { keepdims: 0 })]);
  const inside = (s: number): boolean => s > 0 && s < K;
  const of = (at: (s: number) => number): Edge =>
    graph.node(
      "Gather",
      [
        graph.doubles(
          Array.from({ length: K + 1 }, (_, s) => at(s)),
          [K + 1],
        ),
        segment,
      ],
      { axis: 0 },
    );
  const start = of((s) => values[Math.max(0, s - 1)]!);
  const rise = of((s) => (inside(s) ? values[s]! - values[s - 1]! : 0));
  const from = of((s) => knots[Math.max(0, s - 1)]!);
  const width = of((s) => (inside(s) ? knots[s]! - knots[s - 1]! : 1));
  const share = graph.node("Div", [graph.node("Sub", [p, from]), width]);
  return graph.node("Add", [start, graph.node("Mul", [rise, share])]);
}
