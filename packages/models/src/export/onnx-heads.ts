import type { Recalibration } from "@crossbill/calibration";
import { CrossbillError, HEAD_NAMES, v1 } from "@crossbill/messages";
import { classPairs } from "../heads.js";
import { DOUBLE, type Edge, type OnnxGraph } from "./onnx-graph.js";
import { logSigmoid, recalibrated } from "./onnx-recalibration.js";

/** Adds the outputs of a head of one prediction, whose logits, before a recalibration, are double [N]. @throws E_EXPORT_HEAD */
export function addHead(graph: OnnxGraph, head: v1.Head, logit: Edge, recalibration: Recalibration | null): void {
  if (head === v1.Head.SQUARED) {
    graph.output("prediction", logit, "double", ["N"]);
    return;
  }
  if (head === v1.Head.POISSON) {
    graph.output("prediction", graph.node("Min", [graph.node("Exp", [logit]), graph.doubles([Number.MAX_VALUE])]), "double", ["N"]);
    return;
  }
  if (head !== v1.Head.LOGISTIC) throw unknown(head);
  const own = recalibration === null ? { logit, probability: graph.node("Sigmoid", [logit]) } : recalibrated(graph, recalibration, logit);
  graph.output("probability", own.probability, "double", ["N"]);
  graph.output("logit", own.logit, "double", ["N"]);
}

/** Adds the outputs of a head of K classes, whose logits are double [N, outputs]: see `classResponse`. @throws E_EXPORT_HEAD */
export function addClassHead(graph: OnnxGraph, head: v1.Head, K: number, outputs: number, logits: Edge): void {
  if (head === v1.Head.MULTI_LABEL) {
    graph.output("probabilities", graph.node("Sigmoid", [logits]), "double", ["N", K]);
    graph.output("logits", logits, "double", ["N", K]);
    return;
  }
  const { best, scores } = classScores(graph, head, K, logits);
  graph.output("probabilities", graph.node("Softmax", [scores], { axis: 1 }), "double", ["N", K]);
  graph.output("class", graph.node("ArgMax", [best], { axis: 1, keepdims: 0 }), "int64", ["N"]);
  graph.output("logits", logits, "double", ["N", outputs]);
}

/** Double [N, K] each: the class is where `best` is largest, first of equal ones; the probabilities are the softmax of `scores`. */
function classScores(graph: OnnxGraph, head: v1.Head, K: number, logits: Edge): { readonly best: Edge; readonly scores: Edge } {
  switch (head) {
    case v1.Head.SOFTMAX:
    case v1.Head.SAMPLED_SOFTMAX:
    case v1.Head.NCE:
      return { best: logits, scores: logits };
    case v1.Head.ONE_VS_REST:
      return { best: logits, scores: logSigmoid(graph, logits) };
    case v1.Head.ONE_VS_ONE:
      return oneVsOne(graph, K, logits);
    default:
      throw unknown(head);
  }
}

/** Logits [N, P] of the P pairs of classes. */
function oneVsOne(graph: OnnxGraph, K: number, logits: Edge): { best: Edge; scores: Edge } {
  const pairs = classPairs(K);
  const P = pairs.length;
  const matrix = (of: (pair: readonly [number, number], k: number) => number): Edge =>
    graph.doubles(
      pairs.flatMap((pair) => Array.from({ length: K }, (_, k) => of(pair, k))),
      [P, K],
    );
  const zero = graph.doubles([0]);
  const won = (comparison: string, by: 0 | 1): Edge =>
    graph.node("MatMul", [graph.cast(graph.node(comparison, [logits, zero]), DOUBLE), matrix((pair, k) => (pair[by] === k ? 1 : 0))]);
  const votes = graph.node("Add", [won("Greater", 0), won("Less", 1)]);
  const margins = graph.node("MatMul", [logits, matrix(([a, b], k) => (a === k ? 1 : b === k ? -1 : 0))]);
  const most = graph.node("ReduceMax", [votes], { axes: [1], keepdims: 1 });
  const best = graph.node("Where", [graph.node("Less", [votes, most]), graph.doubles([Number.NEGATIVE_INFINITY]), margins]);
  // losses[n][k][j]: -z_kj of the other classes j, and 0 for k itself; p_k is in proportion to 1 / sum of exp(losses).
  const losses = Array.from({ length: K }, (_, k) => [2 * P, ...pairs.flatMap(([a, b], pair) => (a === k ? [P + pair] : b === k ? [pair] : []))]);
  const nothing = graph.node("Mul", [graph.node("Gather", [logits, graph.integers([0])], { axis: 1 }), zero]);
  const signed = graph.node("Concat", [logits, graph.node("Neg", [logits]), nothing], { axis: 1 });
  const gathered = graph.node("Gather", [signed, graph.integers(losses.flat(), [K, K])], { axis: 1 });
  const largest = graph.node("ReduceMax", [gathered], { axes: [2], keepdims: 1 });
  const sum = graph.node("ReduceSum", [graph.node("Exp", [graph.node("Sub", [gathered, largest])]), graph.integers([2])], { keepdims: 0 });
  const first = graph.node("ReduceMax", [gathered], { axes: [2], keepdims: 0 });
  return { best, scores: graph.node("Neg", [graph.node("Add", [first, graph.node("Log", [sum])])]) };
}

function unknown(head: v1.Head): CrossbillError {
  return new CrossbillError("E_EXPORT_HEAD", `a model with the head ${HEAD_NAMES[head]} cannot be written as ONNX; arrow and tsv hold its weights`, {
    exitCode: 2,
  });
}
