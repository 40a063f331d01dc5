import { type ArrowColumn, ArrowFile, type ArrowSchema, NumberColumn, TextColumn } from "@crossbill/ingest";
import type { AtomicWriter } from "@crossbill/storage";
import type { RowSink } from "./row-sink.js";
import { type Predicted, predictedNames } from "./row-writer.js";

/** Rows of a record batch. */
const FULL_ROWS = 2 ** 14;

/** The columns of predicted rows: texts that were kept, the class's name as text, probabilities and other predictions as float64; all nullable. */
export class PredictedColumns {
  readonly schema: ArrowSchema;
  readonly #kept: readonly TextColumn[];
  readonly #predicted: readonly (TextColumn | NumberColumn)[];
  rows = 0;

  constructor(keep: readonly string[], classes: readonly string[]) {
    const names = predictedNames(classes);
    this.#kept = keep.map(() => new TextColumn());
    this.#predicted = names.map((_, i) => (classes.length > 0 && i === 0 ? new TextColumn() : new NumberColumn()));
    this.schema = {
      fields: [...keep, ...names].map((name, i) => ({
        name,
        type: i < keep.length || this.#predicted[i - keep.length] instanceof TextColumn ? ("text" as const) : ("float64" as const),
        nullable: true,
      })),
      metadata: [],
    };
  }

  push(kept: readonly (string | null)[], predicted: Predicted | null): void {
    this.rows++;
    for (const [i, column] of this.#kept.entries()) column.push(kept[i] ?? null);
    for (const [i, column] of this.#predicted.entries()) {
      const value = predicted?.[i] ?? null;
      if (column instanceof TextColumn) column.push(value === null ? null : String(value));
      else column.push(value === null ? null : Number(value));
    }
  }

  /** Valid until the next row. */
  columns(): ArrowColumn[] {
    return [...this.#kept, ...this.#predicted].map((column) => column.column());
  }

  clear(): void {
    this.rows = 0;
    for (const column of [...this.#kept, ...this.#predicted]) column.clear();
  }
}

/** An Arrow IPC file. */
export class ArrowSink implements RowSink {
  readonly #file: AtomicWriter;
  readonly #columns: PredictedColumns;
  readonly #arrow: ArrowFile;
  #begun = false;

  constructor(file: AtomicWriter, keep: readonly string[], classes: readonly string[]) {
    this.#file = file;
    this.#columns = new PredictedColumns(keep, classes);
    this.#arrow = new ArrowFile(this.#columns.schema);
  }

  row(kept: readonly (string | null)[], predicted: Predicted | null): void {
    this.#columns.push(kept, predicted);
  }

  get full(): boolean {
    return this.#columns.rows >= FULL_ROWS;
  }

  async flush(): Promise<void> {
    if (!this.#begun) await this.#file.write(this.#arrow.begin());
    this.#begun = true;
    if (this.#columns.rows === 0) return;
    const bytes = this.#arrow.batch(this.#columns.rows, this.#columns.columns());
    this.#columns.clear();
    await this.#file.write(bytes);
  }

  async end(): Promise<void> {
    await this.flush();
    await this.#file.write(this.#arrow.end());
  }

  async abort(): Promise<void> {}
}
