import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { CrossbillError } from "@crossbill/messages";
import { metricsOf } from "@crossbill/trainer";
import type { z } from "zod";
import { spaceOf } from "../tune/space.js";
import { withBroughtFields } from "./brought-fields.js";
import { classWeightProblems } from "./class-weights.js";
import { CLASS_HEADS, headOf } from "./head-schema.js";
import { HEADS } from "./heads.js";
import { withEmbeddedFields } from "./network-columns.js";
import { withNetworkDefaults } from "./network-defaults.js";
import { networkColumnProblems, networkProblems } from "./network-problems.js";
import { throwProblems } from "./problems.js";
import { recalibrateProblems } from "./recalibrate.js";
import { type Config, configSchema } from "./schema.js";
import { sliceProblems } from "./slice-schema.js";

export interface LoadedConfig {
  /** Absolute path of the file. */
  path: string;
  /** Its folder: relative paths in it are relative to here. */
  directory: string;
  config: Config;
}

/** Where a configuration is looked for, in this order. */
export const CONFIG_NAMES = ["ts", "mts", "js", "mjs", "json", "yaml"].map((extension) => `crossbill.config.${extension}`);

/**
 * Reads, checks and completes a configuration.
 * @param file path, or undefined to look for crossbill.config.{ts,mts,js,mjs,json,yaml} in `cwd`
 * @throws E_CONFIG_MISSING, E_CONFIG_READ, E_CONFIG (every problem at once, with its path and what is allowed), all with exit code 2
 */
export async function loadConfig(file: string | undefined, cwd: string): Promise<LoadedConfig> {
  const found = file === undefined ? CONFIG_NAMES.map((name) => path.join(cwd, name)).find((candidate) => fs.existsSync(candidate)) : path.resolve(cwd, file);
  if (found === undefined)
    throw new CrossbillError("E_CONFIG_MISSING", `no configuration in ${cwd}: looked for ${CONFIG_NAMES.join(", ")}; name one with --config`, { exitCode: 2 });
  if (!fs.existsSync(found)) throw new CrossbillError("E_CONFIG_MISSING", `${found}: there is no such configuration file`, { exitCode: 2 });
  return { path: found, directory: path.dirname(found), config: checkConfig(await readAny(found), found) };
}

