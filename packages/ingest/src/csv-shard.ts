import { CSV_DIALECT_BYTES, CSV_FLAGS, csvDialectBlock } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode, type v1 } from "@crossbill/messages";
import { csvBytes } from "./dialect.js";
import type { Runtime } from "./runtime.js";
import type { RowProblem, ShardInput } from "./shard-source.js";
import { TextShard } from "./text-shard.js";

/** A shard of delimited text. */
export class CsvShard extends TextShard {
  readonly #block: number;
  readonly #out: number;
  readonly #rowFields: number;

  constructor(runtime: Runtime, params: v1.ShardParams, inputs: readonly ShardInput[], used: ReadonlySet<string>) {
    super(runtime, params, inputs, used);
    const { arena } = runtime;
    this.#block = arena.take(CSV_DIALECT_BYTES);
    arena.u8(this.#block, CSV_DIALECT_BYTES).set(csvDialectBlock(csvBytes(params.data.csv)));
    this.#out = arena.take(4);
    this.#rowFields = arena.take(4 * this.room.maxRows);
  }

  protected readRows(): number {
    const { arena, kernels } = this.runtime;
    const { slots, starts, lengths, stride, rowStarts, rowLengths, rowFlags, maxRows } = this.room;
    const rows = kernels.csv_rows(
      this.#out,
      this.position,
      this.end,
      this.#block,
      slots,
      this.fields.length,
      starts,
      lengths,
      stride,
      rowStarts,
      rowLengths,
      rowFlags,
      this.#rowFields,
      maxRows,
    );
    this.position = arena.u32(this.#out, 1)[0]!;
    return rows;
  }

  protected countLines(from: number, to: number): number {
    return this.runtime.kernels.csv_lines(from, to, this.end);
  }

  protected changed(row: number): boolean {
    return (this.flags()[row]! & CSV_FLAGS.UNESCAPED) !== 0;
  }

  problems(): RowProblem[] {
    const bad = CSV_FLAGS.FIELD_COUNT | CSV_FLAGS.QUOTE | CSV_FLAGS.UTF8;
    const problems: RowProblem[] = [];
    const rows = this.flags();
    for (let row = 0; row < rows.length; row++) {
      const flags = rows[row]!;
      if ((flags & bad) === 0) continue;
      if ((flags & CSV_FLAGS.OPEN) !== 0) {
        const { line, lines } = this.place(row);
        if (lines > 1) throw openQuote(this.path, line, lines);
      }
      problems.push({ row, code: (flags & CSV_FLAGS.UTF8) !== 0 ? "E_UTF8" : (flags & CSV_FLAGS.QUOTE) !== 0 ? "E_QUOTE" : "E_FIELD_COUNT" });
    }
    return problems;
  }

  reason(row: number, code: ErrorCode): string {
    if (code === "E_UTF8") return "not valid UTF-8";
    if (code === "E_QUOTE") return "malformed quotes: text behind a closing quote, or no closing quote";
    return `${this.runtime.arena.u32(this.#rowFields, this.rows)[row]} fields, ${this.fields.length} expected`;
  }
}

function openQuote(path: string, line: number, lines: number): CrossbillError {
  return new CrossbillError(
    "E_QUOTE_OPEN",
    `${path}: the quoted field in the row that begins in line ${line} is never closed and swallows ${lines} lines up to the end of the file; close it, or set csv.quote to null if quotes are ordinary`,
    {
      details: { path, line, lines },
    },
  );
}
