import fs from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { type DetectedDialect, detectFile, type FormatName, formatByName, isRemote, Spool, STANDARD_INPUT, shownSource } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import { atomicWrite } from "@crossbill/storage";
import { fieldNames } from "../config/detected.js";
import { CONFIG_NAMES } from "../config/load.js";
import { expandRemote } from "../config/remote-paths.js";
import { configText } from "./config-text.js";
import { type InitPlan, planInit } from "./plan-init.js";
import { type Sample, takeSample } from "./sample.js";
import { sniffFormat } from "./sniff-format.js";

export interface InitOptions {
  /** Path of the data file, relative to `cwd`; `-` for standard input, or an address. */
  readonly file: string;
  readonly cwd: string;
  /** Path of the configuration; default: `crossbill.config.ts` in `cwd`. */
  readonly config?: string | undefined;
  readonly label?: string | undefined;
  readonly positive?: string | undefined;
  /** Default: that of the process. */
  readonly standardInput?: Readable;
}

/**
 * Looks at a data file and writes a first configuration for it.
 * @returns what was decided, and where it was written
 * @throws E_CONFIG_EXISTS (exit code 2) where a configuration is there already; nothing is ever overwritten; E_INIT_LABEL, E_INIT_COLUMNS, E_NO_ROWS; what
 * reading the file throws (E_FILE_MISSING with exit code 2)
 */
export async function initConfig(options: InitOptions): Promise<{ config: string; plan: InitPlan }> {
  const { cwd, label, positive } = options;
  const config = path.resolve(cwd, options.config ?? "crossbill.config.ts");
  if (![".ts", ".mts"].includes(path.extname(config)))
    throw new CrossbillError("E_USAGE", `${config}: the configuration that is written is TypeScript; name a .ts or .mts file`, { exitCode: 2 });
  refuseExisting(config, options.config === undefined);
  const source = options.file === STANDARD_INPUT || isRemote(options.file) ? options.file : path.resolve(cwd, options.file);
  const looked = await lookAt(source, path.dirname(config), options.standardInput);
  const plan = planInit(looked.sample, {
    file: sourceName(source, path.dirname(config)),
    format: looked.format,
    dialect: looked.dialect,
    ...(label === undefined ? {} : { label }),
    ...(positive === undefined ? {} : { positive }),
  });
  refuseExisting(config, options.config === undefined);
  await atomicWrite(config, configText(plan));
  return { config, plan };
}

interface Looked {
  readonly format: FormatName;
  /** Of delimited text. */
  readonly dialect: DetectedDialect | null;
  readonly sample: Sample;
}

/** Of a pattern of objects, at the first one. What is no plain local file is made one for as long as it is looked at. */
async function lookAt(source: string, folder: string, standardInput: Readable | undefined): Promise<Looked> {
  const local = source !== STANDARD_INPUT && !isRemote(source);
  if (local && fs.statSync(source, { throwIfNoEntry: false })?.isFile() !== true)
    throw new CrossbillError("E_FILE_MISSING", `${source}: there is no such file; name the file of data to look at`, {
      exitCode: 2,
      details: { path: source },
    });
  const spool = new Spool({ folder: path.join(folder, ".crossbill", "spool"), ...(standardInput === undefined ? {} : { standardInput }) });
  try {
    return await spool.naming(async () => {
      const [plain] = (await spool.plain((await expandRemote([source], "init")).slice(0, 1))) as [string];
      const format = formatByName(shownSource(source)) ?? sniffFormat(plain);
      const dialect = format === "csv" || format === "tsv" ? withTabs(detectFile(plain), format) : null;
      return { format, dialect, sample: await takeSample(plain, { format, csv: csvOf(dialect) }) };
    });
  } finally {
    await spool.close();
  }
}

/** How a configuration in `folder` names a source. */
function sourceName(source: string, folder: string): string {
  if (source === STANDARD_INPUT || isRemote(source)) return source;
  const relative = path.relative(folder, source).split(path.sep).join("/");
  return relative === STANDARD_INPUT ? `./${relative}` : relative;
}

/** @param any whether every name of a configuration counts, not this one only */
function refuseExisting(config: string, any: boolean): void {
  const folder = path.dirname(config);
  const found = [config, ...(any ? CONFIG_NAMES.map((name) => path.join(folder, name)) : [])].find((name) => fs.existsSync(name));
  if (found === undefined) return;
  throw new CrossbillError("E_CONFIG_EXISTS", `${found}: there is a configuration already, and init overwrites none; name another file with --config`, {
    exitCode: 2,
    details: { path: found },
  });
}

function withTabs(found: DetectedDialect, format: FormatName): DetectedDialect {
  return format === "tsv" && found.fields === 1 ? { ...found, delimiter: "\t" } : found;
}

function csvOf(dialect: DetectedDialect | null): v1.CsvDialect {
  if (dialect === null) return v1.CsvDialect.create({ delimiter: ",", header: true, quote: '"', missing: [""] });
  return v1.CsvDialect.create({
    delimiter: dialect.delimiter,
    header: dialect.header,
    names: dialect.header ? [] : fieldNames(dialect),
    quote: dialect.quote ?? "",
    escape: dialect.escape ?? "",
    comment: dialect.comment ?? "",
    trim: dialect.trim,
    missing: [""],
  });
}
