import fs from "node:fs";
import path from "node:path";
import { dayFile, dayFileName } from "@crossbill/synthetic";
import test from "ava";
import { configured, retrain, scratch } from "./kit.js";

/*
 * Reviewed goldens: the models of a small generated click log, the same on every machine, Node version and number of cores. A change that moves
 * them changes what users' models are: it belongs in the changelog.
 */
const GOLDEN = {
  ftrl: "db21142727ba46e71ed05d664f3c0b3754bba11fe8479ec42158bb83b5b65c08",
  adagrad: "cdbc0bd0663f0a58e3b0754ccf2f3daf6628a539c9c647d72dcdc79fbd0b88e3",
} as const;

for (const optimizer of [
  { kind: "ftrl", alpha: 0.1, l1: 0.5, l2: 0.1 },
  { kind: "adagrad", learningRate: 0.1 },
] as const) {
  test.serial(`${optimizer.kind}: the golden model comes out on this machine`, async (t) => {
    const directory = scratch(t);
    const options = { rows: 8000, days: 4, seed: 11 };
    for (let day = 0; day < 4; day++) fs.writeFileSync(path.join(directory, dayFileName(options, day)), Buffer.concat([...dayFile(options, day)]));
    const config = {
      data: { train: "*.csv", label: "clicked", key: "id", split: { by: "hash", column: "user", validation: 0.1, test: 0.1 } },
      columns: {
        hour: { kind: "identity", column: "hour", size: 24 },
        price: { kind: "bucketized", column: "price", quantiles: 12 },
        pastClicks: { kind: "bucketized", column: "past_clicks", quantiles: 5, of: "nonZero" },
        sessions: { kind: "numeric", column: "sessions", scale: "log1p", missing: "indicator" },
        dwell: { kind: "numeric", column: "dwell_seconds", scale: "standardize", clip: [0, 1000] },
        pageDepth: { kind: "numeric", column: "page_depth", scale: "minmax" },
        device: { kind: "vocabulary", column: "device" },
        country: { kind: "vocabulary", column: "country", maxSize: 50 },
        position: { kind: "vocabulary", column: "position", values: ["top", "side", "bottom"] },
        site: { kind: "vocabulary", column: "site", minCount: 3, outOfVocabulary: 4 },
        referrer: { kind: "hashed", column: "referrer", buckets: 2048 },
        countryPosition: { kind: "crossed", columns: ["country", "position"] },
        deviceHour: { kind: "crossed", columns: ["device", "hour"], buckets: 256 },
      },
      model: { kind: "linear", l1: 1e-6, l2: 1e-6 },
      train: { optimizer, epochs: 4, batchSize: 200, earlyStopping: { metric: "logLoss", patience: 2 } },
      evaluate: { slices: ["country"] },
      gate: { maxBias: 1 },
    };
    const { model } = await retrain(configured(directory, config));
    t.is(model!.sha256, GOLDEN[optimizer.kind]);
  });
}
