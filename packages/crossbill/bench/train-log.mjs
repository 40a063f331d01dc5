// Training on the bench log as a user runs it, from packs on the disk and from the CSV, and peers beside it: node packages/crossbill/bench/train-log.mjs (after a build).
// BENCH_LOG: a folder with train.csv and test.csv (label, 13 numbers, 26 texts); else BENCH_ROWS generated rows (1,000,000), a fifth of them for the test. BENCH_PEERS=0: no peers.
// Processor seconds count more than wall seconds where the machine is shared. Prints, asserts nothing.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { benchLog } from "@crossbill/synthetic";
import { peers } from "./support/peers.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const log = process.env.BENCH_LOG ?? generated(Number(process.env.BENCH_ROWS ?? 1_000_000));
const [train, test] = ["train.csv", "test.csv"].map((name) => path.join(log, name));
const fields = head(train).split(",");
/** The columns of a row but the two of texts that models leave out; of these a row has a few less, which are missing. */
const NUMBERS = 13;
const TEXTS = 26;
const FTRL = { kind: "ftrl", alpha: 0.1, l1: 2 };
const ADAGRAD = { kind: "adagrad", learningRate: 0.05, initialAccumulator: 4 };
/** Rates, penalties and passes were chosen by `crossbill tune` on an eighth of the training rows. */
const WHOLE = [
  [FTRL, 1, 4096],
  [{ kind: "ftrl", alpha: 0.05, l1: 2 }, 2, 1024],
  [ADAGRAD, 2, 4096],
];
const OPTIMIZERS = [FTRL, ADAGRAD, ...["adam", "rmsprop", "momentum", "sgd"].map((kind) => ({ kind, learningRate: 0.001 }))];

