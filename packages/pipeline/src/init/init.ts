import fs from "node:fs";
import path from "node:path";
import { type DetectedDialect, detectFile, type FormatName, formatByName } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import { atomicWrite } from "@crossbill/storage";
import { fieldNames } from "../config/detected.js";
import { CONFIG_NAMES } from "../config/load.js";
import { configText } from "./config-text.js";
import { type InitPlan, planInit } from "./plan-init.js";
import { takeSample } from "./sample.js";

export interface InitOptions {
  /** Path of the data file, relative to `cwd`. */
  readonly file: string;
  readonly cwd: string;
  /** Path of the configuration; default: `crossbill.config.ts` in `cwd`. */
  readonly config?: string | undefined;
  readonly label?: string | undefined;
  readonly positive?: string | undefined;
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
  const file = path.resolve(cwd, options.file);
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new CrossbillError("E_FILE_MISSING", `${file}: there is no such file; name the file of data to look at`, { exitCode: 2, details: { path: file } });
  const format: FormatName = formatByName(file) ?? "csv";
  const delimited = format === "csv" || format === "tsv";
  const dialect = delimited ? withTabs(detectFile(file), format) : null;
  const sample = await takeSample(file, { format, csv: csvOf(dialect) });
  const plan = planInit(sample, {
    file: path.relative(path.dirname(config), file).split(path.sep).join("/"),
    format,
    dialect,
    ...(label === undefined ? {} : { label }),
    ...(positive === undefined ? {} : { positive }),
  });
  refuseExisting(config, options.config === undefined);
  await atomicWrite(config, configText(plan));
  return { config, plan };
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
