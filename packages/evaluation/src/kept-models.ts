import { CrossbillError, decodeMessage, v1 } from "@crossbill/messages";
import { loadModel, type Model } from "@crossbill/models";
import { openSealed, readWhole, sha256Hex } from "@crossbill/storage";

export const STATE_KIND = "feature-state";

// A thread scores many packs with the same models and state: the last few are kept.
const KEPT = 3;
const models = new Map<string, Promise<Model>>();
const states = new Map<string, Promise<v1.FeatureState>>();

/** @throws E_CORRUPT when the folder holds another model */
export function modelOf(dir: string, sha256: string): Promise<Model> {
  return kept(models, sha256, async () => {
    const model = await loadModel(dir);
    if (model.sha256 !== sha256)
      throw new CrossbillError("E_CORRUPT", `${dir}: holds the model ${model.sha256}, not ${sha256}; it was changed while it was measured`, {
        details: { path: dir },
      });
    return model;
  });
}

/** @throws E_CORRUPT */
export function stateOf(file: string, sha256: string): Promise<v1.FeatureState> {
  return kept(states, sha256, async () => {
    const bytes = await readWhole(file);
    if (sha256Hex(bytes) !== sha256) throw new CrossbillError("E_CORRUPT", `${file}: damaged; run the same command again`, { details: { path: file } });
    return decodeMessage(v1.FeatureState, openSealed(STATE_KIND, bytes, file).payload, file);
  });
}

function kept<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  made.catch(() => cache.delete(key));
  for (const old of cache.keys()) if (cache.size > KEPT) cache.delete(old);
  return made;
}
