import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type IngestOptions, type IngestOutcome, ingest, ingestHandlers, openPack, type PackRows } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import { type Executor, inlineExecutor } from "@crossbill/tasks";
import type { ExecutionContext } from "ava";

/** A folder that is removed after the test. */
export function folder(t: ExecutionContext): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-ingest-"));
  t.teardown(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function write(dir: string, name: string, content: string | Uint8Array): string {
  const file = path.join(dir, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
  return file;
}

export const CSV: v1.CsvDialect.$Properties = { delimiter: ",", header: true, quote: '"', escape: "", comment: "", missing: [""], trim: false, names: [] };

export function dataSpec(more: v1.DataSpec.$Properties = {}): v1.DataSpec {
  const { csv, ...rest } = more;
  return v1.DataSpec.decode(
    v1.DataSpec.encode({
      format: "csv",
      label: { field: "y", positive: ["1"], negative: ["0"] },
      maxRejected: 0.01,
      ...rest,
      csv: { ...CSV, ...csv },
    }).finish(),
  );
}

export function columnSpecs(...specs: v1.ColumnSpec.$Properties[]): v1.ColumnSpec[] {
  return specs.map((spec) => v1.ColumnSpec.decode(v1.ColumnSpec.encode(spec).finish()));
}

export const COLUMNS = columnSpecs(
  { name: "price", numeric: { field: "price" } },
  { name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } },
  { name: "user", hashed: { field: "user", buckets: 100 } },
);

/** n rows of y,price,site,user, with sites that depend on `seed`. */
export function rowsOf(n: number, seed = 0): string[] {
  return Array.from({ length: n }, (_, i) => `${(i * 7 + seed) % 3 === 0 ? 1 : 0},${(i % 11) / 2},s${(i + seed) % 5}-${seed},u${i % 17}`);
}

export const HEADER = "y,price,site,user";

export function csvOf(lines: readonly string[]): string {
  return `${[HEADER, ...lines].join("\n")}\n`;
}

export type Given = Partial<Omit<IngestOptions, "files">> & { train: string[]; validation?: string[]; test?: string[] };

/** ingest with short defaults. */
export async function run(root: string, given: Given): Promise<IngestOutcome> {
  const { train, validation = [], test = [], ...rest } = given;
  const executor: Executor = rest.executor ?? inlineExecutor({ handlers: [ingestHandlers], root });
  try {
    return await ingest({
      root,
      build: "test",
      data: dataSpec(),
      columns: COLUMNS,
      nights: { window: 0, refitEveryNights: 0 },
      ...rest,
      files: { train, validation, test },
      executor,
    });
  } finally {
    if (rest.executor === undefined) await executor.close();
  }
}

/** All rows of a part's packs, in order. */
export async function packRows(root: string, manifest: v1.IngestManifest, part: v1.Part): Promise<PackRows[]> {
  const packs = manifest.partitions.flatMap((partition) => partition.packs).filter((pack) => pack.part === part);
  return Promise.all(
    packs.map(async (pack) => {
      const reader = await openPack(path.join(root, pack.file.uri), pack.file);
      return reader.read(0, reader.rows, { slices: true, keys: true });
    }),
  );
}

/** The hashes that must be equal where results must be. */
export function hashes(outcome: IngestOutcome): string[] {
  return [outcome.manifest.key, ...outcome.manifest.partitions.flatMap((partition) => partition.packs.map((pack) => pack.file.sha256))];
}

/** A read whose memory is measured. */
export type MeasuredRead =
  | { kind: "unpack"; file: string; codec: "gzip" | "zstd"; target: string }
  | { kind: "ingest"; file: string; root: string; data: v1.DataSpec.$Properties; columns: boolean };

export interface Measured {
  /** Of the error; empty: there was none. */
  code: string;
  message: string;
  /** Bytes of memory held at most. */
  peak: number;
}

const MEASURED = fileURLToPath(new URL("./fixtures/peak-memory.js", import.meta.url));

/** Reads in a process of its own: test files share one, and what it holds says nothing of a single read. */
export async function inOwnMemory(read: MeasuredRead): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [MEASURED, JSON.stringify(read)]);
  return JSON.parse(stdout) as Measured;
}
