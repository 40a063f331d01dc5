import { ArrowFile } from "@crossbill/ingest";
import type { AtomicWriter } from "@crossbill/storage";
import type { RecordBatch } from "parquet-wasm";
import { PredictedColumns } from "./arrow-sink.js";
import type { RowSink } from "./row-sink.js";
import type { Predicted } from "./row-writer.js";

/** Rows of a row group. */
const FULL_ROWS = 2 ** 16;
/** Of an Arrow file, before what its stream form begins with too. */
const MAGIC_BYTES = 8;
const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** A Parquet file, compressed with Snappy. */
export function parquetSink(file: AtomicWriter, keep: readonly string[], classes: readonly string[]): RowSink {
  return new ParquetSink(file, new PredictedColumns(keep, classes));
}

class ParquetSink implements RowSink {
  readonly #columns: PredictedColumns;
  readonly #batches: WritableStreamDefaultWriter<RecordBatch>;
  /** Ends when the file is written, or with what kept it from that. */
  readonly #written: Promise<void>;
  #empty = true;

  constructor(file: AtomicWriter, columns: PredictedColumns) {
    this.#columns = columns;
    const { readable, writable } = new TransformStream<RecordBatch, RecordBatch>();
    this.#batches = writable.getWriter();
    this.#written = writeParquet(file, readable);
    // Said by flush or end.
    this.#written.catch(() => undefined);
  }

  row(kept: readonly (string | null)[], predicted: Predicted | null): void {
    this.#columns.push(kept, predicted);
  }

  get full(): boolean {
    return this.#columns.rows >= FULL_ROWS;
  }

  async flush(): Promise<void> {
    if (this.#columns.rows > 0) await this.#write();
  }

  async end(): Promise<void> {
    // A file without rows has its columns too.
    if (this.#columns.rows > 0 || this.#empty) await this.#write();
    await Promise.race([this.#batches.close(), this.#written]);
    await this.#written;
  }

  async abort(): Promise<void> {
    await this.#batches.abort().catch(() => undefined);
    await this.#written.catch(() => undefined);
  }

  async #write(): Promise<void> {
    this.#empty = false;
    const batch = await this.#recordBatch();
    this.#columns.clear();
    await Promise.race([this.#batches.write(batch), this.#written]);
  }

  async #recordBatch(): Promise<RecordBatch> {
    const { Table } = await import("parquet-wasm");
    const arrow = new ArrowFile(this.#columns.schema);
    // Pieces are valid until the next one is made.
    const pieces = [arrow.begin().slice(MAGIC_BYTES), arrow.batch(this.#columns.rows, this.#columns.columns()).slice(), END_OF_STREAM];
    return Table.fromIPCStream(Buffer.concat(pieces)).recordBatch(0)!;
  }
}

async function writeParquet(file: AtomicWriter, batches: ReadableStream<RecordBatch>): Promise<void> {
  const { Compression, transformParquetStream, WriterPropertiesBuilder } = await import("parquet-wasm");
  const options = new WriterPropertiesBuilder().setCompression(Compression.SNAPPY).setMaxRowGroupSize(FULL_ROWS).build();
  const bytes = (await transformParquetStream(batches, options)) as ReadableStream<Uint8Array>;
  for await (const piece of bytes) await file.write(piece);
}
