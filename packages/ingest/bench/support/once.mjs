// One ingestion in a process of its own, for its peak memory: node once.mjs <file> <hashed|vocabularies> <threads>. Prints one line of JSON.
// `cpu` is that of all threads and, on Linux, of the processes that parse Parquet.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import { threadsExecutor } from "@crossbill/tasks";
import { ingest, ingestHandlers } from "../../dist/index.js";
import { columnsOf, DATA } from "./columns.mjs";

const [file, set, workers] = process.argv.slice(2);
const root = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-work-"));
const data = v1.DataSpec.create(DATA);
if (file.endsWith(".parquet")) data.format = "parquet";
const before = process.cpuUsage();
const begin = performance.now();
const executor = threadsExecutor({ handlers: [ingestHandlers], root, workers: Number(workers) });
const { bytes, read, manifest } = await ingest({
  root,
  build: "bench",
  files: { train: [file], validation: [], test: [] },
  data,
  columns: columnsOf(set),
  nights: { window: 0, refitEveryNights: 0 },
  executor,
});
const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage(before);
await executor.close();
const packs = manifest.partitions.flatMap((partition) => partition.packs);
const packBytes = packs.reduce((sum, pack) => sum + pack.file.length, 0);
fs.rmSync(root, { recursive: true, force: true });
console.log(JSON.stringify({ bytes, read, seconds, cpu: (user + system) / 1e6 + ofChildren(), packBytes, rss: process.resourceUsage().maxRSS * 1024 }));

/** Processor seconds of the processes that this one has waited for. */
function ofChildren() {
  if (!fs.existsSync("/proc/self/stat")) return 0;
  const stat = fs.readFileSync("/proc/self/stat", "latin1");
  const numbers = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(numbers[13]) + Number(numbers[14])) / 100;
}
