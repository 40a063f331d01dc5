import path from "node:path";
import { itemFields, type Model, Recommender, recommender, userRow } from "@crossbill/models";
import { inputFormat, type RowFiles, readRows, recommendFile, recommendFor, spoolOf, type UserRecommendations, withDetectedDialect } from "@crossbill/pipeline";
import { usage } from "../failure.js";
import { inputFiles } from "../input-files.js";
import { modelOf } from "../model-of.js";
import type { CommonOptions } from "../options.js";
import { rowOf } from "../row-of.js";
import { stopOnSignals } from "../signals.js";
import { nameOf, note, out, outJson, table } from "../terminal.js";

export interface RecommendOptions extends CommonOptions {
  key?: string;
  row?: string;
  input?: string[];
  output?: string;
  keep?: string;
  class?: string;
  item?: string;
  items?: string[];
  k: number;
  all?: boolean;
  model?: string;
}

const NO_PACKS = "recommend: the work folder holds no packs of the model's columns: items that the user had are not left out";

/** The best items for a user, or for those of files. */
export async function recommendItems(options: RecommendOptions): Promise<void> {
  const { key, row, input } = options;
  if ([key, row, input].filter((one) => one !== undefined).length !== 1)
    throw usage("--key (a user by its value), --row (by its fields) or --input (the users of files): give one of them");
  if (input === undefined && (options.output !== undefined || options.keep !== undefined)) throw usage("--output and --keep go with --input");
  return input === undefined ? forOne(options) : forFiles(input, options);
}

/** Opens the model with what is recommended, and reads files as it is configured. */
async function opened<T>(options: RecommendOptions, use: (open: Opened) => Promise<T>): Promise<T> {
  const { item, class: name } = options;
  const { model, root, loaded } = await modelOf(options);
  const spool = spoolOf(loaded, root);
  const stop = stopOnSignals();
  try {
    const { config } = options.items === undefined && options.input === undefined ? loaded : await withDetectedDialect(loaded, undefined, spool);
    const filesOf = async (patterns: readonly string[]): Promise<RowFiles> => ({
      input: await inputFiles(patterns, process.cwd()),
      format: (file) => inputFormat(config, file),
      spool,
      signal: stop.signal,
    });
    if (options.items === undefined) return await use({ model, root, made: recommender(model, { item, class: name }), filesOf });
    const { rows, rejected } = await readRows(await filesOf(options.items), itemFields(model, { item }), []);
    if (rejected > 0 && options.quiet !== true) note(`recommend: ${rejected} rows of --items cannot be read and are left out`);
    const made = new Recommender(model, { item, class: name, items: rows.map(({ row }) => row) });
    return await use({ model, root, made, filesOf });
  } finally {
    stop.done();
    await spool.close();
  }
}

interface Opened {
  readonly model: Model;
  readonly root: string;
  readonly made: Recommender;
  readonly filesOf: (patterns: readonly string[]) => Promise<RowFiles>;
}

function forOne(options: RecommendOptions): Promise<void> {
  return opened(options, async ({ model, root, made }) => {
    const { key, k, item, all = false } = options;
    const user = key === undefined ? rowOf(options.row!, "the user's fields") : userRow(model, key, { item });
    const [found] = await recommendFor(model, made, [user], root, { k, all });
    showOne(found!, options);
  });
}

function showOne({ items, known, seen }: UserRecommendations, { key, all = false, ...options }: RecommendOptions): void {
  if (options.quiet !== true) {
    if (!known && key !== undefined) note(`recommend: ${nameOf(key)} has no vector, as training never saw it: these are the best items for anybody`);
    if (!known && key === undefined) note("recommend: training never saw who this is: these are the best items for anybody who is like that otherwise");
    if (!all && seen === null) note(NO_PACKS);
  }
  if (options.json === true) outJson(items);
  else out(table([["item", "prediction"], ...items.map((one) => [nameOf(one.key), one.prediction.toPrecision(5)])]));
}

function forFiles(input: readonly string[], options: RecommendOptions): Promise<void> {
  if (options.output === undefined) throw usage("--input needs --output <file>");
  const output = path.resolve(process.cwd(), options.output);
  const started = performance.now();
  return opened(options, async ({ model, root, made, filesOf }) => {
    const { read, written, rejected, unknown, seen } = await recommendFile({
      ...(await filesOf(input)),
      model,
      recommender: made,
      output,
      keep: options.keep?.split(",").filter((name) => name !== "") ?? null,
      root,
      k: options.k,
      all: options.all === true,
    });
    const seconds = (performance.now() - started) / 1000;
    if (options.quiet !== true && options.all !== true && !seen && read > rejected) note(NO_PACKS);
    if (options.json === true) return outJson({ rows: { read, written, rejected }, unknown, seconds });
    out(
      table([
        ["what", "value"],
        ["users read / rejected", `${read} / ${rejected}`],
        ["users that training never saw", `${unknown}`],
        ["rows written", `${written}`],
        ["seconds", seconds.toFixed(1)],
        ["output", output],
      ]),
    );
  });
}
