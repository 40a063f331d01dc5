import { NO_COMMENT } from "@crossbill/kernels";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { CsvShard } from "./csv-shard.js";
import { csvBytes } from "./dialect.js";
import type { FormatName, SourceFormat } from "./format-names.js";
import { JsonShard } from "./json-shard.js";
import { readJsonHead, readLineHead } from "./line-heads.js";
import { cutRanges, type FilePlan, planFile, type Range } from "./plan-file.js";
import { type Head, readCsvHead } from "./read-head.js";
import type { Runtime } from "./runtime.js";
import { scanLines, scanRange } from "./scan-range.js";
import type { ShardInput, ShardSource } from "./shard-source.js";
import { LIBSVM, type SparseFormat, SparseShard, VW } from "./sparse-shard.js";
import type { TableFormatName } from "./tables/child-protocol.js";
import { tableFormat } from "./tables/table-source.js";

/** How one format is read: its head, its plan, its shards. A path is always of a local file of plain bytes. */
export interface Format {
  /** Set: it is parsed in a process of its own, and shards are of the tables that are made there (see tables/). */
  readonly table?: TableFormatName;
  /** Set: every line end ends a row. */
  readonly lines?: true;
  /** Refuses what the specification cannot mean, before any file is read. @throws with exit code 2 */
  check(source: SourceFormat): void;
  /** What the beginning of a file (or its footer) says. @throws E_FILE_MISSING, E_EMPTY_FILE, E_HEADER, E_DUPLICATE_COLUMN, E_IO and what the format names */
  readHead(path: string, source: SourceFormat, runtime: Runtime): Promise<Head> | Head;
  /** What one scan task each looks at: by the head alone. Together they are the whole file, so that its hash is of all its bytes. */
  cut(head: Head, rangeBytes: number): Range[];
  /** Hashes one of them and says what of a plan lies in it. In a worker thread. */
  scan(params: v1.ScanParams, runtime: Runtime, beat: () => void): Promise<v1.TextScan> | v1.TextScan;
  /** Joins the scans of a file, in order, to its shards. Pure. @throws E_NO_ROWS */
  plan(head: Head, ranges: readonly Range[], scans: readonly v1.TextScan[]): FilePlan;
  /**
   * Opens a shard. In a worker thread, or in the caller's where rows are scored.
   * @param used fields that will be asked for; the others are only skipped over
   * @throws E_INPUT_CHANGED when bytes differ from their hashes; E_NOT_FOUND, E_IO, E_SHARD_TOO_LARGE
   */
  open(runtime: Runtime, params: v1.ShardParams, inputs: readonly ShardInput[], used: ReadonlySet<string>): Promise<ShardSource> | ShardSource;
}

const delimited: Format = {
  check: ({ csv }) => void csvBytes(csv),
  readHead: (path, { csv }, runtime) => readCsvHead(path, csv, runtime),
  cut: ({ size }, rangeBytes) => cutRanges(size, rangeBytes),
  scan: scanRange,
  plan: planFile,
  open: (runtime, params, inputs, used) => new CsvShard(runtime, params, inputs, used),
};

const jsonLines: Format = {
  lines: true,
  check: () => undefined,
  readHead: (path) => readJsonHead(path),
  cut: ({ size }, rangeBytes) => cutRanges(size, rangeBytes),
  scan: (params, runtime, beat) => scanLines(params, runtime, beat, NO_COMMENT),
  plan: planFile,
  open: (runtime, params, inputs, used) => new JsonShard(runtime, params, inputs, used),
};

const sparse = (format: SparseFormat, comment: number): Format => ({
  lines: true,
  check: () => undefined,
  readHead: (path) => readLineHead(path, format.fields),
  cut: ({ size }, rangeBytes) => cutRanges(size, rangeBytes),
  scan: (params, runtime, beat) => scanLines(params, runtime, beat, comment),
  plan: planFile,
  open: (runtime, params, inputs, used) => new SparseShard(format, runtime, params, inputs, used),
});

/** The one table of formats. */
const FORMATS: ReadonlyMap<FormatName, Format> = new Map([
  ["csv", delimited],
  ["tsv", delimited],
  ["jsonl", jsonLines],
  ["libsvm", sparse(LIBSVM, "#".charCodeAt(0))],
  ["vw", sparse(VW, NO_COMMENT)],
  ["parquet", tableFormat("parquet")],
  ["arrow", tableFormat("arrow")],
  ["arrow-stream", tableFormat("arrow-stream")],
]);

/** The reader of a format ("" is csv). @throws E_FORMAT (exit code 2) for one that is not read */
export function formatOf(name: string): Format {
  const format = FORMATS.get(name === "" ? "csv" : (name as FormatName));
  if (format !== undefined) return format;
  throw new CrossbillError("E_FORMAT", `data.format: ${JSON.stringify(name)} is not read by this version; it reads ${[...FORMATS.keys()].join(", ")}`, {
    exitCode: 2,
    details: { format: name },
  });
}
