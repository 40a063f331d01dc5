// ROC AUC and average precision of many rows against the plain code and, where python3 has it, scikit-learn: node packages/auc/bench/metrics.mjs [rows] (after a build).
// Prints CPU seconds, of this process' first call and of a later one; asserts nothing.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { countByOrder } from "../dist/count-by-order.js";
import { averagePrecision, averagePrecisionOf, rankRows, rocAuc, rocAucOf } from "../dist/index.js";
import { rankingOf } from "../dist/ranking.js";

const n = Number(process.argv[2] ?? 1e7);
let state = 1;
const next = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 4294967296;
};
const scores = new Float64Array(n);
const labels = new Uint8Array(n);
const weights = new Float64Array(n);
for (let i = 0; i < n; i++) {
  scores[i] = next() + next() / 4294967296;
  labels[i] = next() < scores[i] ? 1 : 0;
  weights[i] = next();
}
const cores = spawnSync("getconf", ["_NPROCESSORS_ONLN"], { encoding: "utf8" }).stdout?.trim();
console.log(`${n} rows, ${cores} cores, ${os.cpus()[0]?.model}, load ${os.loadavg()[0].toFixed(1)}`);

const plain = (w) => {
  const { size, thresholds, positives, negatives } = countByOrder(labels, scores, w, w === undefined);
  return rankingOf(thresholds.subarray(0, size), positives.subarray(0, size), negatives.subarray(0, size));
};
const rows = {
  rocAuc: { kernel: () => rocAuc(labels, scores), plain: () => rocAucOf(plain()) },
  averagePrecision: { kernel: () => averagePrecision(labels, scores), plain: () => averagePrecisionOf(plain()) },
  "rocAuc, weighted": { kernel: () => rocAuc(labels, scores, weights), plain: () => rocAucOf(plain(weights)) },
  rankRows: { kernel: () => rankRows(labels, scores).positiveWeight, plain: () => plain().positiveWeight },
};
const python = sklearn();
for (const [name, { kernel, plain: slow }] of Object.entries(rows)) {
  const first = timed(kernel);
  const later = timed(kernel);
  const twin = timed(slow);
  console.log(
    `${name.padEnd(18)} ${later.value}  first ${first.seconds.toFixed(2)} s, later ${later.seconds.toFixed(2)} s, plain ${twin.seconds.toFixed(2)} s ` +
      `(${(twin.seconds / later.seconds).toFixed(1)} times)${python[name] === undefined ? "" : `, scikit-learn ${python[name].toFixed(2)} s (${(python[name] / first.seconds).toFixed(1)} times the first)`}`,
  );
  if (twin.value !== later.value) console.log(`  DIFFERENT: plain ${twin.value}`);
}

function timed(run) {
  const used = process.cpuUsage();
  const value = run();
  const { user, system } = process.cpuUsage(used);
  return { value, seconds: (user + system) / 1e6 };
}

/** CPU seconds by name; empty where there is no scikit-learn. */
function sklearn() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
  for (const [name, column] of Object.entries({ scores, labels, weights })) fs.writeFileSync(path.join(folder, name), column);
  const script = `
import json, time
import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
s = np.fromfile("scores"); y = np.fromfile("labels", np.uint8); w = np.fromfile("weights")
out = {}
for name, run in {"rocAuc": lambda: roc_auc_score(y, s), "averagePrecision": lambda: average_precision_score(y, s), "rocAuc, weighted": lambda: roc_auc_score(y, s, sample_weight=w)}.items():
    t = time.process_time(); run(); out[name] = time.process_time() - t
print(json.dumps(out))
`;
  const pythons = ["python3", "/usr/bin/python3"];
  try {
    for (const command of pythons) {
      const run = spawnSync(command, ["-c", script], { cwd: folder, encoding: "utf8" });
      if (run.status === 0) return JSON.parse(run.stdout);
    }
    console.log("scikit-learn is not there");
    return {};
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
