import { createHash } from "node:crypto";
import { encodeMessage, v1 } from "@crossbill/messages";

/**
 * The model's identity: sha256 (lower-case hexadecimal) over the model message without `sha256`, `lineage` and `metrics`, followed by the bytes
 * of weights.arrow. No time, host, path or lineage is in it, so equal models have equal hashes.
 */
export function modelSha256(message: v1.IModel, weights: Uint8Array): string {
  const { sha256: _sha256, lineage: _lineage, metrics: _metrics, ...content } = v1.Model.decode(encodeMessage(v1.Model, message));
  return createHash("sha256").update(encodeMessage(v1.Model, content)).update(weights).digest("hex");
}
