import path from "node:path";
import { type Recalibration, writeRecalibration } from "@crossbill/calibration";
import { featureName, fieldsOf, pruneState } from "@crossbill/columns";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import { atomicWrite, sha256Hex, writeSealed } from "@crossbill/storage";
import { modelSha256 } from "./digest.js";
import { type RoundedWeights, roundWeights } from "./fixed-point.js";
import { outputNames, outputsOf } from "./heads.js";
import { BINARY_FORMAT, CLASSES_FORMAT, COMPACT_FORMAT, MODEL_FILE, MODEL_KIND, RECALIBRATED_FORMAT, WEIGHTS_FILE } from "./model-files.js";
import type { PlacedColumn, Placement } from "./placement.js";
import type { Weights } from "./weight-table.js";
import type { ColumnWeights } from "./weights-file.js";

export interface ModelContent {
  readonly spec: v1.ModelSpec;
  readonly state: v1.FeatureState;
  readonly placement: Placement;
  /** F weights in placement order; float32 of the online optimisers, float64 of the exact solver. Of several classes [outputs][F]: see `classPairs` and {@link outputsOf}. */
  readonly weights: Weights;
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
  /** Of both files. */
  readonly bytes: number;
  readonly nonZero: number;
  readonly parameters: number;
  /** Of the weights in 16 bits: how many were outside [-4, 4) and became its end, and how many became 0; null: they are as trained. */
  readonly rounded: Pick<RoundedWeights, "outside" | "lost"> | null;
}

/**
 * Writes `model.pb` and `weights.arrow` into the folder `dir`: what prediction needs, no more. Columns without a non-zero weight, and what was
 * fitted for zero weights, are left out. Weights of the format q2.13 are rounded here (see `roundWeights`). The model's sha256 depends on its content alone.
 * @throws E_DIVERGED when a weight or the intercept is not finite; E_MODEL_PLACEMENT when there are not F weights; E_NO_SPACE, E_IO.
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
  const { encodeWeights } = await import("./weights-file.js");
  const file = encodeWeights(
    columns.map(({ held }) => held),
    fixed ? "q2.13" : weights instanceof Float64Array ? "float64" : "float32",
    (column, id) => featureName(columns[column]!.column.spec, state, id),
    outputNames(spec.head, classes),
  );
  const used = new Map(columns.map(({ held }) => [held.name, held.ids]));
  const live = columns.map(({ column }) => column.spec);
  const pruned = pruneState(live, state, used);
  const fields = new Set(live.flatMap((column) => fieldsOf(column, state.columns)));
  let nonZero = 0;
  for (const { held } of columns) for (const weight of held.weights) if (weight !== 0) nonZero++;
  const compact = fixed || pruned.states.some(({ vocabulary }) => (vocabulary?.droppedCount ?? 0) + (vocabulary?.idGaps.length ?? 0) > 0);
  const recalibration = content.recalibration == null ? {} : { recalibration: writeRecalibration(content.recalibration) };
  const format = content.recalibration != null ? RECALIBRATED_FORMAT : compact ? COMPACT_FORMAT : classes.length > 0 ? CLASSES_FORMAT : BINARY_FORMAT;
  const message: v1.IModel = {
    formatVersion: format,
    spec,
    state: pruned,
    placement: placement.columns.map(({ name, offset, size }) => ({ name, offset, size })),
    intercept,
    classes: [...classes],
    intercepts,
    parameters: K * (placement.features + 1),
    nonZero,
    data: { fields: [...fields].sort(byBytes), missing: data.missing ?? [] },
    weightsSha256: sha256Hex(file),
    weightsBytes: file.length,
    ...recalibration,
  };
  const sha256 = modelSha256(message, file);
  const sealed = encodeMessage(v1.Model, {
    ...message,
    sha256,
    ...(content.lineage == null ? {} : { lineage: content.lineage }),
    ...(content.metrics == null ? {} : { metrics: content.metrics }),
  });
  // The message names the weights by their hash, so it is written last: a folder with a message is whole.
  const weightsWritten = await atomicWrite(path.join(dir, WEIGHTS_FILE), file);
  const written = await writeSealed(path.join(dir, MODEL_FILE), MODEL_KIND, format, sealed);
  return {
    sha256,
    bytes: written.length + weightsWritten.length,
    nonZero,
    parameters: K * (placement.features + 1),
    rounded: rounded && { outside: rounded.outside, lost: rounded.lost },
  };
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
