import { createHash } from "node:crypto";
import { encodeMessage, v1 } from "@crossbill/messages";

/** Texts that mean "no value" where the configuration does not say others. */
const MISSING = [""];

/**
 * The model's identity: sha256 (lower-case hexadecimal) over the model message without `sha256`, `lineage` and `metrics`, with the default for the texts that
 * mean "no value" and without the names of models that vectors come from (their sha256 stays), followed by the bytes of weights.arrow; of network.arrow the message holds the hash. No time, host, path, lineage or spelling of the source is in it, so equal models have equal hashes.
 */
export function modelSha256(message: v1.IModel, weights: Uint8Array): string {
  const { sha256: _sha256, lineage: _lineage, metrics: _metrics, ...content } = v1.Model.decode(encodeMessage(v1.Model, message));
  const spec: v1.ModelSpec | null = content.spec;
  for (const { from } of spec?.network?.tables ?? []) if (from !== null) from.model = "";
  const spelled = { ...content, data: { fields: content.data.fields, missing: MISSING } };
  return createHash("sha256").update(encodeMessage(v1.Model, spelled)).update(weights).digest("hex");
}
