import type { NumericRecipe } from "@crossbill/columns";
import type { Edge, OnnxGraph } from "./onnx-graph.js";

/** Raw numbers x [N] (NaN: missing) to the model's input, double [N], and whether they count as missing, bool [N]. */
export function addRecipe(graph: OnnxGraph, x: Edge, recipe: NumericRecipe): { readonly input: Edge; readonly isMissing: Edge } {
  const { outside, low, high } = recipe;
  let isMissing = graph.node("IsNaN", [x]);
  if (outside === "missing") {
    const beyond = graph.node("Or", [graph.node("Less", [x, graph.doubles([low])]), graph.node("Greater", [x, graph.doubles([high])])]);
    isMissing = graph.node("Or", [isMissing, beyond]);
  }
  let value = outside === "bound" ? clip(graph, x, low, high) : x;
  for (const step of recipe.steps) {
    if (step.kind === "clip") value = clip(graph, value, step.low, step.high);
    else if (step.kind === "log") value = graph.node("Log", [value]);
    else if (step.kind === "log1p") {
      const size = graph.node("Log", [graph.node("Add", [graph.node("Abs", [value]), graph.doubles([1])])]);
      value = graph.node("Mul", [graph.node("Sign", [value]), size]);
    } else value = graph.node("Div", [graph.node("Sub", [value, graph.doubles([step.subtract])]), graph.doubles([step.divide])]);
  }
  return { input: graph.node("Where", [isMissing, graph.doubles([recipe.missing]), value]), isMissing };
}

function clip(graph: OnnxGraph, x: Edge, low: number, high: number): Edge {
  const above = low === Number.NEGATIVE_INFINITY ? x : graph.node("Max", [x, graph.doubles([low])]);
  return high === Number.POSITIVE_INFINITY ? above : graph.node("Min", [above, graph.doubles([high])]);
}
