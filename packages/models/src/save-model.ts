import path from "node:path";
import { type Recalibration, writeRecalibration } from "@crossbill/calibration";
import { featureName, fieldsOf, pruneState } from "@crossbill/columns";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import { atomicWrite, sha256Hex, writeSealed } from "@crossbill/storage";
import { allParameters } from "./check-model.js";
import { modelSha256 } from "./digest.js";
import { type RoundedWeights, roundWeights } from "./fixed-point.js";
import { outputNames, outputsOf } from "./heads.js";
import {
  BINARY_FORMAT,
  CLASSES_FORMAT,
  COMPACT_FORMAT,
  MODEL_FILE,
  MODEL_KIND,
  NETWORK_FILE,
  NETWORK_FORMAT,
  RECALIBRATED_FORMAT,
  WEIGHTS_FILE,
} from "./model-files.js";
import { misfit, nonZeroNumbers, notFinite } from "./network/check-network.js";
import type { NetworkPlan, NetworkWeights } from "./network/network-plan.js";
import { tensorsOf } from "./network/network-tensors.js";
import { planNetwork } from "./network/plan.js";
import type { PlacedColumn, Placement } from "./placement.js";
import type { Weights } from "./weight-table.js";
import type { ColumnWeights } from "./weights-file.js";

export interface ModelContent {
  readonly spec: v1.ModelSpec;
  readonly state: v1.FeatureState;
  readonly placement: Placement;
  /** F weights in placement order, 0 of columns that are not in the linear part; float32 of the online optimisers, float64 of the exact solver. Of several classes [outputs][F]: see `classPairs` and {@link outputsOf}. */
  readonly weights: Weights;
  /** Where the specification has a network; ids that a table does not hold have a vector of zeros. */
  readonly network?: NetworkWeights | null;
  /** What the network's output is multiplied by before it is added, above 0; default 1. */
  readonly networkScale?: number;
  /** Of several classes: not used. */
  readonly intercept: number;
  /** Heads of several classes: names of the K classes, and an intercept for each output. */
  readonly classes?: readonly string[];
  readonly intercepts?: ArrayLike<number>;
  /** What makes calibrated probabilities of the head's: any of the logistic head, a temperature of softmax (however trained); without it the head's stand. */
  readonly recalibration?: Recalibration | null;
  readonly data: v1.IDataContract;
  readonly lineage?: v1.ILineage | null;
  readonly metrics?: v1.ITrainMetrics | null;
}

export interface SavedModel {
  readonly sha256: string;
  /** Of the files. */
  readonly bytes: number;
  readonly nonZero: number;
  readonly parameters: number;
  /** Of the weights in 16 bits: how many were outside [-4, 4) and became its end, and how many became 0; null: they are as trained. */
  readonly rounded: Pick<RoundedWeights, "outside" | "lost"> | null;
}

/**
 * Writes `model.pb`, `weights.arrow` and, of a network, `network.arrow` into the folder `dir`: what prediction needs, no more. Columns without a non-zero weight, and what was
 * fitted for zero weights, are left out. Weights of the format q2.13 are rounded here (see `roundWeights`). The model's sha256 depends on its content alone.
 * @throws E_DIVERGED when a weight or the intercept is not finite; E_MODEL_PLACEMENT when there are not F weights, or not the numbers of the network; E_NETWORK; E_NO_SPACE, E_IO.
 */
