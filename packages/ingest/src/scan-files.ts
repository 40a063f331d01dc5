import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { sha256File } from "@crossbill/storage";
import { type Executor, makeTask, runInOrder } from "@crossbill/tasks";
import type { SourceFormat } from "./format-names.js";
import { formatOf } from "./formats.js";
import type { SourceName } from "./partitions.js";
import type { FilePlan, Shard } from "./plan-file.js";
import type { Head } from "./read-head.js";
import { STEPS } from "./steps.js";

/** A source file once scanned. */
export interface PlannedFile {
  readonly source: SourceName;
  readonly head: Head;
  readonly plan: FilePlan;
  /** Local file of its bytes; empty until it is needed, where an earlier run knew the plan. */
  path: string;
  /** Of a format that is parsed apart, once that is done: the table of each shard. */
  readonly tables?: readonly v1.Ref[];
}

/**
 * Hashes all files, range by range, and cuts them into shards. Never cached: only the bytes themselves say whether they changed.
 * @throws E_NO_ROWS, E_INPUT_CHANGED, E_IO
 */
export async function scanFiles(
  sources: readonly SourceName[],
  heads: readonly Head[],
  options: { format: SourceFormat; rangeBytes: number; build: string; executor: Executor; signal?: AbortSignal; onScanned: (bytes: number) => void },
): Promise<PlannedFile[]> {
  const { build, executor, signal, rangeBytes } = options;
  const { format: name, csv } = options.format;
  const format = formatOf(name);
  const ranges = heads.map((head) => format.cut(head, rangeBytes));
  const jobs = ranges.flatMap((of, file) => of.map((range) => ({ file, range })));
  const tasks = jobs.map(({ file, range }) => {
    const { path, size, dataStart } = heads[file]!;
    const params = v1.ScanParams.create({ path, ...range, from: dataStart, size, csv, format: name });
    return makeTask({ step: STEPS.scan, params: encodeMessage(v1.ScanParams, params), inputs: [], build });
  });
  const results = await runInOrder(executor, tasks, {
    ...(signal === undefined ? {} : { signal }),
    onDone: ({ index }) => options.onScanned(jobs[index]!.range.length),
  });
  const scans = results.map((result) => decodeMessage(v1.TextScan, result.summary, "result of ingest.scan"));
  let at = 0;
  return heads.map((head, file) => {
    const of = scans.slice(at, at + ranges[file]!.length);
    at += of.length;
    return { source: sources[file]!, head, plan: format.plan(head, ranges[file]!, of), path: head.path };
  });
}

/** What a shard reads: its range, and what of its last row lies behind it. */
export async function shardRefs(path: string, shard: Shard): Promise<v1.Ref[]> {
  const { offset, length } = shard.range;
  const refs = [v1.Ref.create({ uri: path, offset, length, sha256: shard.sha256 })];
  const tail = shard.end - offset - length;
  if (tail > 0) refs.push(v1.Ref.create({ uri: path, offset: offset + length, length: tail, sha256: await sha256File(path, offset + length, tail) }));
  return refs;
}
