import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import { type ModelContent, placeColumns, saveModel } from "../dist/index.js";

export const SITES = ["a.example", "b.example", "größe", "=1+1", "__proto__", "rare"];

/** A small fitted state with a column of every kind, values `sites` in the vocabulary. */
export function exampleState(sites: readonly string[] = SITES): v1.FeatureState {
  const texts = sites.map((site) => Buffer.from(site));
  return decode({
    columns: [
      { name: "age", numeric: { field: "age", scale: v1.NumericSpec.Scale.STANDARDIZE, clipLow: 0, clipHigh: 100, missing: v1.NumericSpec.Missing.INDICATOR } },
      { name: "price", numeric: { field: "price", missing: v1.NumericSpec.Missing.ZERO } },
      { name: "band", bucketized: { field: "age", boundaries: [18, 25, 65] } },
      { name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } },
      { name: "hour", identity: { field: "hour", size: 24, defaultValue: 0 } },
      { name: "user", hashed: { field: "user", buckets: 100_000 } },
      { name: "bandHour", crossed: { inputs: ["band", "hour"] } },
    ],
    states: [
      { name: "age", numeric: { count: 90, missing: 10, mean: 40, standardDeviation: 12, minimum: 3, maximum: 99 } },
      { name: "price", numeric: { count: 100, mean: 10, standardDeviation: 3, minimum: 0, maximum: 50 } },
      { name: "band", bucketized: { boundaries: [18, 25, 65] } },
      { name: "site", vocabulary: { values: { bytes: Buffer.concat(texts), lengths: texts.map((text) => text.length) }, counts: texts.map((_, i) => 50 - i) } },
    ],
    rows: 100,
    generation: 2,
  });
}

function decode(state: v1.IFeatureState): v1.FeatureState {
  return v1.FeatureState.decode(v1.FeatureState.encode(state).finish());
}

export const COLUMNS = ["age", "price", "band", "site", "hour", "user", "bandHour"];

/** Weights of all features by a fixed rule: about a third are zero, those of columns in `dead` all are. */
export function exampleContent(change: Partial<ModelContent> & { dead?: readonly string[]; double?: boolean } = {}): ModelContent {
  const { dead = [], double = false, ...rest } = change;
  const state = rest.state ?? exampleState();
  const spec = rest.spec ?? v1.ModelSpec.create({ head: v1.Head.LOGISTIC, columns: COLUMNS, l1: 1e-6, l2: 0 });
  const placement = placeColumns(spec, state);
  const weights = double ? new Float64Array(placement.features) : new Float32Array(placement.features);
  for (const { name, offset, size } of placement.columns) {
    if (dead.includes(name)) continue;
    for (let id = 0; id < size; id++) {
      const h = (Math.imul(offset + id + 1, 2654435761) >>> 8) / 2 ** 24;
      weights[offset + id] = h < 0.33 ? 0 : (h - 0.66) / 2;
    }
  }
  return {
    spec,
    state,
    placement,
    weights,
    intercept: -1.25,
    data: v1.DataContract.create({ fields: ["age", "price", "site", "hour", "user"], missing: ["", "?"] }),
    ...rest,
  };
}

export function temporary(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-models-"));
}

/** Saves into a new folder. */
export async function saved(content: ModelContent): Promise<string> {
  const dir = path.join(temporary(), "model");
  await saveModel(dir, content);
  return dir;
}
