import fs from "node:fs";
import { CrossbillError, type ErrorCode, v1 } from "@crossbill/messages";
import { type EncodedTexts, type TextEncoding, textEncoder } from "./encode-texts.js";
import type { SourceFormat } from "./format-names.js";
import { formatOf } from "./formats.js";
import { joinOpenHeads } from "./open-fields.js";
import { type FilePlan, RANGE_BYTES, type Shard } from "./plan-file.js";
import type { Head } from "./read-head.js";
import { type Runtime, withRuntime } from "./runtime.js";
import { shardRefs } from "./scan-files.js";
import type { ShardInput, ShardSource } from "./shard-source.js";
import { openSource, readInto } from "./source-bytes.js";
import { tableShards } from "./tables/table-texts.js";

/** A batch of rows of a file as texts. Valid until the next one. */
export interface SourceTexts {
  readonly rows: number;
  /** Why a row cannot be used (E_FIELD_COUNT, E_QUOTE, E_UTF8, E_JSON, E_LIBSVM, E_VW), or null. */
  problem(row: number): ErrorCode | null;
  /** Text of a wanted field as the file has it, texts that mean "no value" too; null where a format has no text at all. For rows without a problem. */
  text(field: number, row: number): string | null;
  /** The rows in terms of the columns that were asked for; null: there are none. */
  readonly encoded: EncodedTexts | null;
}

export interface ReadTextsOptions {
  /** Called once with the file's fields, before any row: the indices of those that are read. It may refuse the file by throwing. */
  wanted(fields: readonly string[]): readonly number[];
  /** Fields that `wanted` is going to look for: of a format whose rows say which fields they have, they are found wherever they stand. */
  readonly named?: readonly string[];
  take(batch: SourceTexts): Promise<void> | void;
  /** Columns with which the rows are encoded, too; their fields must be among the wanted ones. */
  readonly encoding?: TextEncoding;
  /** Of formats of one row a line: only the whole lines in the file's first so many bytes are looked at, if there are any; default: all. Others are read whole. */
  readonly beginning?: number;
  readonly signal?: AbortSignal;
  /** For tests; default {@link RANGE_BYTES}. */
  readonly rangeBytes?: number;
}

/**
 * All rows of one file, in order, in this thread: for rows that are scored, not learned from. A header without rows gives no batch.
 * @throws E_FILE_MISSING, E_EMPTY_FILE, E_ENCODING, E_HEADER, E_DUPLICATE_COLUMN, E_CSV_DIALECT, E_QUOTE_OPEN, E_JSON, E_INPUT_CHANGED, E_IO, E_ABORTED
 */
export async function readTexts(path: string, source: SourceFormat, options: ReadTextsOptions): Promise<void> {
  await withRuntime(async (runtime) => {
    const format = formatOf(source.format);
    format.check(source);
    const [whole] = joinOpenHeads([await format.readHead(path, source, runtime)], options.named ?? []) as [Head];
    const head = format.lines === true && options.beginning !== undefined ? firstLines(whole, options.beginning) : whole;
    const wanted = options.wanted(head.fields);
    const plan = await scanned(head, source, options.rangeBytes ?? RANGE_BYTES, runtime);
    const used = new Set(wanted.map((field) => head.fields[field]!));
    // Texts that mean "no value" stay as they stand.
    const plain = v1.CsvDialect.create(source.csv);
    plain.missing = [];
    const data = v1.DataSpec.create({ format: source.format, csv: plain });
    const encode = options.encoding === undefined ? null : textEncoder(runtime, head.fields, options.encoding);
    for await (const { shard, inputs } of shardsOf(head, plan, source, used, options.signal)) {
      const mark = runtime.arena.mark();
      try {
        const params = v1.ShardParams.create({
          data,
          fields: [...head.fields],
          offset: shard.range.offset,
          start: shard.start,
          end: shard.end,
          firstRow: shard.firstRow,
          firstLine: shard.firstLine,
          checksum: shard.checksum,
        });
        const text = await format.open(runtime, params, inputs, used);
        while (await text.next()) {
          if (options.signal?.aborted) throw new CrossbillError("E_ABORTED", "stopped by request", { cause: options.signal.reason });
          await options.take(batchOf(text, encode?.(text) ?? null));
        }
      } finally {
        runtime.arena.release(mark);
      }
    }
  });
}

async function* shardsOf(
  head: Head,
  plan: FilePlan | null,
  { format }: SourceFormat,
  used: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly shard: Shard; readonly inputs: readonly ShardInput[] }> {
  const { table } = formatOf(format);
  if (plan === null) return;
  if (table !== undefined) {
    yield* tableShards(
      table,
      head,
      head.fields.filter((name) => used.has(name)),
      signal,
    );
    return;
  }
  for (const shard of plan.shards)
    yield { shard, inputs: (await shardRefs(head.path, shard)).map(({ offset, length, sha256 }) => ({ path: head.path, offset, length, sha256 })) };
}

/** The head of a file that ends with the last line that ends in its first bytes. */
function firstLines(head: Head, bytes: number): Head {
  if (head.size <= bytes) return head;
  const file = openSource(head.path);
  try {
    const first = Buffer.alloc(bytes);
    readInto(file, head.path, first, 0);
    const size = first.lastIndexOf(10) + 1;
    return size <= head.dataStart ? head : { ...head, size };
  } finally {
    fs.closeSync(file);
  }
}

/** null: no rows. */
async function scanned(head: Head, { format: name, csv }: SourceFormat, rangeBytes: number, runtime: Runtime): Promise<FilePlan | null> {
  const format = formatOf(name);
  const ranges = format.cut(head, rangeBytes);
  const scans: v1.TextScan[] = [];
  for (const range of ranges) {
    const mark = runtime.arena.mark();
    try {
      const params = v1.ScanParams.create({ path: head.path, ...range, from: head.dataStart, size: head.size, csv, format: name });
      scans.push(await format.scan(params, runtime, () => undefined));
    } finally {
      runtime.arena.release(mark);
    }
  }
  try {
    return format.plan(head, ranges, scans);
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code === "E_NO_ROWS") return null;
    throw thrown;
  }
}

function batchOf(text: ShardSource, encoded: EncodedTexts | null): SourceTexts {
  const problems = new Map(text.problems().map(({ row, code }) => [row, code]));
  return { rows: text.rows, encoded, problem: (row) => problems.get(row) ?? null, text: (field, row) => text.text(field, row) };
}
