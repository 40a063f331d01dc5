// The exact solver's L1 optimum of a large log: node packages/trainer/bench/exact.mjs [rows | file.csr] [C] (after a build); rows as support/rows.mjs has them. C is LIBLINEAR's:
// l1 = 1 / (C rows), objectives times C rows are its objectives (with the bias left free; its own is a penalised feature).
// Prints seconds, CPU seconds, passes and where they go for one and two workers, and `liblinear-train`, where it is installed and BENCH_PEERS=1 (it takes minutes); asserts nothing.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { trainWith } from "../dist/train.js";
import { exactOptions, rowsFrom } from "./support/rows.mjs";

const [given = "200000", C = "0.2"] = process.argv.slice(2);
const data = rowsFrom(given);
const { rows, entries, inputs } = data;
const scale = Number(C) * rows;
console.log(`${rows} rows, ${entries} entries, ${inputs.features} features; C = ${C}; load ${os.loadavg()[0].toFixed(1)}`);
for (const workers of [1, 2]) {
  const seams = { ...data.seams, gangModule: new URL("support/timed-member.mjs", import.meta.url) };
  const [begun, used] = [performance.now(), process.cpuUsage()];
  const { metrics, weights } = await trainWith(exactOptions(data, workers, 1 / scale, { tolerance: 1e-12, gap: 1e-6 }), seams);
  const { user, system } = process.cpuUsage(used);
  const { certificate, steps, epochs } = metrics;
  const nonZero = weights.reduce((sum, w) => sum + (w !== 0 ? 1 : 0), 0);
  console.log(
    `${workers} workers: ${((performance.now() - begun) / 1000).toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} CPU s; objective ${(scale * certificate.objective).toFixed(4)}, relative gap ${certificate.relativeGap.toExponential(1)}, ${steps} steps, ${epochs} passes, ${nonZero} non-zeros`,
  );
}
if (process.env.BENCH_PEERS === "1") liblinear();

function liblinear() {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
  try {
    const file = path.join(work, "rows.svm");
    writeRows(file);
    for (const tolerance of [0.01, 1e-4]) {
      const begun = performance.now();
      const { error } = spawnSync("liblinear-train", ["-s", "6", "-c", C, "-B", "1", "-e", String(tolerance), "-q", file, path.join(work, "model")]);
      if (error !== undefined) return console.log(`liblinear-train: ${error.message}`);
      console.log(`LIBLINEAR -s 6 -c ${C} -B 1 -e ${tolerance}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    }
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** libsvm text, features of a row ascending. */
function writeRows(file) {
  const out = fs.openSync(file, "w");
  for (const { label, ids, numbers, pairs = {} } of data.packs) {
    let text = "";
    for (let r = 0; r < label.length; r++) {
      const row = [];
      for (const { name, offset } of inputs.categorical) row.push([offset + ids[name][r], 1]);
      for (const { name, offset } of inputs.numeric) row.push([offset, numbers[name][r]]);
      for (const { name, offset } of inputs.multi) {
        const { offsets, ids: own, values } = pairs[name];
        for (let i = offsets[r]; i < offsets[r + 1]; i++) row.push([offset + own[i], values?.[i] ?? 1]);
      }
      row.sort(([a], [b]) => a - b);
      text += `${label[r] > 0 ? 1 : -1} ${row.map(([id, value]) => `${id + 1}:${value === 1 ? 1 : value.toPrecision(7)}`).join(" ")}\n`;
      if (text.length > 1e6) {
        fs.writeSync(out, text);
        text = "";
      }
    }
    fs.writeSync(out, text);
  }
  fs.closeSync(out);
}
