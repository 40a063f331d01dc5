import { createHash } from "node:crypto";
import { encodeMessage, v1 } from "@crossbill/messages";

/** Texts that mean "no value" where the configuration does not say others. */
const MISSING = [""];

/**
 * The model's identity: sha256 (lower-case hexadecimal) over the model message without `sha256`, `lineage` and `metrics`, and with the default for the texts that
 * mean "no value", followed by the bytes of weights.arrow. No time, host, path, lineage or spelling of the source is in it, so equal models have equal hashes.
 */
export function modelSha256(message: v1.IModel, weights: Uint8Array): string {
  const { sha256: _sha256, lineage: _lineage, metrics: _metrics, ...content } = v1.Model.decode(encodeMessage(v1.Model, message));
  const spelled = { ...content, data: { fields: content.data.fields, missing: MISSING } };
  return createHash("sha256").update(encodeMessage(v1.Model, spelled)).update(weights).digest("hex");
}
