import { CrossbillError } from "@crossbill/messages";
import type { AtomicWriter } from "@crossbill/storage";
import { ArrowSink } from "./arrow-sink.js";
import { parquetSink } from "./parquet-sink.js";
import { csvWriter, jsonlWriter, type Predicted, predictedNames, type RowWriter } from "./row-writer.js";

/** Where predicted rows go, in memory for some rows. After an error `abort`. */
export interface RowSink {
  /** `kept` as the input has them (null: no value); `predicted` null: the row was rejected. */
  row(kept: readonly (string | null)[], predicted: Predicted | null): void;
  /** Whether it is time to {@link flush}. */
  readonly full: boolean;
  /** Writes the rows so far. @throws E_IO, E_NO_SPACE */
  flush(): Promise<void>;
  /** Writes the rest and the end. @throws E_IO, E_NO_SPACE */
  end(): Promise<void>;
  abort(): Promise<void>;
}

/** Makes the sink of a format. @param keep names of the fields that are kept; the predicted columns come behind them */
export type RowSinkFormat = (file: AtomicWriter, keep: readonly string[], classes: readonly string[]) => RowSink;

const FORMATS: ReadonlyMap<string, RowSinkFormat> = new Map<string, RowSinkFormat>([
  ["csv", (file, keep, classes) => new TextSink(file, csvWriter(keep, predictedNames(classes)))],
  ["jsonl", (file, keep, classes) => new TextSink(file, jsonlWriter(keep, predictedNames(classes)))],
  ["arrow", (file, keep, classes) => new ArrowSink(file, keep, classes)],
  ["parquet", parquetSink],
]);

/** By the extension of `output`. @throws E_FORMAT (exit code 2) for another one */
export function rowSinkFormat(output: string): RowSinkFormat {
  const extension = /\.([^./\\]*)$/.exec(output)?.[1]?.toLowerCase() ?? "";
  const format = FORMATS.get(extension);
  if (format !== undefined) return format;
  throw new CrossbillError(
    "E_FORMAT",
    `${output}: predictions are written as ${[...FORMATS.keys()].join(", ")}, told by the extension; got ${extension === "" ? "none" : `"${extension}"`}`,
    { exitCode: 2 },
  );
}

const FULL_CHARACTERS = 2 ** 20;

class TextSink implements RowSink {
  readonly #file: AtomicWriter;
  readonly #writer: RowWriter;
  #text: string;

  constructor(file: AtomicWriter, writer: RowWriter) {
    this.#file = file;
    this.#writer = writer;
    this.#text = writer.head();
  }

  row(kept: readonly (string | null)[], predicted: Predicted | null): void {
    this.#text += this.#writer.row(kept, predicted);
  }

  get full(): boolean {
    return this.#text.length >= FULL_CHARACTERS;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text !== "") await this.#file.write(Buffer.from(text));
  }

  end(): Promise<void> {
    return this.flush();
  }

  async abort(): Promise<void> {}
}
