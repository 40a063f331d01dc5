import { CrossbillError, type v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";

/** Whether a model can score rows that were encoded with this state. */
export function canScore(model: Model, manifest: v1.IngestManifest): boolean {
  try {
    model.scorer(manifest.state);
    return true;
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code === "E_MODEL_STATE") return false;
    throw thrown;
  }
}
