import { columnSize, isMulti, isNumeric } from "@crossbill/columns";
import { CrossbillError, HEAD_NAMES, isOfClasses, v1 } from "@crossbill/messages";
import { outputsOf } from "./heads.js";
import { MODEL_FORMAT } from "./model-files.js";
import { nonZeroNumbers } from "./network/check-network.js";
import { inputColumns, type NetworkPlan, type NetworkWeights } from "./network/network-plan.js";
import { planNetwork } from "./network/plan.js";
import type { PlacedColumn } from "./placement.js";
import { canRecalibrate } from "./recalibrate.js";
import type { ColumnWeights } from "./weights-file.js";

/** Checks the message by itself: everything prediction relies on is there and fits. `where` is the model's folder. */
export function checkMessage(message: v1.Model, where: string): void {
  const fail = (problem: string): never => {
    throw invalid(where, problem);
  };
  if (message.formatVersion > MODEL_FORMAT)
    throw new CrossbillError(
      "E_NEWER_VERSION",
      `${where}: written by a newer version (format ${message.formatVersion}, this one reads up to ${MODEL_FORMAT}); update crossbill`,
    );
  if (message.formatVersion < 1) fail("no format version");
  const spec: v1.ModelSpec | null = message.spec;
  const state: v1.FeatureState | null = message.state;
  if (spec === null || state === null || (message.data as v1.DataContract | null) === null)
    throw invalid(where, "specification, state or data contract is missing");
  if (!(spec.head in HEAD_NAMES)) fail(`unknown head ${String(spec.head)}`);
  if (!(spec.weights in v1.ModelSpec.WeightFormat)) fail(`unknown format of weights ${String(spec.weights)}`);
  const { classes, intercepts } = message;
  const outputs = outputsOf(spec.head, classes.length);
  const fitting = isOfClasses(spec.head) ? classes.length > 1 && intercepts.length === outputs : classes.length + intercepts.length === 0;
  if (!fitting) fail(`${classes.length} classes and ${intercepts.length} intercepts for this head`);
  if (new Set(classes).size !== classes.length) fail("a class is named twice");
  const held: v1.Recalibration | null = message.recalibration;
  if (held !== null && !canRecalibrate(spec.head, held.temperature === null ? "platt" : "temperature"))
    fail(`a recalibration that the head ${HEAD_NAMES[spec.head]} does not have`);
  for (const one of [message.intercept, ...intercepts]) if (!Number.isFinite(one)) fail(`intercept ${one} is not finite`);
  if (message.placement.length !== spec.columns.length) fail(`${message.placement.length} placed columns for ${spec.columns.length} of the specification`);
  let offset = 0;
  message.placement.forEach((placed, i) => {
    if (placed.name !== spec.columns[i]) fail(`placed column "${placed.name}" where the specification has "${spec.columns[i]}"`);
    if (placed.offset !== offset) fail(`column "${placed.name}" placed at ${placed.offset}, not at ${offset}`);
    if (!Number.isSafeInteger(placed.size) || placed.size < 1 || placed.size >= 2 ** 32) fail(`column "${placed.name}" of ${placed.size} features`);
    offset += placed.size;
  });
  if (new Set(spec.columns).size !== spec.columns.length) fail("a column is placed twice");
  const network: v1.NetworkSpec | null = spec.network;
  const scale = message.networkScale;
  if (!(scale >= 0 && scale < Infinity) || (network === null && scale !== 0))
    fail(`a network's scale of ${scale}; above 0 and finite is allowed, of a model with a network`);
  if (network === null && message.parameters !== outputs * (offset + 1))
    fail(`${message.parameters} parameters for ${offset} features, the intercept and ${classes.length} classes`);
}

/** The plan of the model's network; null: it is linear. @throws E_MODEL_INVALID for a network that cannot be laid out, or of another number of parameters than the message says */
export function planned(message: v1.Model, where: string): NetworkPlan | null {
  const { spec, state, placement, classes, parameters } = message;
  const K = outputsOf(spec.head, classes.length);
  const numeric = new Map(state.columns.map((column) => [column.name, isNumeric(column)]));
  // Of a column without weights nothing is known but its place; no input is one.
  const columns = placement.map(({ name, size }) => ({ name, size, numeric: numeric.get(name) ?? false }));
  let plan: NetworkPlan | null;
  try {
    plan = planNetwork(spec, { columns }, K);
  } catch (cause) {
    throw invalid(where, cause instanceof Error ? cause.message : String(cause));
  }
  const wanted = plan === null ? parameters : allParameters(plan, placement, K);
  if (parameters !== wanted) throw invalid(where, `${parameters} parameters, ${wanted} are laid out`);
  return plan;
}

