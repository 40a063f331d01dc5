import v8 from "node:v8";
import { Arena, createKernelMemory, instantiateKernels } from "@crossbill/kernels";
import { readFfiBatch } from "./arrow-ffi.js";
import { guarded } from "./arrow-messages.js";
import type { ColumnData } from "./column-data.js";
import type { TableRows } from "./convert-table.js";
import { FlatColumn, isFlat, NotFlat, takeScratch } from "./flat-column.js";
import type { ParquetLayout } from "./parquet-footer.js";
import { checkPages, MAX_GROUP } from "./parquet-pages.js";
import type { SourceFile } from "./source-file.js";
import { damagedTable, tableLimit } from "./table-error.js";
import { TABLE_ROWS } from "./table-format.js";
import { BATCH_BYTES, WINDOW } from "./table-writer.js";

/** Of the memory in which flat columns are read; the process has less. */
const MAX_MEMORY = 2 ** 30;

/** Columns of some rows. Valid until somebody waits. */
export interface ParquetBatch {
  readonly rows: number;
  /** In order of the fields. A flat one gives its next rows, the others hold them all. */
  readonly columns: readonly (ColumnData | FlatColumn)[];
  /** Rows that may be taken at once. */
  readonly window: number;
}

/** Takes the rows [from, batch.rows) of a batch, and says as it goes on how many more are taken. @throws NotFlat of flat columns */
type Take = (batch: ParquetBatch, from: number, onRows: (n: number) => void) => void;

/** Rows of a Parquet file, a row group at a time. Flat columns are read here, the others by the general decoder, which is slow, and slow to load. */
export class ParquetRows {
  readonly #file: SourceFile;
  readonly #layout: ParquetLayout;
  readonly #fields: readonly string[];
  readonly #beat: () => void;
  readonly #flat = new Map<string, FlatColumn>();
  /** Fields that turned out not to be flat. */
  readonly #notFlat = new Set<string>();
  #decoder: Promise<Decoder> | null = null;

  /** @param fields wanted, in order of the file */
  constructor(file: SourceFile, layout: ParquetLayout, fields: readonly string[], beat: () => void) {
    this.#file = file;
    this.#layout = layout;
    this.#fields = fields;
    this.#beat = beat;
    const memory = createKernelMemory(2 ** 20, MAX_MEMORY);
    const runtime = { arena: new Arena(memory), kernels: instantiateKernels(memory) };
    const scratch = takeScratch(runtime);
    for (const name of fields) {
      const field = layout.flat.get(name);
      if (field !== undefined) this.#flat.set(name, new FlatColumn(runtime, scratch, file, field));
    }
  }

  /**
   * Gives a row group batch by batch.
   * @throws E_CORRUPT, E_TABLE_LIMIT, E_IO
   */
  async read(group: number, take: Take, afterwards: () => Promise<void>): Promise<void> {
    const { rows, chunks } = this.#layout.groups[group]!;
    const fields = new Set(this.#fields);
    const wanted = chunks.filter((chunk) => fields.has(chunk.field));
    const bytes = wanted.reduce((sum, chunk) => sum + chunk.length, 0);
    if (bytes > MAX_GROUP)
      throw tableLimit(
        this.#file.path,
        `row group ${group} has ${bytes} bytes in the columns that are read; at most ${MAX_GROUP} are read at once: write smaller row groups`,
      );
    const flat = new Map<string, FlatColumn>();
    for (const chunk of wanted) {
      const pages = checkPages(this.#file, chunk);
      const column = this.#flat.get(chunk.field);
      if (column !== undefined && !this.#notFlat.has(chunk.field) && isFlat(chunk, pages)) {
        column.open(chunk, pages);
        flat.set(chunk.field, column);
      }
      this.#beat();
    }
    if (rows === 0) return;
    let done = 0;
    const count = (batch: ParquetBatch, from: number): void =>
      take(batch, from, (n) => {
        done += n;
      });
    try {
      await this.#read(group, rows, flat, count, afterwards);
    } catch (thrown) {
      if (!(thrown instanceof NotFlat)) throw thrown;
      // What was taken before is right. The general decoder goes on, or says what is wrong.
      this.#notFlat.add(thrown.field);
      await this.#read(group, rows, new Map(), count, afterwards, done);
    }
  }

  async #read(
    group: number,
    rows: number,
    flat: ReadonlyMap<string, FlatColumn>,
    take: (batch: ParquetBatch, from: number) => void,
    afterwards: () => Promise<void>,
    skip = 0,
  ): Promise<void> {
    const others = this.#fields.filter((name) => !flat.has(name));
    if (others.length === 0) {
      const columns = this.#fields.map((name) => flat.get(name)!);
      for (let from = 0; from < rows; from += TABLE_ROWS) {
        const n = Math.min(TABLE_ROWS, rows - from);
        take({ rows: n, columns, window: columns.reduce((sum, column) => sum + column.textBytes(n), 0) > BATCH_BYTES ? WINDOW : TABLE_ROWS }, 0);
        await afterwards();
      }
      return;
    }
    this.#decoder ??= openDecoder(this.#file);
    let seen = 0;
    for await (const batch of (await this.#decoder).read(group, others)) {
      const from = Math.min(batch.rows, Math.max(0, skip - seen));
      seen += batch.rows;
      if (from < batch.rows) take({ rows: batch.rows, columns: this.#ordered(batch, flat), window: WINDOW }, from);
      await afterwards();
    }
  }

  #ordered({ columns }: TableRows, flat: ReadonlyMap<string, FlatColumn>): (ColumnData | FlatColumn)[] {
    const byName = new Map<string, ColumnData | FlatColumn>([...columns.map((column) => [column.field.name, column] as const), ...flat]);
    return this.#fields.map((name) => byName.get(name)).filter((column) => column !== undefined);
  }
}

/** The general decoder, parquet-wasm. */
interface Decoder {
  /** Batches of the fields in their order in the file; views of the decoder's memory, which moves when it goes on. @throws E_CORRUPT */
  read(group: number, fields: readonly string[]): AsyncGenerator<TableRows>;
}

async function openDecoder(file: SourceFile): Promise<Decoder> {
  // This process lives for a second or two: to optimize the decoder's code takes longer than that saves. A V8 without that flag does without it.
  v8.setFlagsFromString("--wasm-tiering-budget=1000000000");
  const { ParquetFile, wasmMemory } = await import("parquet-wasm");
  const parquet = await decoding(file, "its footer", () => ParquetFile.fromFile(blobOf(file)));
  return {
    async *read(group, fields) {
      const where = `row group ${group}`;
      const stream = await decoding(file, where, () => parquet.stream({ rowGroups: [group], columns: [...fields], batchSize: TABLE_ROWS, concurrency: 1 }));
      const reader = stream.getReader();
      for (;;) {
        const { done, value } = await decoding(file, where, () => reader.read());
        if (done) return;
        const ffi = value.intoFFI();
        try {
          yield guarded(file, where, () => readFfiBatch(wasmMemory() as WebAssembly.Memory, ffi.schemaAddr(), ffi.arrayAddr()));
        } finally {
          ffi.free();
        }
      }
    },
  };
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
