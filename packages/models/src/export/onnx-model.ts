import { numericRecipe } from "@crossbill/columns";
import { CrossbillError, HEAD_NAMES } from "@crossbill/messages";
import type { Model } from "../model.js";
import type { PlacedColumn } from "../placement.js";
import type { ColumnWeights } from "../weights-file.js";
import { type Edge, OnnxGraph } from "./onnx-graph.js";
import { addClassHead, addHead } from "./onnx-heads.js";
import { addRecipe } from "./onnx-numeric.js";
import { atTemperature } from "./onnx-recalibration.js";

/** A protobuf message, and so the file, is smaller. */
const LARGEST = 2 ** 31 - 2 ** 20;

/** What an input of the graph holds, for programs: metadata `crossbill.columns`. */
interface InputOf {
  readonly column: string;
  readonly kind: "ids" | "items" | "numbers";
  readonly input: string;
  /** Of kind items: the input of their values. */
  readonly values?: string;
  /** Ids are below it. */
  readonly features: number;
}

/**
 * A linear model as an ONNX graph over encoded rows, all in float64. For each column with a weight other than 0, in the model's order, an input of the column's name:
 *   one value a row       int64 [N]: ids
 *   several values a row  int64 [N, M]: ids, and `<column>.values` double [N, M]; rows with fewer items end with any id and the value 0
 *   numeric, product      double [N]: raw numbers, NaN where missing; scale and indicator are in the graph
 * A recalibration is in the graph. Outputs: `probability` and `logit` [N] (logistic); `prediction` [N] (squared); of K classes `probabilities` [N, K], `class` int64 [N] and `logits` [N, outputs].
 * @param weights of the model, with those of each id's outputs one after the other
 * @throws E_EXPORT_EMPTY for a model without a weight; E_EXPORT_SIZE where the file would be too large for a protobuf message; E_EXPORT_HEAD
 */
export function encodeOnnx(model: Model, weights: readonly ColumnWeights[]): Uint8Array {
  const { columns, classes } = model;
  const K = model.intercepts.length;
  const several = classes.length > 0;
  if (columns.length === 0)
    throw new CrossbillError(
      "E_EXPORT_EMPTY",
      "every weight of the model is 0: it has no input, so there is no ONNX graph of it; the formats arrow and tsv hold its intercept",
    );
  const held = new Map(weights.map((column) => [column.name, column]));
  const bytes = columns.reduce((sum, { placed }) => sum + 8 * K * placed.size, 0);
  if (bytes > LARGEST)
    throw new CrossbillError(
      "E_EXPORT_SIZE",
      `the model's columns have ${bytes} bytes of weights, zeros among them, an ONNX file holds fewer than 2 GiB; use --format arrow, or columns with fewer buckets`,
    );
  const graph = new OnnxGraph();
  const inputs = columns.map(({ placed }) => inputOf(graph, placed));
  let logits = several ? graph.doubles(model.intercepts, [1, K]) : graph.doubles([model.intercept]);
  for (const [i, { placed }] of columns.entries()) {
    const own = dense(placed, held.get(placed.name)!, K);
    for (const part of partsOf(graph, placed, inputs[i]!, own, several ? K : 0)) logits = graph.node("Add", [logits, part]);
  }
  if (several) addClassHead(graph, model.head, classes.length, K, atTemperature(graph, model.recalibration, logits));
  else addHead(graph, model.head, logits, model.recalibration);
  return graph.finish("A linear model over encoded rows, see the metadata crossbill.columns.", [
    ["crossbill.sha256", model.sha256],
    ["crossbill.head", HEAD_NAMES[model.head]],
    ["crossbill.classes", JSON.stringify(classes)],
    ["crossbill.columns", JSON.stringify(inputs)],
  ]);
}

function inputOf(graph: OnnxGraph, { name, size, numeric, multi }: PlacedColumn): InputOf {
  const column = { column: name, features: size };
  if (numeric) return { ...column, kind: "numbers", input: graph.input(name, "double", ["N"]) };
  if (!multi) return { ...column, kind: "ids", input: graph.input(name, "int64", ["N"]) };
  const dims = ["N", `items of ${name}`];
  return { ...column, kind: "items", input: graph.input(name, "int64", dims), values: graph.input(`${name}.values`, "double", dims) };
}

/** Weights of all ids: f64[size][K]. */
function dense({ size }: PlacedColumn, { ids, weights }: ColumnWeights, K: number): Float64Array {
  const all = new Float64Array(size * K);
  for (const [i, id] of ids.entries()) for (let k = 0; k < K; k++) all[id * K + k] = weights[i * K + k]!;
  return all;
}

/** What a column adds to the logits, in this order: double [N], of several outputs K (0: there is one) [N, K]. */
function partsOf(graph: OnnxGraph, placed: PlacedColumn, { input, values }: InputOf, weights: Float64Array, K: number): Edge[] {
  const row = (id: number): Edge => (K === 0 ? graph.doubles([weights[id]!]) : graph.doubles(weights.subarray(id * K, (id + 1) * K), [1, K]));
  const byOutput = (of: Edge, axis: number): Edge => (K === 0 ? of : graph.node("Unsqueeze", [of, graph.integers([axis])]));
  if (placed.numeric) {
    const { input: x, isMissing } = addRecipe(graph, input, numericRecipe(placed.spec, placed.state));
    const parts = [graph.node("Mul", [byOutput(x, 1), row(0)])];
    if (placed.size > 1) parts.push(graph.node("Mul", [byOutput(graph.node("Cast", [isMissing], { to: 11 }), 1), row(1)]));
    return parts;
  }
  const table = graph.doubles(weights, K === 0 ? [placed.size] : [placed.size, K]);
  const gathered = graph.node("Gather", [table, input], { axis: 0 });
  if (values === undefined) return [gathered];
  return [graph.node("ReduceSum", [graph.node("Mul", [gathered, byOutput(values, 2)]), graph.integers([1])], { keepdims: 0 })];
}
