// The whole way from CSV to a published model on the bench log: 1,000,000 rows, 13 numeric and 26 categorical columns. Prints times and the peak of memory.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { benchLog } from "@crossbill/synthetic";

const rows = Number(process.env.BENCH_ROWS ?? 1_000_000);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const data = path.join(root, "bench-data", `bench-${rows}.csv`);
if (!fs.existsSync(data)) {
  fs.mkdirSync(path.dirname(data), { recursive: true });
  const file = fs.openSync(`${data}.part`, "w");
  for (const chunk of benchLog({ rows, seed: 1 })) fs.writeSync(file, chunk);
  fs.closeSync(file);
  fs.renameSync(`${data}.part`, data);
}
const megabytes = fs.statSync(data).size / 1e6;
const [header] = fs.readFileSync(data, { encoding: "utf8", flag: "r" }).slice(0, 4096).split("\n");
const fields = header.split(",");
const label = fields[0];
const columns = Object.fromEntries(
  fields
    .slice(1)
    .map((field, i) => [
      field,
      i < 13 ? { kind: "numeric", column: field, scale: "log1p", missing: "indicator" } : { kind: "vocabulary", column: field, minCount: 2, maxSize: 500_000 },
    ]),
);
const config = {
  data: { train: data, label, split: { by: "index", every: 10, test: [0], validation: [1] } },
  columns,
  model: { kind: "linear" },
  train: { optimizer: { kind: "ftrl", alpha: 0.05, l1: 2 }, epochs: 2, batchSize: 4096 },
  gate: { maxBias: 1 },
};
for (const workers of [1, 2]) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
  fs.writeFileSync(path.join(folder, "crossbill.config.json"), JSON.stringify(config));
  const { summary, peak } = await retrain(folder, workers);
  const { seconds, train, test } = summary;
  console.log(
    `${workers} worker${workers > 1 ? "s" : ""}: ingest ${seconds.ingest.toFixed(1)} s (${(megabytes / seconds.ingest).toFixed(0)} MB/s), train ${seconds.train.toFixed(1)} s (${(train.rowsPerSecond / 1e6).toFixed(2)} M rows/s), evaluate ${seconds.evaluate.toFixed(1)} s, total ${seconds.total.toFixed(1)} s, peak ${peak} MB, test log-loss ${test.logLoss.toFixed(5)}, AUC ${test.auc.toFixed(4)}, ${summary.model.nonZero} of ${summary.model.parameters} weights`,
  );
  fs.rmSync(folder, { recursive: true, force: true });
}

function retrain(folder, workers) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        path.join(root, "packages/crossbill/bin/crossbill.js"),
        "retrain",
        "--config",
        path.join(folder, "crossbill.config.json"),
        "--workers",
        String(workers),
        "--json",
        "--quiet",
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let text = "";
    let peak = 0;
    const watch = setInterval(() => {
      const status = `/proc/${child.pid}/status`;
      if (fs.existsSync(status)) peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(status, "utf8"))?.[1] ?? 0));
    }, 50);
    child.stdout.on("data", (bytes) => {
      text += bytes;
    });
    child.on("close", (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ summary: JSON.parse(text), peak: Math.round(peak / 1024) });
      else reject(new Error(`crossbill ended with ${code}`));
    });
  });
}