export async function saveModel(dir: string, content: ModelContent): Promise<SavedModel> {
  const { spec, state, placement, data, classes = [] } = content;
  const fixed = spec.weights === v1.ModelSpec.WeightFormat.Q2_13;
  const rounded = fixed ? roundWeights(content.weights) : null;
  const weights = rounded?.weights ?? content.weights;
  const intercept = classes.length > 0 ? 0 : content.intercept;
  const intercepts = classes.length > 0 ? Array.from(content.intercepts ?? []) : [];
  const K = outputsOf(spec.head, classes.length);
  if (weights.length !== K * placement.features || intercepts.length !== (classes.length === 0 ? 0 : K))
    throw new CrossbillError(
      "E_MODEL_PLACEMENT",
      `${weights.length} weights and ${intercepts.length} intercepts for ${placement.features} placed features and ${classes.length} classes`,
    );
  for (const one of [intercept, ...intercepts])
    if (!Number.isFinite(one)) throw new CrossbillError("E_DIVERGED", `the intercept is ${one}: training diverged; lower the learning rate`);
  const columns = placement.columns
    .map((column) => ({ column, held: nonZeroOf(column, weights, placement.features, K) }))
    .filter(({ held }) => held.ids.length > 0);
  const plan = planNetwork(spec, placement, K);
  const network = plan === null ? null : await networkFile(plan, content);
  for (const { held } of columns)
    if (plan !== null && !plan.linear.includes(held.name))
      throw new CrossbillError("E_MODEL_PLACEMENT", `column "${held.name}" has weights and is not in the linear part`);
  const scale = content.networkScale ?? 1;
  if (plan !== null && !(scale > 0 && scale < Infinity))
    throw new CrossbillError("E_DIVERGED", `the network's output is multiplied by ${scale}; above 0 and finite is allowed: are the labels finite?`);
  const { encodeWeights } = await import("./weights-file.js");
  const file = encodeWeights(
    columns.map(({ held }) => held),
    fixed ? "q2.13" : weights instanceof Float64Array ? "float64" : "float32",
    (column, id) => featureName(columns[column]!.column.spec, state, id),
    outputNames(spec.head, classes),
  );
  const used = usedIds(
    columns.map(({ held }) => held),
    plan,
    content,
  );
  const live = placement.columns.filter(({ name }) => used.has(name)).map((column) => column.spec);
  const pruned = pruneState(live, state, used);
  const fields = new Set(live.flatMap((column) => fieldsOf(column, state.columns)));
  let nonZero = content.network == null ? 0 : nonZeroNumbers(content.network);
  for (const { held } of columns) for (const weight of held.weights) if (weight !== 0) nonZero++;
  const compact = fixed || pruned.states.some(({ vocabulary }) => (vocabulary?.droppedCount ?? 0) + (vocabulary?.idGaps.length ?? 0) > 0);
  const recalibration = content.recalibration == null ? {} : { recalibration: writeRecalibration(content.recalibration) };
  const format =
    plan !== null
      ? NETWORK_FORMAT
      : content.recalibration != null
        ? RECALIBRATED_FORMAT
        : compact
          ? COMPACT_FORMAT
          : classes.length > 0
            ? CLASSES_FORMAT
            : BINARY_FORMAT;
  const parameters = plan === null ? K * (placement.features + 1) : allParameters(plan, placement.columns, K);
  const message: v1.IModel = {
    formatVersion: format,
    spec,
    state: pruned,
    placement: placement.columns.map(({ name, offset, size }) => ({ name, offset, size })),
    intercept,
    classes: [...classes],
    intercepts,
    parameters,
    nonZero,
    data: { fields: [...fields].sort(byBytes), missing: data.missing ?? [] },
    weightsSha256: sha256Hex(file),
    weightsBytes: file.length,
    ...recalibration,
    ...(network === null ? {} : { networkSha256: sha256Hex(network), networkBytes: network.length, ...(scale === 1 ? {} : { networkScale: scale }) }),
  };
  const sha256 = modelSha256(message, file);
  const sealed = encodeMessage(v1.Model, {
    ...message,
    sha256,
    ...(content.lineage == null ? {} : { lineage: content.lineage }),
    ...(content.metrics == null ? {} : { metrics: content.metrics }),
  });
  // The message names the other files by their hashes, so it is written last: a folder with a message is whole.
  const weightsWritten = await atomicWrite(path.join(dir, WEIGHTS_FILE), file);
  if (network !== null) await atomicWrite(path.join(dir, NETWORK_FILE), network);
  const written = await writeSealed(path.join(dir, MODEL_FILE), MODEL_KIND, format, sealed);
  return {
    sha256,
    bytes: written.length + weightsWritten.length + (network?.length ?? 0),
    nonZero,
    parameters,
    rounded: rounded && { outside: rounded.outside, lost: rounded.lost },
  };
}

