import { CrossbillError } from "@crossbill/messages";
import { ArrowBatches } from "./arrow-batch.js";
import { type ArrowLayout, guarded, readArrowLayout } from "./arrow-messages.js";
import type { TableFormatName, TableLayout, TablePieceMade, TableRequest } from "./child-protocol.js";
import { type ColumnData, type ColumnField, typeName } from "./column-data.js";
import type { FlatColumn } from "./flat-column.js";
import { isNumber, NumberSink } from "./number-sink.js";
import { readParquetLayout } from "./parquet-footer.js";
import { SourceFile } from "./source-file.js";
import { damagedTable, tableLimit, unsupportedTable } from "./table-error.js";
import { TABLE_ROWS } from "./table-format.js";
import { TableWriter, WINDOW } from "./table-writer.js";
import { TextSink } from "./text-sink.js";

/** What tables may take on the disk: this, and so many times the bytes they are made of. */
const SPOOL_BYTES = 2 ** 31;
const SPOOL_TIMES = 256;

/** Columns of some rows. Valid until somebody waits. */
export interface TableRows {
  readonly rows: number;
  readonly columns: readonly ColumnData[];
}

/** Fields and row groups of a foreign file, which is checked as far as that goes. @throws E_CORRUPT, E_TABLE_TYPE, E_TABLE_LIMIT, E_IO, E_DUPLICATE_COLUMN */
export function describeTable(format: TableFormatName, path: string): TableLayout {
  return withFile(path, (file) => {
    const layout = format === "parquet" ? describeParquet(file) : describeArrow(readArrowLayout(file, format === "arrow-stream"));
    const twice = layout.fields.find((name, i) => layout.fields.indexOf(name) !== i);
    if (twice !== undefined)
      throw new CrossbillError("E_DUPLICATE_COLUMN", `${path}: several fields are named ${JSON.stringify(twice)}; names must differ`, {
        details: { path, field: twice },
      });
    const rows = layout.groups.reduce((sum, group) => sum + group.rows, 0);
    if (!Number.isSafeInteger(rows)) throw damagedTable(path, `it says that it has ${rows} rows`);
    return layout;
  });
}

function describeParquet(file: SourceFile): TableLayout {
  const { fields, groups } = readParquetLayout(file);
  return { fields, groups: groups.map(({ rows, bytes }) => ({ rows, bytes })) };
}

function describeArrow({ fields, messages }: ArrowLayout): TableLayout {
  return { fields: fields.map(({ name }) => name), groups: messages.filter(({ kind }) => kind === "batch").map(({ rows, body }) => ({ rows, bytes: body })) };
}

