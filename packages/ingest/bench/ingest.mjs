// Ingestion of the bench log: MB of CSV a second and processor seconds of all threads, both passes and the scan together. BENCH_ROWS and BENCH_WORKERS change the
// defaults. Other programs on the machine change the first much, the second little.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import { benchLog } from "@crossbill/synthetic";
import { threadsExecutor } from "@crossbill/tasks";
import { ingest, ingestHandlers } from "../dist/index.js";

const rows = Number(process.env.BENCH_ROWS ?? 1_000_000);
const most = Number(process.env.BENCH_WORKERS ?? os.availableParallelism());
const folder = path.join(os.tmpdir(), "crossbill-bench-ingest");
const file = path.join(folder, `log-${rows}.csv`);
fs.mkdirSync(folder, { recursive: true });
if (!fs.existsSync(file)) {
  const out = fs.openSync(`${file}.part`, "w");
  for (const chunk of benchLog({ rows })) fs.writeSync(out, chunk);
  fs.closeSync(out);
  fs.renameSync(`${file}.part`, file);
}
const numbers = Array.from({ length: 13 }, (_, i) => ({ name: `i${i + 1}`, numeric: { field: `i${i + 1}`, scale: v1.NumericSpec.Scale.LOG1P } }));
const texts = Array.from({ length: 26 }, (_, i) => `c${i + 1}`);
const sets = {
  "13 numeric, 26 hashed": [...numbers, ...texts.map((field) => ({ name: field, hashed: { field, buckets: 2 ** 18 } }))],
  "13 numeric, 26 vocabularies": [...numbers, ...texts.map((field) => ({ name: field, vocabulary: { field, minCount: 1, outOfVocabulary: 1 } }))],
};
const data = v1.DataSpec.create({
  format: "csv",
  csv: v1.CsvDialect.create({ delimiter: ",", header: true, quote: '"', missing: [""] }),
  label: v1.LabelSpec.create({ field: "label", positive: ["1"] }),
  split: v1.SplitSpec.create({ index: v1.IndexSplit.create({ every: 10, test: [0], validation: [1] }) }),
  maxRejected: 0.01,
});
for (const [name, specs] of Object.entries(sets)) {
  const columns = specs.map((spec) => v1.ColumnSpec.decode(v1.ColumnSpec.encode(spec).finish()));
  for (const workers of new Set([1, most])) {
    const root = path.join(folder, "work");
    fs.rmSync(root, { recursive: true, force: true });
    const executor = threadsExecutor({ handlers: [ingestHandlers], root, workers });
    const marks = new Map();
    const cpuBefore = process.cpuUsage();
    const begin = performance.now();
    const outcome = await ingest({
      root,
      build: "bench",
      files: { train: [file], validation: [], test: [] },
      data,
      columns,
      nights: { window: 0, refitEveryNights: 0 },
      executor,
      onProgress: ({ phase }) => marks.set(phase, performance.now()),
    });
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    await executor.close();
    const at = (phase) => ((marks.get(phase) - begin) / 1000).toFixed(2);
    const packs = outcome.manifest.partitions.flatMap((partition) => partition.packs);
    console.log(
      `${name}: ${workers} thread${workers === 1 ? "" : "s"}: ${(outcome.bytes / 1e6 / seconds).toFixed(1)} MB/s, ${Math.round(outcome.read / seconds)} rows/s ` +
        `(${(outcome.bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(2)} s: scanned at ${at("scan")}, fitted at ${at("fit")}, encoded at ${at("encode")}; ` +
        `${((user + system) / (outcome.bytes / 100)).toFixed(2)} processor seconds for 100 MB; ` +
        `packs ${(packs.reduce((sum, pack) => sum + pack.file.length, 0) / 1e6).toFixed(0)} MB; peak memory so far ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB)`,
    );
  }
}
fs.rmSync(path.join(folder, "work"), { recursive: true, force: true });
