// Ingestion of the bench log: MB of CSV a second and processor seconds of all threads, from the file to packs on the disk, threads started and all; peak memory,
// for the same rows four times over too; rows a second of the same rows as CSV and as Parquet. Beside it, over the same file: a JavaScript CSV reader that only
// splits fields, polars where python3 has it, and single rows encoded. BENCH_ROWS, BENCH_WORKERS and BENCH_TIMES change the defaults. Other programs on the
// machine change MB/s much, processor seconds less.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { finishFit, RowEncoder } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import { inferSchema, initParser } from "udsv";
import { columnsOf, logFile, SETS } from "./support/columns.mjs";
import { parquetOf } from "./support/parquet.mjs";

const rows = Number(process.env.BENCH_ROWS ?? 1_000_000);
const most = Number(process.env.BENCH_WORKERS ?? os.availableParallelism());
const times = Number(process.env.BENCH_TIMES ?? 4);
const folder = path.join(os.tmpdir(), "crossbill-bench-ingest");
const file = logFile(folder, rows);
const mega = fs.statSync(file).size / 1e6;
const cell = (text, width) => String(text).padEnd(width);

console.log(`${rows} rows, ${mega.toFixed(0)} MB; ${os.availableParallelism()} processors`);
console.log(`${cell("", 34)}${cell("MB/s", 9)}${cell("cpu s/100 MB", 14)}peak memory`);
const line = (name, bytes, seconds, cpu, rss) =>
  console.log(
    `${cell(name, 34)}${cell((bytes / 1e6 / seconds).toFixed(1), 9)}${cell(cpu === null ? "" : (cpu / (bytes / 1e8)).toFixed(2), 14)}${rss === null ? "" : `${(rss / 1e6).toFixed(0)} MB`}`,
  );

const script = fileURLToPath(new URL("./support/once.mjs", import.meta.url));
function once(source, set, workers) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, source, set, String(workers)], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
for (const set of Object.keys(SETS)) {
  for (const workers of new Set([1, most])) {
    const { bytes, seconds, cpu, rss } = once(file, set, workers);
    line(`26 ${set}, ${workers} thread${workers === 1 ? "" : "s"}`, bytes, seconds, cpu, rss);
  }
  if (times > 1) {
    const longer = once(logFile(folder, rows, times), set, most);
    line(`26 ${set}, ${times} times the rows`, longer.bytes, longer.seconds, longer.cpu, longer.rss);
  }
}

await formats();
splitFields();
polars();
singleRows();

/** The same rows as CSV and as Parquet, one behind the other. */
async function formats() {
  const parquet = await parquetOf(file);
  for (const set of Object.keys(SETS)) {
    for (const [name, source] of [
      ["CSV", file],
      ["Parquet", parquet],
    ]) {
      const { read, seconds, cpu } = once(source, set, most);
      console.log(`26 ${set}, ${name}: ${Math.round(read / seconds)} rows/s, ${cpu.toFixed(1)} processor seconds`);
    }
  }
}

/** Only splits: no number is read, nothing is hashed, nothing is written. */
function splitFields() {
  const before = process.cpuUsage();
  const begin = performance.now();
  const input = fs.openSync(file, "r");
  const piece = Buffer.alloc(2 ** 22);
  let parser = null;
  let fields = 0;
  for (let n = fs.readSync(input, piece); n > 0; n = fs.readSync(input, piece)) {
    const text = piece.latin1Slice(0, n);
    parser ??= initParser(inferSchema(text));
    parser.chunk(text, parser.stringArrs, (row) => {
      fields += row.length;
    });
  }
  parser.end();
  fs.closeSync(input);
  const { user, system } = process.cpuUsage(before);
  line(`udsv, ${fields} fields split only`, mega * 1e6, (performance.now() - begin) / 1000, (user + system) / 1e6, null);
}

/** Reads, and hashes every text to 2^18 buckets; writes nothing. */
function polars() {
  const code = `
import sys, time, resource, polars as pl
begin = time.perf_counter()
frame = pl.read_csv(sys.argv[1], schema_overrides={f"c{i}": pl.String for i in range(1, 27)})
read = time.perf_counter() - begin
frame.with_columns([(pl.col(f"c{i}").hash() % 262144).alias(f"c{i}") for i in range(1, 27)])
use = resource.getrusage(resource.RUSAGE_SELF)
print(pl.__version__, pl.thread_pool_size(), read, time.perf_counter() - begin, use.ru_utime + use.ru_stime, use.ru_maxrss * 1024)`;
  const found = spawnSync(process.env.BENCH_PYTHON ?? "python3", ["-c", code, file], { encoding: "utf8" });
  if (found.status !== 0) {
    console.log(
      `polars: skipped, python3 has no polars or cannot run it (${(found.error?.message ?? found.stderr.trim().split("\n").at(-1)) || `status ${found.status}`})`,
    );
    return;
  }
  const [version, threads, read, hashed, cpu, rss] = found.stdout.trim().split(" ");
  line(`polars ${version}, ${threads} threads, read`, mega * 1e6, Number(read), null, null);
  line(`polars ${version}, read and hashed`, mega * 1e6, Number(hashed), Number(cpu), Number(rss));
}

function singleRows() {
  const [header, ...lines] = fs
    .readFileSync(file, "latin1")
    .slice(0, 2 ** 23)
    .split("\n")
    .slice(0, 20_001);
  const names = header.split(",");
  const some = lines.map((text) => Object.fromEntries(text.split(",").map((value, i) => [names[i], value])));
  for (const set of Object.keys(SETS)) {
    const columns = columnsOf(set);
    const encoder = new RowEncoder(columns, stateOf(columns, some), [""]);
    let ids = 0;
    const encode = (count) => {
      for (let i = 0; i < count; i++) ids += encoder.encodeRow(some[i % some.length]).ids.size;
    };
    encode(20_000);
    const before = process.cpuUsage();
    const begin = performance.now();
    const count = 200_000;
    encode(count);
    const { user, system } = process.cpuUsage(before);
    const perSecond = (seconds) => Math.round(count / seconds);
    console.log(
      `encodeRow, 26 ${set}: ${perSecond((performance.now() - begin) / 1000)} rows/s, ${perSecond((user + system) / 1e6)} a processor second (${ids / (count + 20_000)} ids a row)`,
    );
  }
}

/** A state whose vocabularies know the texts of these rows. */
function stateOf(columns, some) {
  const partials = columns.flatMap((spec) => {
    if (spec.numeric != null) return [v1.ColumnPartial.create({ name: spec.name, numeric: v1.NumericPartial.create({ minimum: 0, maximum: 0 }) })];
    if (spec.vocabulary == null) return [];
    const texts = [...new Set(some.map((row) => row[spec.name]))]
      .filter((text) => text !== "")
      .map((text) => Buffer.from(text))
      .sort((a, b) => Buffer.compare(a, b));
    let end = 0;
    const ends = Uint32Array.from(texts, (text) => (end += text.length));
    const tallies = new Float64Array(texts.length).fill(1);
    const bytes = (array) => new Uint8Array(array.buffer);
    return [
      v1.ColumnPartial.create({ name: spec.name, vocabulary: { texts: new Uint8Array(Buffer.concat(texts)), ends: bytes(ends), tallies: bytes(tallies) } }),
    ];
  });
  return finishFit(columns, v1.FeaturePartial.create({ rows: some.length, columns: partials }));
}
