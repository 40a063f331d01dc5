import { type ParquetFile as File, ParquetFile, wasmMemory } from "parquet-wasm";
import { readFfiBatch } from "./arrow-ffi.js";
import { guarded } from "./arrow-messages.js";
import type { ColumnData } from "./column-data.js";
import type { TableRows } from "./convert-table.js";
import type { ParquetLayout } from "./parquet-footer.js";
import { checkPages, MAX_GROUP } from "./parquet-pages.js";
import type { SourceFile } from "./source-file.js";
import { damagedTable, tableLimit } from "./table-error.js";
import { TABLE_ROWS } from "./table-format.js";

/** Rows of a Parquet file, a row group at a time. */
export class ParquetRows {
  readonly #file: SourceFile;
  readonly #layout: ParquetLayout;
  readonly #fields: readonly string[];
  readonly #beat: () => void;
  readonly #parquet: File;

  private constructor(file: SourceFile, layout: ParquetLayout, fields: readonly string[], beat: () => void, parquet: File) {
    this.#file = file;
    this.#layout = layout;
    this.#fields = fields;
    this.#beat = beat;
    this.#parquet = parquet;
  }

  /** @param fields wanted, in order of the file */
  static async open(file: SourceFile, layout: ParquetLayout, fields: readonly string[], beat: () => void): Promise<ParquetRows> {
    const parquet = await decoding(file, "its footer", () => ParquetFile.fromFile(blobOf(file)));
    return new ParquetRows(file, layout, fields, beat, parquet);
  }

  /**
   * Gives a row group batch by batch. The columns are views of the decoder's memory, which moves when it goes on: `take` is done with them when it returns.
   * @throws E_CORRUPT, E_TABLE_LIMIT, E_IO
   */
  async read(group: number, take: (batch: TableRows) => void, afterwards: () => Promise<void>): Promise<void> {
    const { rows, chunks } = this.#layout.groups[group]!;
    const fields = new Set(this.#fields);
    const wanted = chunks.filter((chunk) => fields.has(chunk.field));
    const bytes = wanted.reduce((sum, chunk) => sum + chunk.length, 0);
    if (bytes > MAX_GROUP)
      throw tableLimit(
        this.#file.path,
        `row group ${group} has ${bytes} bytes in the columns that are read; at most ${MAX_GROUP} are read at once: write smaller row groups`,
      );
    for (const chunk of wanted) {
      checkPages(this.#file, chunk);
      this.#beat();
    }
    if (rows === 0) return;
    if (fields.size === 0) {
      take({ rows, columns: [] });
      await afterwards();
      return;
    }
    const where = `row group ${group}`;
    const stream = await decoding(this.#file, where, () =>
      this.#parquet.stream({ rowGroups: [group], columns: [...this.#fields], batchSize: TABLE_ROWS, concurrency: 1 }),
    );
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await decoding(this.#file, where, () => reader.read());
      if (done) return;
      const ffi = value.intoFFI();
      try {
        take(this.#ordered(guarded(this.#file, where, () => readFfiBatch(wasmMemory() as WebAssembly.Memory, ffi.schemaAddr(), ffi.arrayAddr()))));
      } finally {
        ffi.free();
      }
      await afterwards();
    }
  }

  #ordered({ rows, columns }: TableRows): TableRows {
    const byName = new Map(columns.map((column) => [column.field.name, column]));
    return { rows, columns: this.#fields.map((name) => byName.get(name)).filter((column): column is ColumnData => column !== undefined) };
  }
}

/** Only what the reader asks of a Blob: Node's own joins its pieces, which takes as long as to decode them. */
function blobOf(file: SourceFile): Blob {
  const slice = (from = 0, to = file.size) => ({ size: to - from, arrayBuffer: () => Promise.resolve(file.read(from, to - from).buffer) });
  return { size: file.size, slice } as unknown as Blob;
}

/** Runs a step of the decoder; whatever it throws is said of the file. */
async function decoding<T>(file: SourceFile, where: string, step: () => Promise<T> | T): Promise<T> {
  try {
    return await step();
  } catch (thrown) {
    throw damagedTable(file.path, `${where} cannot be decoded: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
