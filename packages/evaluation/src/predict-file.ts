import path from "node:path";
import { formatByName, readTexts, type SourceFormat, type SourceTexts, Spool, shownSource } from "@crossbill/ingest";
import { CrossbillError, type ErrorCode, v1 } from "@crossbill/messages";
import type { Model, Row } from "@crossbill/models";
import { atomicWrite } from "@crossbill/storage";
import { type RowSink, rowSinkFormat } from "./row-sink.js";
import type { Predicted } from "./row-writer.js";

export interface PredictFileOptions {
  readonly model: Model;
  /** Files (compressed ones, too), `-` for standard input, addresses; read in the given order. */
  readonly input: string | readonly string[];
  /** `*.csv`, `*.jsonl`, `*.arrow` or `*.parquet`. */
  readonly output: string;
  /** Fields of the input that are written before the prediction. */
  readonly keep?: readonly string[];
  /** How a file is read. Default: by its extension, delimited text with a header and the quote `"`. */
  readonly format?: (file: string) => SourceFormat;
  readonly signal?: AbortSignal;
  /** Where plain local files are made of inputs that are none; default: one of its own beside the output. */
  readonly spool?: Spool;
  /** Called now and then. */
  readonly onProgress?: (rows: number) => void;
}

export interface PredictedFile {
  readonly read: number;
  /** As many as were read: a rejected row is written with an empty prediction, so that rows stay aligned. */
  readonly written: number;
  readonly rejected: number;
  /** Rejected rows by code. */
  readonly rejects: Readonly<Record<string, number>>;
  /** By vocabulary column: rows whose value has no weight of its own, as training did not hold it or gave it none. */
  readonly unseen: Readonly<Record<string, number>>;
}

const REJECTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["E_NUMBER", "E_MISSING", "E_LOG_RANGE", "E_IDENTITY_RANGE", "E_LIST", "E_CROSS_ITEMS"]);

/**
 * Scores the rows of files: the same rows out, in the same order, with the column `prediction`, or of several classes `class` and a `probability:<class>` for each. The output appears when all of it is written, or not at all.
 * @throws E_FORMAT (exit code 2) for another extension of input or output; E_COLUMN_MISSING when the input lacks a field that the model reads or
 * that is to be kept; E_FILE_MISSING, E_EMPTY_FILE and what reading throws; E_NO_SPACE, E_IO; E_ABORTED
 */
export async function predictFile(options: PredictFileOptions): Promise<PredictedFile> {
  const { model, output, keep = [] } = options;
  const inputs = typeof options.input === "string" ? [options.input] : options.input;
  const sinkOf = rowSinkFormat(output);
  const format = options.format ?? plainFormat;
  const run = new PredictRun(model, keep);
  const spool = options.spool ?? new Spool({ folder: path.dirname(path.resolve(output)) });
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const write = (): Promise<unknown> =>
    atomicWrite(output, async (file) => {
      const sink = sinkOf(file, keep, model.classes);
      try {
        for (const input of inputs) {
          let batches = 0;
          const [local] = await spool.plain([input], { executor: null, build: "", ...signal });
          await readTexts(local!, format(input), {
            wanted: (fields) => run.open(shownSource(input), fields),
            named: [...model.data.fields, ...keep],
            take: async (batch) => {
              await run.take(batch, sink);
              if (++batches % 8 === 0) options.onProgress?.(run.read);
            },
            ...signal,
          });
        }
        await sink.end();
      } catch (thrown) {
        await sink.abort();
        throw thrown;
      }
    });
  try {
    await spool.naming(write);
  } finally {
    if (options.spool === undefined) await spool.close();
  }
  return run.counts();
}

function plainFormat(file: string): SourceFormat {
  const format = formatByName(shownSource(file)) ?? "csv";
  return { format, csv: v1.CsvDialect.create({ delimiter: format === "tsv" ? "\t" : ",", header: true, quote: '"', missing: [""] }) };
}

class PredictRun {
  read = 0;
  readonly #model: Model;
  readonly #keep: readonly string[];
  readonly #rejects = new Map<string, number>();
  readonly #unseen = new Map<string, number>();
  #fields: readonly { readonly name: string; readonly index: number }[] = [];
  #kept: readonly number[] = [];

  constructor(model: Model, keep: readonly string[]) {
    this.#model = model;
    this.#keep = keep;
  }

  /** Indices of the fields that are read. */
  open(path: string, fields: readonly string[]): number[] {
    const indexOf = (name: string, why: string): number => {
      const index = fields.indexOf(name);
      if (index >= 0) return index;
      throw new CrossbillError(
        "E_COLUMN_MISSING",
        `${path}: has no field ${JSON.stringify(name)}, which ${why}; it has ${fields
          .slice(0, 50)
          .map((field) => JSON.stringify(field))
          .join(", ")}`,
        { details: { path, field: name } },
      );
    };
    this.#fields = this.#model.data.fields.map((name) => ({ name, index: indexOf(name, "the model reads") }));
    this.#kept = this.#keep.map((name) => indexOf(name, "is to be kept"));
    return [...new Set([...this.#fields.map(({ index }) => index), ...this.#kept])];
  }

  async take(batch: SourceTexts, sink: RowSink): Promise<void> {
    for (let row = 0; row < batch.rows; row++) {
      this.read++;
      const problem = batch.problem(row);
      const kept = this.#kept.map((field) => (problem === null ? batch.text(field, row) : null));
      sink.row(kept, problem === null ? this.#predict(batch, row) : this.#reject(problem));
      if (sink.full) await sink.flush();
    }
  }

  counts(): PredictedFile {
    const rejected = [...this.#rejects.values()].reduce((sum, n) => sum + n, 0);
    return { read: this.read, written: this.read, rejected, rejects: Object.fromEntries(this.#rejects), unseen: Object.fromEntries(this.#unseen) };
  }

  #predict(batch: SourceTexts, row: number): Predicted | null {
    const fields: Record<string, string | null> = Object.create(null) as Record<string, string | null>;
    for (const { name, index } of this.#fields) fields[name] = batch.text(index, row);
    try {
      const { prediction, classes, unseen } = this.#model.score(fields as Row);
      for (const column of unseen) this.#unseen.set(column, (this.#unseen.get(column) ?? 0) + 1);
      return classes === null ? [prediction] : [this.#model.classes[classes.best]!, ...classes.probabilities];
    } catch (thrown) {
      if (thrown instanceof CrossbillError && REJECTING.has(thrown.code)) return this.#reject(thrown.code);
      throw thrown;
    }
  }

  #reject(code: ErrorCode): null {
    this.#rejects.set(code, (this.#rejects.get(code) ?? 0) + 1);
    return null;
  }
}
