import { rowSinkFormat } from "@crossbill/evaluation";
import { CrossbillError } from "@crossbill/messages";
import type { Model, Recommender } from "@crossbill/models";
import { atomicWrite } from "@crossbill/storage";
import { type RowFiles, readRows } from "./read-rows.js";
import { recommendFor } from "./recommend-for.js";

export interface RecommendFileOptions extends RowFiles {
  readonly model: Model;
  /** Of the model. */
  readonly recommender: Recommender;
  /** `*.csv`, `*.jsonl`, `*.arrow` or `*.parquet`. */
  readonly output: string;
  /** Fields of the input that are written before item and prediction; null: that which says who the user is. */
  readonly keep: readonly string[] | null;
  /** Work folder, whose packs say what users had. */
  readonly root: string;
  readonly k: number;
  /** With items that the user had. */
  readonly all: boolean;
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

/** The columns behind those that are kept. */
const ITEM = "item";

/**
 * Recommends for the users of files: a row for each item of each user, best first, with the columns `item` and `prediction` behind those of `keep`. The users are held in memory. Of a user whose row cannot be read nothing is written.
 * @throws E_RECOMMEND, E_FORMAT (exit code 2); E_COLUMN_MISSING where the input lacks a field that the model reads of a user, or that is to be kept; what reading and writing throws
 */
export async function recommendFile(options: RecommendFileOptions): Promise<RecommendedFile> {
  const { model, recommender, root, output, k, all } = options;
  const { userColumn, userFields } = recommender;
  const keep = options.keep ?? (userColumn === null ? [] : [userColumn.field]);
  if (keep.some((name) => name === ITEM || name === "prediction"))
    throw new CrossbillError("E_RECOMMEND", `recommend: ${ITEM} and prediction are columns of the output; keep other fields`, { exitCode: 2 });
  const sinkOf = rowSinkFormat(output);
  const { rows: users, rejected } = await readRows(options, userFields, keep);
  const found = await recommendFor(
    model,
    recommender,
    users.map(({ row }) => row),
    root,
    { k, all },
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