/** Features of the linear part and intercepts, for each of K outputs, and what the network has. */
export function allParameters(plan: NetworkPlan, placement: readonly { readonly name: string; readonly size: number }[], K: number): number {
  const linear = placement.filter(({ name }) => plan.linear.includes(name)).reduce((sum, { size }) => sum + size, 0);
  return K * (linear + 1) + plan.parameters;
}

/** Joins placement, specifications, states and weights; what a network sees is among the columns, with or without weights. @throws E_MODEL_INVALID where they do not fit together. */
export function checkWeights(
  message: v1.Model,
  weights: readonly ColumnWeights[],
  network: { readonly plan: NetworkPlan; readonly weights: NetworkWeights } | null,
  where: string,
): { placed: PlacedColumn; weights: ColumnWeights }[] {
  const fail = (problem: string): never => {
    throw invalid(where, problem);
  };
  const specs = new Map(message.state.columns.map((column) => [column.name, column]));
  const states = new Map(message.state.states.map((column) => [column.name, column]));
  const order = new Map(message.placement.map((placed, i) => [placed.name, i]));
  const K = outputsOf(message.spec.head, message.classes.length);
  let nonZero = network === null ? 0 : nonZeroNumbers(network.weights);
  let last = -1;
  for (const { name } of weights) {
    const at = order.get(name) ?? fail(`weights of the unknown column "${name}"`);
    if (at <= last) fail(`weights of column "${name}" out of order`);
    if (network !== null && !network.plan.linear.includes(name)) fail(`weights of column "${name}", which is not in the linear part`);
    last = at;
  }
  const joined = withInputs(weights, network?.plan ?? null, order).map((column) => {
    const at = order.get(column.name)!;
    const { name, offset, size } = message.placement[at]!;
    const spec = specs.get(name) ?? fail(`column "${name}" has weights or vectors and no specification`);
    const fitted = columnSize(spec, message.state);
    if (fitted > size || (isNumeric(spec) && fitted !== size)) fail(`column "${name}" of ${size} features, ${fitted} by its state`);
    let previous = -1;
    for (let i = 0; i < column.ids.length; i++) {
      const id = column.ids[i]!;
      if (id <= previous || id >= size) fail(`column "${name}" holds id ${id} after ${previous}; ids ascend in [0, ${size})`);
      let held = 0;
      for (let at = i * K; at < (i + 1) * K; at++) {
        const weight = column.weights[at]!;
        if (!Number.isFinite(weight)) fail(`column "${name}", id ${id}: weight ${weight}; finite weights are allowed`);
        if (weight !== 0) held++;
      }
      if (held === 0) fail(`column "${name}", id ${id}: weight 0; weights other than 0 are allowed`);
      nonZero += held;
      previous = id;
    }
    return {
      placed: { name, offset, size, numeric: isNumeric(spec), multi: isMulti(spec, message.state.columns), spec, state: states.get(name) ?? null },
      weights: column,
    };
  });
  if (nonZero !== message.nonZero) fail(`${nonZero} weights, ${message.nonZero} are said`);
  return joined;
}

/** The columns with weights and those that the network sees, in the model's order. */
function withInputs(weights: readonly ColumnWeights[], plan: NetworkPlan | null, order: ReadonlyMap<string, number>): readonly ColumnWeights[] {
  if (plan === null) return weights;
  const held = new Set(weights.map(({ name }) => name));
  const seen = [...inputColumns(plan)].filter((name) => !held.has(name)).map((name) => ({ name, ids: new Uint32Array(0), weights: new Float32Array(0) }));
  return [...weights, ...seen].sort((a, b) => order.get(a.name)! - order.get(b.name)!);
}

function invalid(where: string, problem: string): CrossbillError {
  return new CrossbillError("E_MODEL_INVALID", `${where}: ${problem}; publish the model again`);
}
