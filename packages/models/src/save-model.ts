import path from "node:path";
import { featureName, fieldsOf, pruneState } from "@crossbill/columns";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import { atomicWrite, sha256Hex, writeSealed } from "@crossbill/storage";
import { modelSha256 } from "./digest.js";
import { MODEL_FILE, MODEL_FORMAT, MODEL_KIND, WEIGHTS_FILE } from "./model-files.js";
import type { PlacedColumn, Placement } from "./placement.js";
import type { Weights } from "./weight-table.js";
import type { ColumnWeights } from "./weights-file.js";

export interface ModelContent {
  readonly spec: v1.ModelSpec;
  readonly state: v1.FeatureState;
  readonly placement: Placement;
  /** F weights in placement order; float32 of the online optimisers, float64 of the exact solver. */
  readonly weights: Weights;
  readonly intercept: number;
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
}

/**
 * Writes `model.pb` and `weights.arrow` into the folder `dir`: what prediction needs, no more. Columns without a non-zero weight, and what was
 * fitted for zero weights, are left out. The model's sha256 depends on its content alone.
 * @throws E_DIVERGED when a weight or the intercept is not finite; E_MODEL_PLACEMENT when there are not F weights; E_NO_SPACE, E_IO.
 */
export async function saveModel(dir: string, content: ModelContent): Promise<SavedModel> {
  const { spec, state, placement, weights, intercept, data } = content;
  if (weights.length !== placement.features)
    throw new CrossbillError("E_MODEL_PLACEMENT", `${weights.length} weights for ${placement.features} placed features`);
  if (!Number.isFinite(intercept)) throw new CrossbillError("E_DIVERGED", `the intercept is ${intercept}: training diverged; lower the learning rate`);
  const columns = placement.columns.map((column) => ({ column, held: nonZeroOf(column, weights) })).filter(({ held }) => held.ids.length > 0);
  const { encodeWeights } = await import("./weights-file.js");
  const file = encodeWeights(
    columns.map(({ held }) => held),
    weights instanceof Float64Array,
    (column, id) => featureName(columns[column]!.column.spec, state, id),
  );
  const used = new Map(columns.map(({ held }) => [held.name, held.ids]));
  const live = columns.map(({ column }) => column.spec);
  const pruned = pruneState(live, state, used);
  const fields = new Set(live.flatMap((column) => fieldsOf(column, state.columns)));
  const nonZero = columns.reduce((sum, { held }) => sum + held.ids.length, 0);
  const message: v1.IModel = {
    formatVersion: MODEL_FORMAT,
    spec,
    state: pruned,
    placement: placement.columns.map(({ name, offset, size }) => ({ name, offset, size })),
    intercept,
    parameters: placement.features + 1,
    nonZero,
    data: { fields: [...fields].sort(byBytes), missing: data.missing ?? [] },
    weightsSha256: sha256Hex(file),
    weightsBytes: file.length,
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
  const written = await writeSealed(path.join(dir, MODEL_FILE), MODEL_KIND, MODEL_FORMAT, sealed);
  return { sha256, bytes: written.length + weightsWritten.length, nonZero, parameters: placement.features + 1 };
}

function nonZeroOf(column: PlacedColumn, weights: Weights): ColumnWeights {
  const own = weights.subarray(column.offset, column.offset + column.size) as Weights;
  let n = 0;
  for (let id = 0; id < own.length; id++) if (own[id] !== 0) n++;
  const ids = new Uint32Array(n);
  const held = own instanceof Float32Array ? new Float32Array(n) : new Float64Array(n);
  let at = 0;
  for (let id = 0; id < own.length; id++) {
    const weight = own[id]!;
    if (weight === 0) continue;
    if (!Number.isFinite(weight))
      throw new CrossbillError("E_DIVERGED", `weight ${id} of column "${column.name}" is ${weight}: training diverged; lower the learning rate`);
    ids[at] = id;
    held[at++] = weight;
  }
  return { name: column.name, ids, weights: held };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
