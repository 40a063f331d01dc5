import fs from "node:fs";
import path from "node:path";
import { loadModel } from "@crossbill/models";
import test from "ava";
import { cli, csv, inline, retrain, scratch, threads } from "./kit.js";

const DEVICES = ["phone", "tablet", "tv", ""];
const COUNTRIES = ["DE", "FR", "IT"];

/** Seeded rows whose label hangs on the pair of device and country alone: neither of the two says anything. */
function visits(n: number, seed: number, devices = DEVICES): Record<string, string>[] {
  let s = seed;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  return Array.from({ length: n }, () => {
    const [d, c] = [Math.floor(uniform() * devices.length), Math.floor(uniform() * COUNTRIES.length)];
    return { device: devices[d]!, country: COUNTRIES[c]!, day: `${Math.floor(uniform() * 7)}`, y: uniform() < ((d + c) % 2 === 0 ? 0.85 : 0.15) ? "1" : "0" };
  });
}

const config = {
  data: { train: "*.csv", label: "y" },
  columns: {
    device: { kind: "vocabulary", column: "device" },
    country: { kind: "vocabulary", column: "country" },
    day: { kind: "identity", column: "day", size: 7 },
    pair: { kind: "crossed", columns: ["device", "country"], vocabulary: { minCount: 5 } },
    dayPair: { kind: "crossed", columns: ["day", "country"], vocabulary: {} },
  },
  model: { kind: "linear", l1: 1e-4 },
  train: { optimizer: { kind: "ftrl", alpha: 0.2 }, epochs: 4, batchSize: 64 },
};

test.serial("a cross learns the combinations seen, whatever the workers; a later night knows new ones; files and objects are predicted alike", async (t) => {
  const directory = scratch(t);
  const rows = visits(4000, 3);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(rows));
  const base = inline(directory, config);
  const one = await retrain(base);
  t.true(one.test!.auc! > 0.8, `AUC ${one.test!.auc}`);
  const three = await retrain(threads(base, 3), ["--memory", "16m", "--fresh"]);
  t.is(three.model!.sha256, one.model!.sha256);

  const model = await loadModel(one.model!.path);
  const featuresOf = (device: string | null, country: string): string[] =>
    model.explain({ device, country, day: 1 }).contributions.map(({ feature }) => feature);
  t.true(featuresOf("phone", "DE").includes("device=phone x country=DE"));
  t.true(featuresOf(null, "FR").includes("device missing x country=FR"));
  t.false(featuresOf("watch", "DE").some((feature) => feature.startsWith("device=watch")));

  const output = path.join(directory, "p.jsonl");
  const predicted = await cli(["predict", ...base, "--input", path.join(directory, "a.csv"), "--output", output]);
  t.is(predicted.code, 0, predicted.stderr);
  const lines = fs.readFileSync(output, "utf8").trim().split("\n");
  rows.slice(0, 300).forEach((row, i) => t.is(model.predict(row), (JSON.parse(lines[i]!) as { prediction: number }).prediction));

  fs.writeFileSync(path.join(directory, "b.csv"), csv(visits(2000, 5, [...DEVICES, "watch"])));
  const next = await retrain(base);
  const grown = await loadModel(next.model!.path);
  t.true(grown.explain({ device: "watch", country: "FR", day: 1 }).contributions.some(({ feature }) => feature === "device=watch x country=FR"));
});

test.serial("a cross of learned quantiles is refused with what to do", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(visits(200, 3)));
  const columns = { day: { kind: "bucketized", column: "day", quantiles: 4 }, pair: { kind: "crossed", columns: ["day", "country"], vocabulary: {} } };
  const refused = await cli(["retrain", ...inline(directory, { ...config, columns })]);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /E_CROSS_INPUT.*boundaries/s);
});