const work = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
try {
  console.log(`${os.availableParallelism()} cores; load ${os.loadavg()[0].toFixed(1)}; ${(fs.statSync(train).size / 1e6).toFixed(0)} MB of training rows`);
  for (const workers of [1, 2]) {
    const { usage, summary } = run("ingest", configure(FTRL, 1), workers, ["--fresh"]);
    const read = fs.statSync(train).size + fs.statSync(test).size;
    console.log(
      `${label(`ingest, ${threads(workers)}`)} ${seconds(usage)}  ${(read / 1e6 / usage.wall).toFixed(0)} MB/s, ${Math.round(summary.rows.read / usage.cpu / 1000)} k rows a CPU-second`,
    );
  }
  console.log("\ntraining from packs on the disk: the whole command; 'loop' is the rate of the training loop alone, 39 inputs a row");
  for (const optimizer of OPTIMIZERS) for (const workers of [1, 2]) trained(optimizer, workers);
  console.log("\nthe whole way from the CSV: ingest, train, evaluate, publish, report");
  for (const [optimizer, epochs, batchSize] of WHOLE) for (const workers of [1, 2]) whole(optimizer, epochs, batchSize, workers);
  if (process.env.BENCH_PEERS !== "0") {
    console.log("");
    await peers(train, lines(train) - 1, work, (name, rows, usage) =>
      console.log(`${label(name)} ${seconds(usage)}  ${Math.round(rows / usage.cpu / 1000)} k rows a CPU-second`),
    );
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** One and three epochs: what two more of them take is the loop, what is left of the first is loading and all else. */
function trained(optimizer, workers) {
  const [one, three] = [1, 3].map((epochs) => run("train", configure(optimizer, epochs), workers, ["--fresh"]));
  const epoch = (three.usage.cpu - one.usage.cpu) / 2;
  const { rows, train: result } = one.summary;
  console.log(
    `${label(`${optimizer.kind}, ${threads(workers)}`)} 1 epoch ${seconds(one.usage)}  3 epochs ${seconds(three.usage)}  an epoch from memory ${epoch.toFixed(2)} CPU s, loading and the rest ${(one.usage.cpu - epoch).toFixed(2)}; ${Math.round(rows.train / one.usage.cpu / 1000)} k rows a CPU-second; loop ${((result.rowsPerSecond * (NUMBERS + TEXTS)) / 1e6).toFixed(0)} and ${((three.summary.train.rowsPerSecond * (NUMBERS + TEXTS)) / 1e6).toFixed(0)} M inputs/s; progressive loss ${result.logLoss.toFixed(5)}`,
  );
}

/** Into a work folder of its own: there is no model before it to be compared with. */
function whole(optimizer, epochs, batchSize, workers) {
  const workdir = fs.mkdtempSync(path.join(work, "whole-"));
  const { usage, summary } = run("retrain", configure(optimizer, epochs, batchSize), workers, ["--workdir", workdir]);
  const { seconds: s, test: measured, model } = summary;
  console.log(
    `${label(`${optimizer.kind}, ${epochs} epoch${epochs > 1 ? "s" : ""}, ${threads(workers)}`)} ${seconds(usage)}  ingest ${s.ingest.toFixed(2)}, train ${s.train.toFixed(2)}, evaluate ${s.evaluate.toFixed(2)}; ${usage.megabytes} MB; test log-loss ${measured.logLoss.toFixed(5)}, AUC ${measured.auc.toFixed(4)}, ${model.nonZero} of ${model.parameters} weights`,
  );
}

/** Runs a command of the command line; what it took, and its JSON. */
function run(command, config, workers, more) {
  const usageFile = path.join(work, "usage.json");
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [path.join(here, "support/measured.mjs"), command, "--config", config, "--workers", String(workers), "--json", "--quiet", ...more],
    { encoding: "utf8", env: { ...process.env, BENCH_USAGE: usageFile }, maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(`crossbill ${command} ended with ${status}: ${stderr}`);
  return { usage: JSON.parse(fs.readFileSync(usageFile, "utf8")), summary: JSON.parse(stdout) };
}

/** The configuration's file: all of them share a work folder, so that the packs are made once. */
function configure(optimizer, epochs, batchSize = 4096) {
  const file = path.join(work, "crossbill.config.json");
  const columns = fields
    .slice(1, 1 + NUMBERS + TEXTS)
    .map((field, i) => [
      field,
      i < NUMBERS ? { kind: "numeric", column: field, scale: "log1p", missing: "indicator" } : { kind: "hashed", column: field, buckets: 2 ** 17 },
    ]);
  const config = {
    data: { train, test, label: fields[0], positive: "1", split: { by: "hash", column: fields[1], validation: 0, test: 0 } },
    columns: Object.fromEntries(columns),
    model: { kind: "linear" },
    train: { optimizer, epochs, batchSize },
    gate: { maxBias: 1 },
  };
  fs.writeFileSync(file, JSON.stringify(config));
  return file;
}

function generated(rows) {
  const folder = path.resolve(here, "../../../bench-data", `log-${rows}`);
  if (fs.existsSync(path.join(folder, "test.csv"))) return folder;
  fs.mkdirSync(folder, { recursive: true });
  const files = ["train.csv", "test.csv.part"].map((name) => fs.openSync(path.join(folder, name), "w"));
  let header = "";
  let rest = "";
  let row = 0;
  for (const chunk of benchLog({ rows, seed: 1 })) {
    const text = rest + Buffer.from(chunk).toString("utf8");
    const own = text.split("\n");
    rest = own.pop();
    if (header === "") {
      header = `${own.shift()}\n`;
      for (const file of files) fs.writeSync(file, header);
    }
    const parts = [[], []];
    for (const line of own) parts[row++ % 5 === 0 ? 1 : 0].push(`${line}\n`);
    for (const [i, file] of files.entries()) fs.writeSync(file, parts[i].join(""));
  }
  for (const file of files) fs.closeSync(file);
  fs.renameSync(path.join(folder, "test.csv.part"), path.join(folder, "test.csv"));
  return folder;
}

function head(file) {
  const bytes = Buffer.alloc(2 ** 16);
  const descriptor = fs.openSync(file, "r");
  fs.readSync(descriptor, bytes, 0, bytes.length, 0);
  fs.closeSync(descriptor);
  return bytes.toString("utf8").split("\n")[0];
}

function lines(file) {
  let count = 0;
  for (const byte of fs.readFileSync(file)) if (byte === 10) count++;
  return count;
}

function label(text) {
  return text.padEnd(42);
}

function threads(n) {
  return `${n} thread${n > 1 ? "s" : ""}`;
}

function seconds({ wall, cpu }) {
  return `${wall.toFixed(2)} s wall, ${cpu.toFixed(2)} s CPU`;
}