function withFile<T>(path: string, use: (file: SourceFile) => T): T {
  const file = new SourceFile(path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

type Convert = Extract<TableRequest, { kind: "convert" }>;

/** Reads row groups [from, to) of a foreign file and writes table files. @throws as describeTable; E_NO_SPACE */
export async function convertTable(request: Convert, beat: () => void, onPiece: (piece: TablePieceMade) => void): Promise<void> {
  const file = new SourceFile(request.path);
  const run = new Conversion(request, file, beat, onPiece);
  try {
    if (request.format === "parquet") await run.parquet();
    else await run.arrow();
    await run.finish();
  } catch (thrown) {
    await run.abort();
    throw thrown;
  } finally {
    file.close();
  }
}

class Conversion {
  readonly #request: Convert;
  readonly #file: SourceFile;
  readonly #beat: () => void;
  readonly #onPiece: (piece: TablePieceMade) => void;
  #writer: TableWriter | null = null;
  /** Of each field, for rows of columns that are not flat. */
  #sinks: readonly (NumberSink | TextSink)[] = [];

  constructor(request: Convert, file: SourceFile, beat: () => void, onPiece: (piece: TablePieceMade) => void) {
    this.#request = request;
    this.#file = file;
    this.#beat = beat;
    this.#onPiece = onPiece;
  }

  async parquet(): Promise<void> {
    const { from, to, fields } = this.#request;
    const layout = readParquetLayout(this.#file);
    const groups = layout.groups.slice(from, to);
    const limit = this.#limit(
      groups.reduce((sum, group) => sum + group.rows, 0),
      groups.reduce((sum, group) => sum + group.chunks.reduce((bytes, chunk) => bytes + chunk.length, 0), 0),
    );
    const { ParquetRows } = await import("./parquet-rows.js");
    const rows = new ParquetRows(this.#file, layout, fields, this.#beat);
    for (let group = from; group < to; group++) {
      let read = 0;
      await rows.read(
        group,
        (batch, first, onRows) =>
          guarded(this.#file, `row group ${group}`, () =>
            this.#take(batch.columns, first, batch.rows, batch.window, (n) => {
              read += n;
              onRows(n);
            }),
          ),
        () => this.#drain(limit),
      );
      const { rows: expected } = layout.groups[group]!;
      if (read !== expected) throw damagedTable(this.#file.path, `row group ${group} holds ${read} rows, the footer says ${expected}`);
    }
  }

  async arrow(): Promise<void> {
    const { from, to, fields, format } = this.#request;
    const layout = readArrowLayout(this.#file, format === "arrow-stream");
    const batches = layout.messages.filter(({ kind }) => kind === "batch").slice(from, to);
    const limit = this.#limit(
      batches.reduce((sum, batch) => sum + batch.rows, 0),
      batches.reduce((sum, batch) => sum + batch.body, 0),
    );
    let index = from;
    for (const batch of new ArrowBatches(this.#file, layout).read(from, to, new Set(fields))) {
      for (let row = 0; row < batch.rows; row += TABLE_ROWS) {
        guarded(this.#file, `record batch ${index}`, () => this.#take(batch.columns, row, Math.min(batch.rows, row + TABLE_ROWS), WINDOW, () => undefined));
        await this.#drain(limit);
      }
      index++;
    }
    if (index !== to) throw damagedTable(this.#file.path, `it has ${index} record batches, ${to} are needed`);
  }

  async finish(): Promise<void> {
    await this.#writer?.finish();
  }

  async abort(): Promise<void> {
    await this.#writer?.abort();
  }

  /** Bytes that the tables may take. @throws E_TABLE_LIMIT where the rows alone take more */
  #limit(rows: number, bytes: number): number {
    const limit = SPOOL_BYTES + SPOOL_TIMES * bytes;
    if (4 * rows * Math.max(1, this.#request.fields.length) > limit)
      throw this.#tooMuch(limit, `${rows} rows of ${this.#request.fields.length} fields from ${bytes} bytes`);
    return limit;
  }

  #tooMuch(limit: number, what: string): CrossbillError {
    return tableLimit(
      this.#file.path,
      `it unfolds to more than ${limit} bytes (${what}), which is the limit: ${SPOOL_BYTES} and ${SPOOL_TIMES} times what is read`,
    );
  }

  /** Rows [from, to) of columns; flat ones give their next ones. */
  #take(columns: readonly (ColumnData | FlatColumn)[], from: number, to: number, window: number, onRows: (n: number) => void): void {
    this.#writer ??= this.#open(columns.map(({ field }) => field));
    const writer = this.#writer;
    writer.use(columns.map((column, i) => ("sink" in column ? column.sink : this.#sinks[i]!)));
    const put = (i: number, done: number, n: number, row: number): void => {
      const column = columns[i]!;
      if ("sink" in column) column.take(n, row);
      else this.#sinks[i]!.append(column, from + done, from + done + n, row);
    };
    writer.append(to - from, put, window, onRows);
    this.#beat();
  }

  #open(fields: readonly ColumnField[]): TableWriter {
    const { fields: wanted, prefix, tableBytes } = this.#request;
    const bad = fields.find(unread);
    if (bad !== undefined) throw unsupportedTable(this.#file.path, `field ${JSON.stringify(bad.name)} has the type ${typeName(bad)}, which is not read`);
    if (fields.length !== wanted.length || fields.some(({ name }, i) => name !== wanted[i]))
      throw damagedTable(this.#file.path, `it gave the fields ${fields.map(({ name }) => name).join(", ")}, not ${wanted.join(", ")}`);
    const writer = new TableWriter(fields, (piece) => `${prefix}${piece}`, tableBytes, this.#onPiece);
    this.#sinks = fields.map(({ type }) => (isNumber(type) ? new NumberSink() : new TextSink(writer.reject)));
    return writer;
  }

  async #drain(limit: number): Promise<void> {
    const writer = this.#writer!;
    if (writer.bytes > limit) throw this.#tooMuch(limit, `${writer.bytes} so far`);
    await writer.drain();
  }
}

/** Whether there is a type in it that is not read. */
function unread(field: ColumnField): boolean {
  return field.type.kind === "other" || field.children.some(unread);
}
