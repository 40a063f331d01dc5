import { type ColumnReader, fieldsOf, fitFieldsOf, type PreparedBatch } from "@crossbill/columns";
import { CrossbillError, decodeMessage, v1 } from "@crossbill/messages";
import { readWhole, sha256Hex } from "@crossbill/storage";
import { formatOf } from "./formats.js";
import { HistorySource } from "./history-source.js";
import type { Outliers } from "./outliers.js";
import { rejectLines } from "./reject-lines.js";
import { type JudgedRows, REJECTED, type RowReject, RowRules, ruleFields } from "./row-rules.js";
import type { Runtime } from "./runtime.js";
import type { ShardInput, ShardSource } from "./shard-source.js";

/** One batch of a shard, judged. Valid until the next one. */
export interface RowBatch {
  readonly text: ShardSource;
  readonly prepared: PreparedBatch;
  readonly judged: JudgedRows;
  /** JSON lines of its rejected rows. */
  readonly rejectLines: string;
}

/** All rows of a shard, batch by batch, and what was counted so far. */
export class ShardRows {
  readonly #reader: ColumnReader;
  rowsRead = 0;
  rowsRejected = 0;
  readonly #rejects = new Map<string, number>();
  readonly #text: ShardSource;
  readonly #rules: RowRules;
  readonly #firstRow: number;
  readonly #outliers: Outliers | null;

  /**
   * @param used fields that will be asked for: {@link fitFields} or {@link encodeFields}
   * @param outliers judges, where the columns' bounds are known
   * @throws E_INPUT_CHANGED and what reading throws
   */
  static async open(
    runtime: Runtime,
    params: v1.ShardParams,
    inputs: readonly ShardInput[],
    reader: ColumnReader,
    used: ReadonlySet<string>,
    outliers: Outliers | null = null,
  ): Promise<ShardRows> {
    return new ShardRows(await openSource(runtime, params, inputs, used), new RowRules(runtime, params), reader, params.firstRow, outliers);
  }

  private constructor(text: ShardSource, rules: RowRules, reader: ColumnReader, firstRow: number, outliers: Outliers | null) {
    this.#text = text;
    this.#rules = rules;
    this.#reader = reader;
    this.#firstRow = firstRow;
    this.#outliers = outliers;
  }

  async next(): Promise<RowBatch | null> {
    if (!(await this.#text.next())) return null;
    const text = this.#text;
    const firstRow = this.#firstRow + this.rowsRead;
    const judged = this.#rules.judge(text, firstRow);
    const prepared = this.#reader.prepare(text);
    const accepted = withMore(judged.rejects, prepared.rejects, judged);
    const rejects = this.#outliers === null ? accepted : withMore(accepted, this.#outliers.judge(prepared, judged.parts), judged);
    const lines = rejectLines(text, rejects, firstRow);
    for (const { code } of rejects) this.#rejects.set(code, (this.#rejects.get(code) ?? 0) + 1);
    this.rowsRead += text.rows;
    this.rowsRejected += rejects.length;
    return { text, prepared, judged, rejectLines: lines };
  }

  /** Whether the state has learned from a row of the last batch already: it was a training row under an earlier cut. */
  wasCounted(row: number): boolean {
    return this.#rules.wasCounted(row);
  }

  /** Rejected rows by reason, in order of the codes. */
  rejects(): { code: string; rows: number }[] {
    return [...this.#rejects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, rows]) => ({ code, rows }));
  }
}

/** Adds further reasons to those before, which go first; by rising row. */
function withMore(before: readonly RowReject[], more: readonly RowReject[], { parts }: JudgedRows): readonly RowReject[] {
  const added = more.filter(({ row }) => parts[row] !== REJECTED);
  if (added.length === 0) return before;
  for (const { row } of added) parts[row] = REJECTED;
  return [...before, ...added].sort((a, b) => a.row - b.row);
}

/** The shard's rows; where the data have histories, the last input holds theirs. */
async function openSource(runtime: Runtime, params: v1.ShardParams, inputs: readonly ShardInput[], used: ReadonlySet<string>): Promise<ShardSource> {
  const names = params.data.histories.map(({ name }) => name);
  const format = formatOf(params.data.format);
  if (names.length === 0) return format.open(runtime, params, inputs, used);
  const own = v1.ShardParams.create(params);
  own.fields = params.fields.slice(0, -names.length);
  const source = await format.open(runtime, own, inputs.slice(0, -1), used);
  return new HistorySource(runtime, source, names, await readHistoryLists(inputs.at(-1)!));
}

async function readHistoryLists({ path, sha256 }: ShardInput): Promise<v1.HistoryLists> {
  const bytes = await readWhole(path);
  if (sha256Hex(bytes) !== sha256)
    throw new CrossbillError("E_CORRUPT", `${path}: not the histories that were merged; run again with --fresh`, { details: { path } });
  return decodeMessage(v1.HistoryLists, bytes, path);
}

/** Slices that are fields of the data; the others name entries of columns. */
export function sliceFields(data: v1.DataSpec, fields: readonly string[]): string[] {
  return data.slices.filter((slice) => fields.includes(slice));
}

/** Every field that the first pass reads: those that columns learn from, or that may reject a row. */
export function fitFields({ data, columns, role }: v1.ShardParams): Set<string> {
  return new Set([...fitFieldsOf(columns), ...ruleFields(data, role)]);
}

/** Every field that the second pass reads: those of columns, rules and slices. */
export function encodeFields({ data, columns, fields, role, foreign }: v1.ShardParams): Set<string> {
  const others = foreign?.columns ?? [];
  return new Set([
    ...columns.flatMap((spec) => fieldsOf(spec, columns)),
    ...others.flatMap((spec) => fieldsOf(spec, others)),
    ...ruleFields(data, role),
    ...sliceFields(data, fields),
  ]);
}

/** Every field that the pass of histories reads: all that may reject a row, and the histories' own. */
export function historyFields(params: v1.ShardParams): Set<string> {
  return new Set([...encodeFields(params), ...params.data.histories.flatMap(({ by, of, order }) => [by, of, order])]);
}
