import { numericRecipe } from "@crossbill/columns";
import type { PlacedColumn } from "../placement.js";
import type { Edge, OnnxGraph } from "./onnx-graph.js";
import { addRecipe } from "./onnx-numeric.js";

/** What an input of the graph holds, for programs: metadata `crossbill.columns`. */
export interface InputOf {
  readonly column: string;
  readonly kind: "ids" | "items" | "numbers";
  readonly input: string;
  /** Of kind items: the input of their values. */
  readonly values?: string;
  /** Ids are below it. */
  readonly features: number;
}

/** A column of the model in the graph. */
export interface ColumnOfGraph {
  readonly placed: PlacedColumn;
  readonly about: InputOf;
  /** Ids int64 [N], of several values a row [N, M]; raw numbers double [N]. */
  readonly input: Edge;
  /** double [N, M] */
  readonly values: Edge | undefined;
  /** Of a numeric column: the scaled number double [N], and whether it is missing, bool [N]. In the graph once. */
  readonly number: () => { readonly input: Edge; readonly isMissing: Edge };
}

/** Adds the inputs of a column. */
export function addColumn(graph: OnnxGraph, placed: PlacedColumn): ColumnOfGraph {
  const { name, size, multi, numeric, spec, state } = placed;
  const dims = multi ? ["N", `items of ${name}`] : ["N"];
  const input = graph.input(name, numeric ? "double" : "int64", dims);
  const values = multi ? graph.input(`${name}.values`, "double", dims) : undefined;
  const kind = numeric ? "numbers" : multi ? "items" : "ids";
  let scaled: ReturnType<typeof addRecipe> | null = null;
  return {
    placed,
    about: { column: name, features: size, kind, input, ...(values === undefined ? {} : { values }) },
    input,
    values,
    number() {
      scaled ??= addRecipe(graph, input, numericRecipe(spec, state));
      return scaled;
    },
  };
}