async function readAny(file: string): Promise<unknown> {
  try {
    switch (path.extname(file)) {
      case ".json":
        return JSON.parse(fs.readFileSync(file, "utf8"), refuseProto);
      case ".yaml":
      case ".yml": {
        // CommonJS: a bundle of it has the default export alone.
        const { default: yaml } = await import("yaml");
        return yaml.parse(fs.readFileSync(file, "utf8"), { maxAliasCount: 100 });
      }
      case ".js":
      case ".mjs":
        return defaultOf(await import(pathToFileURL(file).href));
      default: {
        const { createJiti } = await import("jiti");
        const jiti = createJiti(import.meta.url, { moduleCache: false, fsCache: false });
        return defaultOf(await jiti.import(file));
      }
    }
  } catch (cause) {
    if (cause instanceof CrossbillError) throw cause;
    throw new CrossbillError("E_CONFIG_READ", `${file}: cannot be read as a configuration (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
      exitCode: 2,
    });
  }
}

function defaultOf(module: unknown): unknown {
  return typeof module === "object" && module !== null && "default" in module ? module.default : module;
}

/** `columns` may hold a column of any name, `__proto__` too: as an own property, never as a prototype. */
function refuseProto(this: unknown, key: string, value: unknown): unknown {
  if (key !== "__proto__") return value;
  throw new SyntaxError('"__proto__" is not a usable key: name the entry otherwise and give the field as its "column"');
}

/** Checks a plain object against the schema. @throws E_CONFIG naming every problem */
export function checkConfig(raw: unknown, where: string): Config {
  const { result, problems } = examine(raw);
  if (result.success && problems.length === 0 && result.data.tune?.parameters !== undefined)
    problems.push(...spaceOf(result.data, result.data.tune.parameters, configProblems).problems);
  throwProblems(where, problems);
  return (result as { data: Config }).data;
}

/** The problems of a plain object as a configuration, each with its path; but for what its section `tune` says of other sections. */
export function configProblems(raw: unknown): string[] {
  return examine(raw).problems;
}

function examine(raw: unknown): { readonly result: z.ZodSafeParseResult<Config>; readonly problems: string[] } {
  const result = configSchema.safeParse(withNetworkDefaults(withBroughtFields(raw)));
  return { result, problems: result.success ? crossProblems(result.data) : result.error.issues.flatMap(describe) };
}

function describe(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.map(String).join(".") || "(the whole)";
  // A union that says itself what is allowed does so better than all of its members together.
  if (issue.code === "invalid_union" && issue.message === "Invalid input" && issue.errors?.length > 0 && issue.errors.some((e) => e.length > 0)) {
    const options = issue.errors.map((errors) => errors.map((e) => `${e.path.length > 0 ? `${e.path.join(".")}: ` : ""}${e.message}`).join(", "));
    return [`${at}: ${[...new Set(options)].join("; or ")}`];
  }
  return [`${at}: ${issue.message}`];
}

/** What one field says about another. */
function crossProblems(config: Config): string[] {
  const problems: string[] = sliceProblems(config.evaluate.slices);
  const entries = config.columns === undefined ? undefined : new Set(Object.keys(config.columns));
  if (entries !== undefined) {
    if (config.model.kind === "linear")
      config.model.columns?.forEach((name, i) => {
        if (!entries.has(name)) problems.push(`model.columns.${i}: "${name}" is not an entry of columns (${[...entries].join(", ")})`);
      });
    else problems.push(...networkColumnProblems(config.model, withEmbeddedFields(config.columns ?? {}, config)));
    for (const [name, column] of Object.entries(config.columns ?? {})) {
      if ((column.kind === "vocabulary" || column.kind === "history") && column.values !== undefined && column.file !== undefined)
        problems.push(`columns.${name}: values and file both say what the vocabulary holds; leave one of the two out`);
      if ("split" in column && column.split === undefined && (column.weighted || column.ngrams !== undefined || column.occurrences === "once"))
        problems.push(`columns.${name}: weighted, ngrams and occurrences are about several values of one text; say with split how it holds them`);
      if ("history" in column && column.history !== undefined && column.split !== undefined)
        problems.push(`columns.${name}: a history is a list already; leave split out`);
      if (column.kind === "crossed" && column.columns.includes(name)) problems.push(`columns.${name}: a cross cannot contain itself`);
      const inner = column.kind === "crossed" ? column.columns.filter((c) => ["crossed", "numeric", "product"].includes(config.columns?.[c]?.kind ?? "")) : [];
      for (const c of inner)
        problems.push(`columns.${name}: "${c}" is ${config.columns?.[c]?.kind}; a cross is of categorical columns or raw fields (bucketize a number first)`);
    }
  }
  const { kind: head } = headOf(config);
  if (head !== "logistic") {
    if (config.evaluate.fairness.length > 0)
      problems.push(`evaluate.fairness: decisions are made by the probability of a logistic head, and the head ${head} has none; leave it out`);
    if (typeof config.evaluate.threshold !== "number")
      problems.push(`evaluate.threshold: a rule chooses a threshold of the probability of a logistic head, and the head ${head} has none; leave it out`);
  }
  const several = CLASS_HEADS.some((one) => one === head);
  const { kind: optimizer } = config.train.optimizer;
  if (head === "oneVsOne" && optimizer !== "exact" && config.model.kind === "linear")
    problems.push(`train.optimizer: ${optimizer} does not train the head ${head}; allowed is exact`);
  if ((head === "sampledSoftmax" || head === "nce") && optimizer === "exact" && config.model.kind === "linear")
    problems.push(
      `train.optimizer: exact minimises over all classes, and the head ${head} samples them; take the head softmax, or an optimiser that goes block by block, such as ftrl or adagrad`,
    );
  const { keep, earlyStopping } = config.train;
  if (keep !== undefined && earlyStopping != null)
    problems.push("train.keep: early stopping returns to the best step of its own metric; leave one of the two out");
  const metrics = metricsOf(HEADS[head]);
  for (const [field, metric] of [
    ["earlyStopping.metric", earlyStopping?.metric],
    ["keep", keep],
  ] as const) {
    if (metric !== undefined && metric !== "last" && !metrics.includes(metric))
      problems.push(`train.${field}: ${metric} is not defined for the head ${head}; allowed are ${metrics.join(", ")}`);
  }
  problems.push(...labelProblems(config, head));
  if (config.data.classes !== undefined && !several)
    problems.push(`data.classes: belongs to the heads ${CLASS_HEADS.join(", ")}, model.head is ${head}; leave it out, or name data.positive`);
  config.data.classes?.forEach((name, i, all) => {
    if (all.indexOf(name) < i) problems.push(`data.classes.${i}: ${JSON.stringify(name)} stands there twice`);
  });
  problems.push(...networkProblems(config), ...classWeightProblems(config), ...recalibrateProblems(config));
  if (config.evaluate.knownRate !== undefined && head !== "logistic")
    problems.push(`evaluate.knownRate: is of a logistic head's positives, model.head is ${head}; leave it out`);
  for (const part of ["validation", "test"] as const) {
    const split = config.data.split;
    const asked = split === undefined || split.by === "column" ? undefined : split[part];
    if (config.data[part] !== undefined && asked !== undefined && asked !== 0 && !(Array.isArray(asked) && asked.length === 0)) {
      problems.push(`data.split.${part}: data.${part} names files of their own; leave one of the two out`);
    }
  }
  return problems;
}

/** Labels of several classes a row belong to some heads. */
function labelProblems({ data, train }: Config, head: string): string[] {
  const problems: string[] = [];
  const columns = typeof data.label !== "string";
  if (columns && head !== "multiLabel" && head !== "softmax")
    problems.push(`data.label: a column for each class belongs to the heads multiLabel and softmax, model.head is ${head}; name one column`);
  if (data.labelSplit !== undefined && head !== "multiLabel")
    problems.push(`data.labelSplit: belongs to the head multiLabel, model.head is ${head}; leave it out`);
  if (columns && data.labelSplit !== undefined) problems.push("data.labelSplit: the columns of data.label hold a number for each class; leave it out");
  if (columns && data.classes !== undefined) problems.push("data.classes: the columns of data.label are the classes; leave it out");
  if (head === "multiLabel" && !columns && data.labelSplit === undefined)
    problems.push(
      'data.labelSplit: needed with the head multiLabel: what stands between the classes in one label, or "list"; or name a column for each class in data.label',
    );
  if ((columns || data.labelSplit !== undefined) && train.classWeights != null)
    problems.push("train.classWeights: an example of several classes has no weight of its class; leave it out");
  if (columns && new Set(data.label).size < data.label.length) problems.push("data.label: a column stands there twice");
  return problems;
}