/** The bytes of network.arrow. */
async function networkFile(plan: NetworkPlan, { network, placement, state }: ModelContent): Promise<Uint8Array> {
  if (network == null) throw new CrossbillError("E_MODEL_PLACEMENT", "the specification has a network, and its numbers are missing");
  const problem = misfit(plan, network);
  if (problem !== null) throw new CrossbillError("E_MODEL_PLACEMENT", `the network does not fit its specification: ${problem}`);
  const diverged = notFinite(plan, network);
  if (diverged !== null) throw new CrossbillError("E_DIVERGED", `${diverged}: training diverged; lower the learning rate`);
  const { encodeNetwork } = await import("./network/network-file.js");
  const tensors = tensorsOf(plan, network);
  const specs = plan.tables.map(({ columns }) => placement.columns.find(({ name }) => name === columns[0])!.spec);
  return encodeNetwork(tensors, (tensor, id) => {
    const spec = specs[tensors[tensor]!.table];
    return spec === undefined ? null : featureName(spec, state, id);
  });
}

/**
 * By column with a weight or seen by the network: ids that prediction must tell from others, ascending. Those with a weight or a vector; of a column of several values all where what a row holds of
 * it is divided by, since values that are not told apart count as one.
 */
function usedIds(weights: readonly ColumnWeights[], plan: NetworkPlan | null, { network, placement }: ModelContent): Map<string, Uint32Array> {
  const used = new Map(weights.map(({ name, ids }) => [name, ids]));
  if (plan === null || network == null) return used;
  const placed = new Map(placement.columns.map((column) => [column.name, column]));
  for (const input of plan.towers.flatMap(({ inputs }) => inputs)) {
    const { size, multi } = placed.get(input.column)!;
    const held = used.get(input.column) ?? new Uint32Array(0);
    if (input.kind === "numeric") used.set(input.column, held);
    else if (multi && input.combiner !== v1.EmbeddingInput.Combiner.SUM)
      used.set(
        input.column,
        Uint32Array.from({ length: size }, (_, id) => id),
      );
    else used.set(input.column, union(held, network.tables[input.table]!.ids));
  }
  return used;
}

/** Of ascending ids. */
function union(a: Uint32Array, b: Uint32Array): Uint32Array {
  if (a.length === 0) return b;
  const ids = new Uint32Array(a.length + b.length);
  let n = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const next = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    if (a[i] === next) i++;
    if (b[j] === next) j++;
    ids[n++] = next;
  }
  return ids.subarray(0, n);
}

/** Ids with a weight other than 0 of any output, and the weights of all K outputs. */
function nonZeroOf(column: PlacedColumn, weights: Weights, features: number, K: number): ColumnWeights {
  const own = Array.from({ length: K }, (_, k) => weights.subarray(k * features + column.offset, k * features + column.offset + column.size));
  const any = (id: number): boolean => {
    for (const of of own) if (of[id] !== 0) return true;
    return false;
  };
  let n = 0;
  for (let id = 0; id < column.size; id++) if (any(id)) n++;
  const ids = new Uint32Array(n);
  const held = weights instanceof Float32Array ? new Float32Array(K * n) : new Float64Array(K * n);
  let at = 0;
  for (let id = 0; id < column.size; id++) {
    if (!any(id)) continue;
    for (const [k, of] of own.entries()) {
      const weight = of[id]!;
      if (!Number.isFinite(weight))
        throw new CrossbillError("E_DIVERGED", `weight ${id} of column "${column.name}" is ${weight}: training diverged; lower the learning rate`);
      held[K * at + k] = weight;
    }
    ids[at++] = id;
  }
  return { name: column.name, ids, weights: held };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
