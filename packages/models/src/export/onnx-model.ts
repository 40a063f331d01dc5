import { CrossbillError, HEAD_NAMES } from "@crossbill/messages";
import type { Model } from "../model.js";
import type { PlacedColumn } from "../placement.js";
import type { ColumnWeights } from "../weights-file.js";
import { addColumn, type ColumnOfGraph } from "./onnx-columns.js";
import { DOUBLE, type Edge, OnnxGraph } from "./onnx-graph.js";
import { addClassHead, addHead } from "./onnx-heads.js";
import { addNetwork, onnxBytes } from "./onnx-network.js";
import { atTemperature } from "./onnx-recalibration.js";

/** A protobuf message, and so the file, is smaller. */
const LARGEST = 2 ** 31 - 2 ** 20;

/**
 * A model as an ONNX graph over encoded rows: its linear part in float64, layers of a network in float32. For each column with a weight other than 0, and each that the network sees, in the model's order, an input of the column's name:
 *   one value a row       int64 [N]: ids
 *   several values a row  int64 [N, M]: ids, and `<column>.values` double [N, M]; rows with fewer items end with any id and the value 0
 *   numeric, product      double [N]: raw numbers, NaN where missing; scale and indicator are in the graph
 * A recalibration is in the graph. Outputs: `probability` and `logit` [N] (logistic); `prediction` [N] (squared); of K classes `probabilities` [N, K], `class` int64 [N] and `logits` [N, outputs].
 * @param weights of the model, with those of each id's outputs one after the other
 * @throws E_EXPORT_EMPTY for a linear model without a weight; E_EXPORT_SIZE where the file would be too large for a protobuf message; E_EXPORT_HEAD
 */
export function encodeOnnx(model: Model, weights: readonly ColumnWeights[]): Uint8Array {
  const { classes, network } = model;
  const K = model.intercepts.length;
  const several = classes.length > 0;
  if (model.columns.length === 0)
    throw new CrossbillError(
      "E_EXPORT_EMPTY",
      "every weight of the model is 0: it has no input, so there is no ONNX graph of it; the formats arrow and tsv hold its intercept",
    );
  const held = new Map(weights.filter(({ ids }) => ids.length > 0).map((column) => [column.name, column]));
  checkSize(model, K, held);
  const graph = new OnnxGraph();
  const columns = model.columns.map(({ placed }) => addColumn(graph, placed));
  let logits = several ? graph.doubles(model.intercepts, [1, K]) : graph.doubles([model.intercept]);
  for (const column of columns) {
    const own = held.get(column.placed.name);
    if (own === undefined) continue;
    for (const part of partsOf(graph, column, dense(column.placed, own, K), several ? K : 0)) logits = graph.node("Add", [logits, part]);
  }
  if (network !== null) {
    const given = addNetwork(graph, network, new Map(columns.map((column) => [column.placed.name, column])));
    logits = graph.node("Add", [logits, several ? given : graph.node("Squeeze", [given, graph.integers([1])])]);
  }
  if (several) addClassHead(graph, model.head, classes.length, K, atTemperature(graph, model.recalibration, logits));
  else addHead(graph, model.head, logits, model.recalibration);
  return graph.finish("A model over encoded rows, see the metadata crossbill.columns.", [
    ["crossbill.sha256", model.sha256],
    ["crossbill.head", HEAD_NAMES[model.head]],
    ["crossbill.classes", JSON.stringify(classes)],
    ["crossbill.columns", JSON.stringify(columns.map(({ about }) => about))],
  ]);
}

function checkSize({ columns, network }: Model, K: number, held: ReadonlyMap<string, ColumnWeights>): void {
  const linear = columns.reduce((sum, { placed }) => sum + (held.has(placed.name) ? 8 * K * placed.size : 0), 0);
  const bytes = linear + (network === null ? 0 : onnxBytes(network.plan));
  if (bytes > LARGEST)
    throw new CrossbillError(
      "E_EXPORT_SIZE",
      `the model's columns have ${bytes} bytes of weights and vectors, zeros among them, an ONNX file holds fewer than 2 GiB; use --format arrow, or columns with fewer buckets`,
    );
}

/** Weights of all ids: f64[size][K]. */
function dense({ size }: PlacedColumn, { ids, weights }: ColumnWeights, K: number): Float64Array {
  const all = new Float64Array(size * K);
  for (const [i, id] of ids.entries()) for (let k = 0; k < K; k++) all[id * K + k] = weights[i * K + k]!;
  return all;
}

/** What a column adds to the logits, in this order: double [N], of several outputs K (0: there is one) [N, K]. */
function partsOf(graph: OnnxGraph, column: ColumnOfGraph, weights: Float64Array, K: number): Edge[] {
  const { placed, input, values } = column;
  const row = (id: number): Edge => (K === 0 ? graph.doubles([weights[id]!]) : graph.doubles(weights.subarray(id * K, (id + 1) * K), [1, K]));
  const byOutput = (of: Edge, axis: number): Edge => (K === 0 ? of : graph.node("Unsqueeze", [of, graph.integers([axis])]));
  if (placed.numeric) {
    const { input: x, isMissing } = column.number();
    const parts = [graph.node("Mul", [byOutput(x, 1), row(0)])];
    if (placed.size > 1) parts.push(graph.node("Mul", [byOutput(graph.cast(isMissing, DOUBLE), 1), row(1)]));
    return parts;
  }
  const table = graph.doubles(weights, K === 0 ? [placed.size] : [placed.size, K]);
  const gathered = graph.node("Gather", [table, input], { axis: 0 });
  if (values === undefined) return [gathered];
  return [graph.node("ReduceSum", [graph.node("Mul", [gathered, byOutput(values, 2)]), graph.integers([1])], { keepdims: 0 })];
}
