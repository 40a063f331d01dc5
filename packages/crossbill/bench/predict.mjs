// What L1 and 16-bit weights bring on the bench log (13 numeric, 26 categorical columns): bytes on the disk, test log-loss, and prediction from packs, from a CSV file and of single rows.
// Rates are rows a second of CPU time of one thread. BENCH_ROWS: rows to generate (default 300,000); BENCH_FILE: a CSV file of these columns instead; BENCH_L1: the optimiser's l1 (default 1.8). Each model is measured in a process of its own.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { predictFile } from "@crossbill/evaluation";
import { openPack, readManifest } from "@crossbill/ingest";
import { loadModel } from "@crossbill/models";
import { benchLog } from "@crossbill/synthetic";

const rows = Number(process.env.BENCH_ROWS ?? 300_000);
const l1 = Number(process.env.BENCH_L1 ?? 1.8);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const child = process.argv[2] === undefined ? null : JSON.parse(process.argv[2]);
const folder = child?.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
const data = process.env.BENCH_FILE === undefined ? path.join(folder, "bench.csv") : path.resolve(process.env.BENCH_FILE);
if (process.env.BENCH_FILE === undefined && child === null) {
  const file = fs.openSync(data, "w");
  for (const chunk of benchLog({ rows, seed: 1 })) fs.writeSync(file, chunk);
  fs.closeSync(file);
}
const head = Buffer.alloc(2 ** 23);
const text = head.toString("utf8", 0, fs.readSync(fs.openSync(data, "r"), head, 0, head.length, 0)).split("\n");
const [label, ...fields] = text[0].split(",").slice(0, 40);
const columns = Object.fromEntries(
  fields.map((field, i) => [
    field,
    i < 13 ? { kind: "numeric", column: field, scale: "log1p", missing: "indicator" } : { kind: "vocabulary", column: field, minCount: 2, maxSize: 500_000 },
  ]),
);
const singles = text.slice(1, -1).map((line) => Object.fromEntries(line.split(",").map((cell, i) => [[label, ...fields][i] ?? "", cell])));

if (child === null) {
  let bytes = 0;
  for (const [name, strength, weights] of [
    ["no L1", 0, "full"],
    [`l1 ${l1}`, l1, "full"],
    ["no L1, q2.13", 0, "q2.13"],
    [`l1 ${l1}, q2.13`, l1, "q2.13"],
  ]) {
    const trained = retrain(strength, weights);
    bytes ||= trained.model.bytes;
    const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify({ folder, name, bytes, ...trained })], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    process.stdout.write(stdout);
  }
  fs.rmSync(folder, { recursive: true, force: true });
} else await measured(child);

async function measured({ name, bytes, model: saved, test, work }) {
  const loading = await seconds(() => loadModel(saved.path));
  const model = loading.result;
  const found = {
    name,
    "zeros %": (100 * (1 - saved.nonZero / saved.parameters)).toFixed(1),
    "bytes of model/": saved.bytes,
    "times smaller": (bytes / saved.bytes).toFixed(2),
    "test log-loss": test.logLoss.toFixed(6),
    "load ms": (1000 * loading.seconds).toFixed(0),
    "packs M rows/s": (await fromPacks(model, work)).toFixed(2),
    "CSV k rows/s": (await fromFile(model)).toFixed(0),
    "one row us": oneRow(model).toFixed(1),
  };
  console.log(
    Object.entries(found)
      .map(([what, value]) => `${what}: ${value}`)
      .join("; "),
  );
}

function retrain(strength, weights) {
  const config = {
    data: { train: data, label, split: { by: "index", every: 10, test: [0], validation: [1] } },
    columns,
    model: { kind: "linear", weights },
    train: { optimizer: { kind: "ftrl", alpha: 0.05, l1: strength }, epochs: 2, batchSize: 4096 },
    gate: { maxBias: 1, maxLogLossIncrease: 1 },
  };
  const work = path.join(folder, "work");
  fs.writeFileSync(path.join(folder, "crossbill.config.json"), JSON.stringify(config));
  const cli = path.join(root, "packages/crossbill/bin/crossbill.js");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [cli, "retrain", "--config", path.join(folder, "crossbill.config.json"), "--workdir", work, "--json", "--quiet"],
    {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    },
  );
  if (status !== 0) throw new Error(`crossbill ended with ${status}: ${stderr}`);
  const { model, test } = JSON.parse(stdout);
  return { model, test, work };
}

/** Reading included; the best of fifteen passes. */
async function fromPacks(model, work) {
  const manifest = await readManifest(work);
  const score = model.scorer(manifest.state);
  const files = fs
    .readdirSync(work, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".arrow") && entry.parentPath.includes("objects"));
  let best = 0;
  for (let pass = 0; pass < 15; pass++) {
    let n = 0;
    const { seconds: took } = await seconds(async () => {
      for (const entry of files) {
        const pack = await openPack(path.join(entry.parentPath, entry.name));
        for (let from = 0; from < pack.rows; from += 8192) {
          const batch = await pack.read(from, Math.min(pack.rows, from + 8192));
          n += score(batch).length;
        }
      }
    });
    best = Math.max(best, n / took / 1e6);
  }
  return best;
}

async function fromFile(model) {
  let read = 0;
  const { seconds: took } = await seconds(async () => {
    ({ read } = await predictFile({ model, input: data, output: path.join(folder, "out.csv") }));
  });
  return read / took / 1000;
}

function oneRow(model) {
  const times = [];
  for (let pass = 0; pass < 60; pass++) {
    const start = process.cpuUsage();
    for (const row of singles) model.predict(row);
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / singles.length);
  }
  return Math.min(...times);
}

async function seconds(run) {
  const start = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(start);
  return { result, seconds: (user + system) / 1e6 };
}
