import path from "node:path";
import { formatByName, readTexts, type SourceFormat, type SourceTexts, Spool, shownSource } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import type { EncodedRows, Model } from "@crossbill/models";
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
            encoding: { state: model.state, missing: model.data.missing },
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
  /** Columns with a vocabulary, and the last id of their unknown values. */
  readonly #vocabularies: readonly { readonly name: string; readonly last: number }[];
  #kept: readonly number[] = [];

  constructor(model: Model, keep: readonly string[]) {
    this.#model = model;
    this.#keep = keep;
    this.#vocabularies = model.columns.flatMap(({ placed: { name, spec } }) => {
      const vocabulary = spec.vocabulary ?? spec.crossed?.vocabulary ?? null;
      return vocabulary === null ? [] : [{ name, last: Math.max(1, vocabulary.outOfVocabulary) }];
    });
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
    const read = this.#model.data.fields.map((name) => indexOf(name, "the model reads"));
    this.#kept = this.#keep.map((name) => indexOf(name, "is to be kept"));
    return [...new Set([...read, ...this.#kept])];
  }

  async take(batch: SourceTexts, sink: RowSink): Promise<void> {
    const { batch: encoded, rejects } = batch.encoded!;
    const problems = Array.from({ length: batch.rows }, (_, row) => batch.problem(row) ?? rejects.get(row) ?? null);
    for (const [row, problem] of problems.entries()) if (problem !== null) clear(encoded, row);
    const predictions = this.#model.predictBatch(encoded, { logits: this.#model.classes.length > 0 });
    const classes = this.#model.classes.length > 0 ? this.#model.classesOf(predictions) : null;
    const isUnseen = this.#vocabularies.map(({ name, last }) => ({ name, of: unseenIn(encoded, name, last) }));
    for (let row = 0; row < batch.rows; row++) {
      this.read++;
      const problem = problems[row]!;
      const readable = problem === null || batch.problem(row) === null;
      const kept = this.#kept.map((field) => (readable ? batch.text(field, row) : null));
      if (problem === null) {
        for (const { name, of } of isUnseen) if (of(row)) this.#unseen.set(name, (this.#unseen.get(name) ?? 0) + 1);
        sink.row(kept, classes === null ? [predictions[row]!] : this.#classesOf(classes, row));
      } else {
        this.#rejects.set(problem, (this.#rejects.get(problem) ?? 0) + 1);
        sink.row(kept, null);
      }
      if (sink.full) await sink.flush();
    }
  }

  counts(): PredictedFile {
    const rejected = [...this.#rejects.values()].reduce((sum, n) => sum + n, 0);
    return { read: this.read, written: this.read, rejected, rejects: Object.fromEntries(this.#rejects), unseen: Object.fromEntries(this.#unseen) };
  }

  #classesOf({ probabilities, best }: { readonly probabilities: Float64Array; readonly best: Uint32Array }, row: number): Predicted {
    const K = this.#model.classes.length;
    const own = probabilities.subarray(row * K, (row + 1) * K);
    return [this.#model.classText(own, best[row]!), ...own];
  }
}

/** What a row holds that was rejected means nothing, and need not be an id of its columns. */
function clear({ ids, pairs }: EncodedRows, row: number): void {
  for (const own of ids.values()) own[row] = 0;
  for (const { offsets, ids: own } of pairs?.values() ?? []) own.fill(0, offsets[row], offsets[row + 1]);
}

/** Whether a row's value, or one of its items, has an id in [1, last]: those of unknown values. */
function unseenIn({ ids, pairs }: EncodedRows, name: string, last: number): (row: number) => boolean {
  const own = ids.get(name);
  if (own !== undefined) return (row) => own[row]! > 0 && own[row]! <= last;
  const several = pairs!.get(name)!;
  return (row) => several.ids.subarray(several.offsets[row], several.offsets[row + 1]).some((id) => id > 0 && id <= last);
}
