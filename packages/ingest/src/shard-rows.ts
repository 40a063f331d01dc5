import { type ColumnReader, fieldsOf, type PreparedBatch } from "@crossbill/columns";
import type { v1 } from "@crossbill/messages";
import { rejectLines } from "./reject-lines.js";
import { type JudgedRows, REJECTED, type RowReject, RowRules, ruleFields } from "./row-rules.js";
import type { Runtime } from "./runtime.js";
import { type ShardInput, ShardText } from "./shard-text.js";

/** One batch of a shard, judged. Valid until the next one. */
export interface RowBatch {
  readonly text: ShardText;
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
  readonly #text: ShardText;
  readonly #rules: RowRules;
  readonly #firstRow: number;

  /** @throws E_INPUT_CHANGED and what reading throws */
  constructor(runtime: Runtime, params: v1.ShardParams, inputs: readonly ShardInput[], reader: ColumnReader) {
    this.#text = new ShardText(runtime, params, inputs, new Set([
        ...neededFields(params.data, params.columns, params.fields, params.role),
        ...((params.foreign?.columns ?? []) as v1.ColumnSpec[]).flatMap((spec) => fieldsOf(spec, params.foreign?.columns as v1.ColumnSpec[])),
      ]));
    this.#rules = new RowRules(runtime, params);
    this.#reader = reader;
    this.#firstRow = params.firstRow;
  }

  next(): RowBatch | null {
    if (!this.#text.next()) return null;
    const text = this.#text;
    const firstRow = this.#firstRow + this.rowsRead;
    const judged = this.#rules.judge(text, firstRow);
    const prepared = this.#reader.prepare(text);
    const rejects = withColumns(judged, prepared);
    const lines = rejectLines(text, rejects, firstRow);
    for (const { code } of rejects) this.#rejects.set(code, (this.#rejects.get(code) ?? 0) + 1);
    this.rowsRead += text.rows;
    this.rowsRejected += rejects.length;
    return { text, prepared, judged, rejectLines: lines };
  }

  /** Rejected rows by reason, in order of the codes. */
  rejects(): { code: string; rows: number }[] {
    return [...this.#rejects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, rows]) => ({ code, rows }));
  }
}

/** Adds what the columns reject to what the rules did, which go first; by rising row. */
function withColumns(judged: JudgedRows, prepared: PreparedBatch): readonly RowReject[] {
  const added = prepared.rejects.filter(({ row }) => judged.parts[row] !== REJECTED);
  if (added.length === 0) return judged.rejects;
  for (const { row } of added) judged.parts[row] = REJECTED;
  return [...judged.rejects, ...added].sort((a, b) => a.row - b.row);
}

/** Slices that are fields of the data; the others name entries of columns. */
export function sliceFields(data: v1.DataSpec, fields: readonly string[]): string[] {
  return data.slices.filter((slice) => fields.includes(slice));
}

/** Every field that columns, rules and slices read. */
export function neededFields(data: v1.DataSpec, columns: readonly v1.ColumnSpec[], fields: readonly string[], role: v1.Part): string[] {
  return [...new Set([...columns.flatMap((spec) => fieldsOf(spec, columns)), ...ruleFields(data, role), ...sliceFields(data, fields)])];
}
