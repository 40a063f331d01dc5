import { v1 } from "@crossbill/messages";
import { type EmbeddingInputPlan, type LayerPlan, meanSlope, type NetworkPlan, type NumericInputPlan } from "../network/network-plan.js";
import type { ServedNetwork } from "../network/served-network.js";
import { mergedLayer } from "../network/served-tower.js";
import type { ColumnOfGraph } from "./onnx-columns.js";
import { DOUBLE, type Edge, FLOAT, type OnnxGraph } from "./onnx-graph.js";

const { Kind } = v1.ActivationSpec;
const { Combiner } = v1.EmbeddingInput;

/** Bytes of a network's numbers in a graph: every id of a table has a vector there. */
export function onnxBytes({ tables, dense }: NetworkPlan): number {
  return tables.reduce((sum, { rows, dimension }) => sum + 4 * rows * dimension, 4 * dense);
}

/**
 * Adds what a network gives to the logits, double [N, K]: layers in float32 as prediction has them (batch norm merged, no dropout), pooling, scalar products and the scale in float64.
 * @param columns those that its towers see, by name
 */
export function addNetwork(graph: OnnxGraph, network: ServedNetwork, columns: ReadonlyMap<string, ColumnOfGraph>): Edge {
  const { plan } = network;
  const tables = network.tables.map(({ ids, vectors }, t) => {
    const { rows, dimension } = plan.tables[t]!;
    const all = new Float32Array(rows * dimension);
    for (const [i, id] of ids.entries()) all.set(vectors.subarray(i * dimension, (i + 1) * dimension), id * dimension);
    return graph.floats(all, [rows, dimension]);
  });
  const after = plan.towers.map((tower) => {
    const parts = tower.inputs.map((input) => {
      const column = columns.get(input.column)!;
      return input.kind === "embedding" ? pooled(graph, input, column, tables[input.table]!) : numbers(graph, input, column, network.weights.dense);
    });
    return tower.layers.reduce((x, layer) => addLayer(graph, layer, network, x), parts.length === 1 ? parts[0]! : graph.node("Concat", parts, { axis: 1 }));
  });
  const given = plan.kind === "deep" ? graph.cast(after[0]!, DOUBLE) : plan.kind === "twoTower" ? dot(graph, plan, after) : pairs(graph, plan, after[0]!);
  return network.scale === 1 ? given : graph.node("Mul", [given, graph.doubles([network.scale])]);
}

/** float [N, width] */
function pooled(graph: OnnxGraph, { combiner }: EmbeddingInputPlan, { input, values }: ColumnOfGraph, table: Edge): Edge {
  const vectors = graph.node("Gather", [table, input], { axis: 0 });
  if (values === undefined) return vectors;
  const total = (x: Edge, keepdims: 0 | 1): Edge => graph.node("ReduceSum", [x, graph.integers([1])], { keepdims });
  const sum = total(graph.node("Mul", [graph.cast(vectors, DOUBLE), graph.node("Unsqueeze", [values, graph.integers([2])])]), 0);
  if (combiner === Combiner.SUM) return graph.cast(sum, FLOAT);
  const divisor = combiner === Combiner.MEAN ? total(graph.node("Abs", [values]), 1) : graph.node("Sqrt", [total(graph.node("Mul", [values, values]), 1)]);
  const zero = graph.doubles([0]);
  return graph.cast(graph.node("Where", [graph.node("Equal", [divisor, zero]), zero, graph.node("Div", [sum, divisor])]), FLOAT);
}

/** float [N, width] */
function numbers(graph: OnnxGraph, plan: NumericInputPlan, column: ColumnOfGraph, dense: Float32Array): Edge {
  const { input, isMissing } = column.number();
  const scaled = graph.cast(input, FLOAT);
  const own = [scaled, ...(plan.numbers > 1 ? [graph.cast(isMissing, FLOAT)] : [])].map((x) => graph.node("Unsqueeze", [x, graph.integers([1])]));
  const all = own.length === 1 ? own[0]! : graph.node("Concat", own, { axis: 1 });
  if (plan.vectors < 0) return all;
  const vectors = graph.doubles(Float64Array.from(dense.subarray(plan.vectors, plan.vectors + plan.numbers * plan.width)), [plan.numbers, plan.width]);
  return graph.cast(graph.node("MatMul", [graph.cast(all, DOUBLE), vectors]), FLOAT);
}

