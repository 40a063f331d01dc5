import { rowSinkFormat } from "@crossbill/evaluation";
import { readTexts, type SourceFormat, type SourceTexts, type Spool, shownSource } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { type Model, type Recommender, type Row, recommender } from "@crossbill/models";
import { atomicWrite } from "@crossbill/storage";
import { recommendFor } from "./recommend-for.js";

export interface RecommendFileOptions {
  readonly model: Model;
  /** Files with a user a row; read in the given order. */
  readonly input: readonly string[];
  /** `*.csv`, `*.jsonl`, `*.arrow` or `*.parquet`. */
  readonly output: string;
  /** Fields of the input that are written before item and prediction; null: that which says who the user is. */
  readonly keep: readonly string[] | null;
  readonly format: (file: string) => SourceFormat;
  readonly spool: Spool;
  /** Work folder, whose packs say what users had. */
  readonly root: string;
  readonly k: number;
  /** With items that the user had. */
  readonly all: boolean;
  /** Of a model of several classes: the one whose probability they are the best by. */
  readonly class?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface RecommendedFile {
  readonly read: number;
  /** k a user, or as many items as there are for it. */
  readonly written: number;
  readonly rejected: number;
  /** Users whose value has no vector. */
  readonly unknown: number;
  /** Whether items that users had were left out. */
  readonly seen: boolean;
}

interface User {
  readonly row: Row;
  readonly kept: readonly (string | null)[];
}

/** The columns behind those that are kept. */
const ITEM = "item";

/**
 * Recommends for the users of files: a row for each item of each user, best first, with the columns `item` and `prediction` behind those of `keep`. The users are held in memory. Of a user whose row cannot be read nothing is written.
 * @throws E_RECOMMEND, E_FORMAT (exit code 2); E_COLUMN_MISSING where the input lacks a field that the model reads of a user, or that is to be kept; what reading and writing throws
 */
export async function recommendFile(options: RecommendFileOptions): Promise<RecommendedFile> {
  const { model, root, output, k, all, spool } = options;
  const { userColumn } = recommenderOf(options);
  const keep = options.keep ?? (userColumn === null ? [] : [userColumn.field]);
  if (keep.some((name) => name === ITEM || name === "prediction"))
    throw new CrossbillError("E_RECOMMEND", `recommend: ${ITEM} and prediction are columns of the output; keep other fields`, { exitCode: 2 });
  const sinkOf = rowSinkFormat(output);
  const { users, rejected } = await spool.naming(() => readUsers(options, keep));
  const found = await recommendFor(
    model,
    users.map(({ row }) => row),
    root,
    { k, all, class: options.class },
  );
  let written = 0;
  await atomicWrite(output, async (file) => {
    const sink = sinkOf(file, [...keep, ITEM], []);
    try {
      for (const [i, { items }] of found.entries())
        for (const { key, prediction } of items) {
          sink.row([...users[i]!.kept, key], [prediction]);
          written++;
          if (sink.full) await sink.flush();
        }
      await sink.end();
    } catch (thrown) {
      await sink.abort();
      throw thrown;
    }
  });
  const unknown = found.filter(({ known }) => !known).length;
  return { read: users.length + rejected, written, rejected, unknown, seen: found.some(({ seen }) => seen !== null) };
}

function recommenderOf({ model, class: name }: RecommendFileOptions): Recommender {
  return recommender(model, name === undefined ? {} : { class: name });
}

async function readUsers(options: RecommendFileOptions, keep: readonly string[]): Promise<{ users: User[]; rejected: number }> {
  const { input, format, spool, signal } = options;
  const { userFields } = recommenderOf(options);
  const aborting = signal === undefined ? {} : { signal };
  const users: User[] = [];
  let rejected = 0;
  for (const file of input) {
    const [local] = await spool.plain([file], { executor: null, build: "", ...aborting });
    let [read, kept]: number[][] = [[], []];
    await readTexts(local!, format(file), {
      wanted: (fields) => {
        [read, kept] = [userFields, keep].map((names) => names.map((name) => indexOf(file, fields, name)));
        return [...new Set([...read!, ...kept!])];
      },
      named: [...userFields, ...keep],
      take: (batch: SourceTexts) => {
        for (let row = 0; row < batch.rows; row++) {
          if (batch.problem(row) !== null) {
            rejected++;
            continue;
          }
          const textOf = (field: number): string | null => batch.text(field, row);
          users.push({ row: Object.fromEntries(userFields.map((name, i) => [name, textOf(read![i]!)])), kept: kept!.map(textOf) });
        }
      },
      ...aborting,
    });
  }
  return { users, rejected };
}

function indexOf(file: string, fields: readonly string[], name: string): number {
  const index = fields.indexOf(name);
  if (index >= 0) return index;
  throw new CrossbillError(
    "E_COLUMN_MISSING",
    `${shownSource(file)}: has no field ${JSON.stringify(name)}, which the model reads of a user, or which is to be kept; it has ${fields
      .slice(0, 50)
      .map((field) => JSON.stringify(field))
      .join(", ")}`,
    { details: { path: file, field: name } },
  );
}
