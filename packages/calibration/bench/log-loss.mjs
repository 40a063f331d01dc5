// Log-loss of many rows against the plain sum and, where python3 has it, scikit-learn: node packages/calibration/bench/log-loss.mjs [rows] (after a build).
// Prints CPU seconds, of this process' first call and of a later one; asserts nothing.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ExactSum } from "../../numerics/dist/index.js";
import { logLoss } from "../dist/index.js";
import { rowLogLoss } from "../dist/row-loss.js";

const n = Number(process.argv[2] ?? 1e7);
let state = 1;
const next = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 4294967296;
};
const probabilities = new Float64Array(n);
const labels = new Uint8Array(n);
for (let i = 0; i < n; i++) {
  probabilities[i] = next() + next() / 4294967296;
  labels[i] = next() < probabilities[i] ? 1 : 0;
}
console.log(`${n} rows, ${os.cpus()[0]?.model}, load ${os.loadavg()[0].toFixed(1)}`);

const first = timed(() => logLoss(labels, probabilities));
const later = timed(() => logLoss(labels, probabilities));
const plain = timed(() => {
  const sum = new ExactSum();
  for (let i = 0; i < n; i++) sum.add(rowLogLoss(labels[i], probabilities[i]));
  return sum.value() / n;
});
const sklearn = sklearnSeconds();
console.log(
  `logLoss ${later.value}  first ${first.seconds.toFixed(2)} s, later ${later.seconds.toFixed(2)} s, plain ${plain.seconds.toFixed(2)} s ` +
    `(${(plain.seconds / later.seconds).toFixed(1)} times)${sklearn === null ? ", scikit-learn is not there" : `, scikit-learn ${sklearn.toFixed(2)} s (${(sklearn / first.seconds).toFixed(1)} times the first)`}`,
);
if (plain.value !== later.value) console.log(`  DIFFERENT: plain ${plain.value}`);

function timed(run) {
  const used = process.cpuUsage();
  const value = run();
  const { user, system } = process.cpuUsage(used);
  return { value, seconds: (user + system) / 1e6 };
}

function sklearnSeconds() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
  for (const [name, column] of Object.entries({ probabilities, labels })) fs.writeFileSync(path.join(folder, name), column);
  const script = `
import time
import numpy as np
from sklearn.metrics import log_loss
p = np.fromfile("probabilities"); y = np.fromfile("labels", np.uint8)
t = time.process_time(); log_loss(y, p); print(time.process_time() - t)
`;
  try {
    for (const command of ["python3", "/usr/bin/python3"]) {
      const run = spawnSync(command, ["-c", script], { cwd: folder, encoding: "utf8" });
      if (run.status === 0) return Number(run.stdout);
    }
    return null;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