function addLayer(graph: OnnxGraph, layer: LayerPlan, { weights: own }: ServedNetwork, x: Edge): Edge {
  const { weights, bias } = mergedLayer(layer, own);
  const z = graph.node("Gemm", [x, graph.floats(weights, [layer.outputs, layer.inputs]), graph.floats(bias, [layer.outputs])], { transB: 1 });
  const slopes = layer.slopes < 0 ? Float32Array.of(meanSlope(layer.activation)) : own.dense.subarray(layer.slopes, layer.slopes + layer.outputs);
  return activated(graph, layer, z, slopes);
}

function activated(graph: OnnxGraph, { activation: { kind, a } }: LayerPlan, z: Edge, slopes: Float32Array): Edge {
  const number = (x: number): Edge => graph.floats([x]);
  const times = (factor: number, x: Edge): Edge => graph.node("Mul", [x, number(factor)]);
  const swish = (x: Edge, inner: Edge): Edge => graph.node("Mul", [x, graph.node("Sigmoid", [inner])]);
  switch (kind) {
    case Kind.LINEAR:
      return z;
    case Kind.RELU:
      return graph.node("Relu", [z]);
    case Kind.SIGMOID:
      return graph.node("Sigmoid", [z]);
    case Kind.TANH:
      return graph.node("Tanh", [z]);
    case Kind.SOFTPLUS: {
      const rest = graph.node("Exp", [graph.node("Neg", [graph.node("Abs", [z])])]);
      return graph.node("Add", [graph.node("Relu", [z]), graph.node("Log", [graph.node("Add", [rest, number(1)])])]);
    }
    case Kind.LEAKY_RELU:
    case Kind.PRELU:
    case Kind.RRELU:
      return graph.node("PRelu", [z, graph.floats(slopes, [slopes.length])]);
    case Kind.RELU_N:
      return graph.node("Min", [graph.node("Relu", [z]), number(a)]);
    case Kind.ELU: {
      const below = graph.node("Sub", [graph.node("Exp", [graph.node("Min", [z, number(0)])]), number(1)]);
      return graph.node("Where", [graph.node("Greater", [z, number(0)]), z, times(a, below)]);
    }
    case Kind.GELU: {
      const cube = graph.node("Mul", [z, graph.node("Mul", [z, z])]);
      return swish(z, times(2 * Math.sqrt(2 / Math.PI), graph.node("Add", [z, times(0.044715, cube)])));
    }
    case Kind.SILU:
      return swish(z, z);
  }
}

/** double [N, parts of both towers' vectors]: their products, summed over what the parts hold. */
function dot(graph: OnnxGraph, { outputs: K, towers }: NetworkPlan, after: readonly Edge[]): Edge {
  const width = towers[0]!.outputs / K;
  const [user, item] = after.map((x) => graph.node("Reshape", [graph.cast(x, DOUBLE), graph.integers([-1, K, width])]));
  return graph.node("ReduceSum", [graph.node("Mul", [user!, item!]), graph.integers([2])], { keepdims: 0 });
}

/** double [N, K] of pooled vectors float [N, fields * d], d = [k][field][rank] or [k][rank]: see `fieldPairs`. */
function pairs(graph: OnnxGraph, { outputs: K, factorized }: NetworkPlan, vectors: Edge): Edge {
  const { rank, fieldAware, fields } = factorized!;
  const sum = (x: Edge, axes: readonly number[]): Edge => graph.node("ReduceSum", [x, graph.integers(axes)], { keepdims: 0 });
  const shaped = (...dims: number[]): Edge => graph.node("Reshape", [graph.cast(vectors, DOUBLE), graph.integers([-1, ...dims])]);
  if (!fieldAware) {
    const x = shaped(fields, K, rank);
    const all = sum(x, [1]);
    const difference = graph.node("Sub", [graph.node("Mul", [all, all]), sum(graph.node("Mul", [x, x]), [1])]);
    return graph.node("Mul", [sum(difference, [2]), graph.doubles([0.5])]);
  }
  const x = shaped(fields, K, fields, rank);
  const other = graph.node("Transpose", [x], { perm: [0, 3, 2, 1, 4] });
  const below = Array.from({ length: fields * fields }, (_, at) => (Math.floor(at / fields) < at % fields ? 1 : 0));
  const once = graph.node("Mul", [graph.node("Mul", [x, other]), graph.doubles(below, [fields, 1, fields, 1])]);
  return sum(once, [1, 3, 4]);
}
