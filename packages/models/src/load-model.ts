import path from "node:path";
import { CrossbillError, decodeMessage, v1 } from "@crossbill/messages";
import { openSealed, readWhole, sha256Hex } from "@crossbill/storage";
import { checkMessage, checkWeights, planned } from "./check-model.js";
import { modelSha256 } from "./digest.js";
import { outputsOf } from "./heads.js";
import { liveColumn } from "./live-column.js";
import { Model } from "./model.js";
import { MODEL_FILE, MODEL_FORMAT, MODEL_KIND, NETWORK_FILE, WEIGHTS_FILE } from "./model-files.js";
import { networkOf } from "./network/check-network.js";
import { int8Network } from "./network/int8.js";
import type { NetworkPlan, NetworkWeights } from "./network/network-plan.js";
import { ServedNetwork } from "./network/served-network.js";
import type { ColumnWeights } from "./weights-file.js";

/**
 * The model in the folder `dir`. Checksums and lengths of its files, the model's sha256, the placement's bounds and every weight are checked
 * before anything is used: a damaged model is an error, never a prediction.
 * @param options.int8 the weights of a network's layers are rounded to 8 bits (see `int8Network`), to measure what that costs; its file and sha256 stay those of the model
 * @throws E_FILE_MISSING, E_CORRUPT, E_NEWER_VERSION, E_MODEL_INVALID, E_MODEL_WEIGHTS, E_MODEL_NETWORK.
 */
export async function loadModel(dir: string, options: { readonly int8?: boolean } = {}): Promise<Model> {
  const file = path.join(dir, MODEL_FILE);
  const weightsFile = path.join(dir, WEIGHTS_FILE);
  const sealed = await orMissing(readWhole(file), file);
  const { payload } = openSealed(MODEL_KIND, sealed, file, MODEL_FORMAT);
  const message = decodeMessage(v1.Model, payload, file);
  checkMessage(message, file);
  const plan = planned(message, file);
  const bytes = await readChecked(weightsFile, message.weightsBytes, message.weightsSha256);
  const networkFile = path.join(dir, NETWORK_FILE);
  const networkBytes = plan === null ? null : await readChecked(networkFile, message.networkBytes, message.networkSha256);
  if (modelSha256(message, bytes) !== message.sha256) throw corrupt(file, "the model's sha256 is not that of its content");
  // Imported here, so that a program that only links this package does not wait for Arrow.
  const { decodeWeights } = await import("./weights-file.js");
  const several = message.classes.length > 0;
  const K = outputsOf(message.spec.head, message.classes.length);
  const weights = plan === null || networkBytes === null ? null : await readNetwork(plan, networkBytes, networkFile);
  const joined = checkWeights(message, decodeWeights(bytes, weightsFile, several ? K : 0), plan === null || weights === null ? null : { plan, weights }, file);
  try {
    const columns = new Map(joined.map(({ placed }) => [placed.name, placed]));
    const byColumn = joined.map(({ placed, weights }) => ofOutputs(weights, K).map((own) => liveColumn(placed, own)));
    return new Model(
      message,
      Array.from({ length: K }, (_, k) => byColumn.map((outputs) => outputs[k]!)),
      plan === null || weights === null
        ? null
        : new ServedNetwork(plan, options.int8 === true ? int8Network(plan, weights) : weights, message.networkScale || 1, columns),
      path.resolve(dir),
      sealed.length + bytes.length + (networkBytes?.length ?? 0),
    );
  } catch (cause) {
    if (cause instanceof CrossbillError) throw cause;
    throw new CrossbillError(
      "E_MODEL_INVALID",
      `${file}: cannot be used (${cause instanceof Error ? cause.message : String(cause)}); publish the model again`,
      { cause },
    );
  }
}

async function readChecked(file: string, length: number, sha256: string): Promise<Uint8Array> {
  const bytes = await orMissing(readWhole(file), file);
  if (bytes.length !== length) throw corrupt(file, `${bytes.length} bytes, ${length} were written`);
  if (sha256Hex(bytes) !== sha256) throw corrupt(file, "its SHA-256 differs from the one in model.pb");
  return bytes;
}

async function readNetwork(plan: NetworkPlan, bytes: Uint8Array, file: string): Promise<NetworkWeights> {
  const { decodeNetwork } = await import("./network/network-file.js");
  return networkOf(plan, decodeNetwork(bytes, file), file);
}

/** The non-zero weights of each of K outputs, by output; maybe none. */
function ofOutputs({ name, ids, weights }: ColumnWeights, K: number): ColumnWeights[] {
  if (K === 1) return [{ name, ids, weights }];
  const held = new Uint32Array(K);
  for (let at = 0; at < weights.length; at++) if (weights[at] !== 0) held[at % K]!++;
  const own = Array.from(held, (n) => ({
    name,
    ids: new Uint32Array(n),
    weights: weights instanceof Float32Array ? new Float32Array(n) : new Float64Array(n),
  }));
  const filled = new Uint32Array(K);
  for (let at = 0; at < weights.length; at++) {
    if (weights[at] === 0) continue;
    const k = at % K;
    own[k]!.ids[filled[k]!] = ids[(at - k) / K]!;
    own[k]!.weights[filled[k]!++] = weights[at]!;
  }
  return own;
}

async function orMissing<T>(read: Promise<T>, file: string): Promise<T> {
  try {
    return await read;
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError) || thrown.code !== "E_NOT_FOUND") throw thrown;
    throw new CrossbillError(
      "E_FILE_MISSING",
      `${file}: no such file; a model is a folder with ${MODEL_FILE} and ${WEIGHTS_FILE}, and with ${NETWORK_FILE} where it has a network`,
      {
        cause: thrown,
        details: { path: file },
      },
    );
  }
}

function corrupt(file: string, why: string): CrossbillError {
  return new CrossbillError("E_CORRUPT", `${file}: damaged: ${why}; restore it or publish the model again`, { details: { path: file } });
}
