import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { type Row, userRow } from "@crossbill/models";
import { inputFormat, recommendFile, recommendFor, spoolOf, withDetectedDialect } from "@crossbill/pipeline";
import { inputFiles } from "../input-files.js";
import { modelOf } from "../model-of.js";
import type { CommonOptions } from "../options.js";
import { stopOnSignals } from "../signals.js";
import { nameOf, note, out, outJson, table } from "../terminal.js";

export interface RecommendOptions extends CommonOptions {
  key?: string;
  row?: string;
  input?: string[];
  output?: string;
  keep?: string;
  class?: string;
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

async function forOne(options: RecommendOptions): Promise<void> {
  const { key, k, all = false } = options;
  const { model, root } = await modelOf(options);
  const user = key === undefined ? rowOf(options.row!) : userRow(model, key);
  const [{ items, known, seen }] = (await recommendFor(model, [user], root, { k, all, class: options.class })) as [Awaited<ReturnType<typeof recommendFor>>[0]];
  if (options.quiet !== true) {
    if (!known && key !== undefined) note(`recommend: ${nameOf(key)} has no vector, as training never saw it: these are the best items for anybody`);
    if (!known && key === undefined) note("recommend: training never saw who this is: these are the best items for anybody who is like that otherwise");
    if (!all && seen === null) note(NO_PACKS);
  }
  if (options.json === true) return outJson(items);
  out(table([["item", "prediction"], ...items.map((one) => [nameOf(one.key), one.prediction.toPrecision(5)])]));
}

/** @throws E_USAGE (exit code 2) */
function rowOf(text: string): Row {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    row = null;
  }
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw usage(`--row ${text}: a JSON object of the user's fields is needed, as {"user": "3", "history": ["a", "b"]}`);
  return Object.assign(Object.create(null) as object, row) as Row;
}

async function forFiles(input: readonly string[], options: RecommendOptions): Promise<void> {
  if (options.output === undefined) throw usage("--input needs --output <file>");
  const started = performance.now();
  const cwd = process.cwd();
  const { model, root, loaded } = await modelOf(options);
  const spool = spoolOf(loaded, root);
  const stop = stopOnSignals();
  try {
    const { config } = await withDetectedDialect(loaded, undefined, spool);
    const output = path.resolve(cwd, options.output);
    const { read, written, rejected, unknown, seen } = await recommendFile({
      model,
      input: await inputFiles(input, cwd),
      output,
      keep: options.keep?.split(",").filter((name) => name !== "") ?? null,
      format: (file) => inputFormat(config, file),
      spool,
      root,
      k: options.k,
      all: options.all === true,
      class: options.class,
      signal: stop.signal,
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
  } finally {
    stop.done();
    await spool.close();
  }
}

function usage(problem: string): CrossbillError {
  return new CrossbillError("E_USAGE", problem, { exitCode: 2 });
}
