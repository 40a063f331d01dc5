import path from "node:path";
import type { SliceSearchSpec } from "@crossbill/evaluation";
import { type CheckSpec, type FormatName, formatByName, type SourceFormat, STANDARD_INPUT, shownSource } from "@crossbill/ingest";
import { CrossbillError, isOfClasses, isOfNumbers, v1 } from "@crossbill/messages";
import { checkSpec } from "./checks.js";
import { expandPaths } from "./glob.js";
import { headOf } from "./head-schema.js";
import { HEADS } from "./heads.js";
import { historyField, historySpecs } from "./histories.js";
import { itemsSpec } from "./items.js";
import type { LoadedConfig } from "./load.js";
import { withEmbeddedFields } from "./network-columns.js";
import { networkColumnProblems } from "./network-problems.js";
import { networkSpec } from "./network-spec.js";
import { throwProblems } from "./problems.js";
import type { ColumnConfig, Config } from "./schema.js";
import { type SliceSpec, sliceColumn, sliceSets } from "./slice-schema.js";
import { textList } from "./text-list.js";
import { type ThresholdChoice, thresholdChoice } from "./threshold.js";
import type { RecalibrationKind } from "./train-schema.js";
import { trainSpec } from "./train-spec.js";
import { readVocabularyFile } from "./vocabulary-file.js";

/** A configuration as messages and plain objects: what the steps take. No path is in anything that a key is made of. */
export interface CompiledConfig {
  files: { train: string[]; validation: string[]; test: string[] };
  data: v1.DataSpec;
  columns: v1.ColumnSpec[];
  model: v1.ModelSpec;
  train: v1.TrainSpec;
  /** What the training starts from: "current", a version or a path; null: zero. */
  warmStart: { from: string; keepState: boolean } | null;
  /** What makes calibrated probabilities of the model's, fitted on the validation rows; null: nothing. */
  recalibrate: RecalibrationKind | null;
  /** Each set of fields or columns whose values, or ranges of them, are sliced on; in the order given. */
  slices: SliceSpec[][];
  /** The search for slices; columns null: those of sliceSearch. null: none. */
  search: (Omit<SliceSearchSpec, "fields" | "columns"> & { columns: string[] | null }) | null;
  /** Fields by whose values decisions at the threshold are told. */
  fairness: string[];
  bins: number;
  threshold: number | ThresholdChoice;
  /** Share of positives of what is predicted, known from elsewhere; null: it is not. */
  knownRate: number | null;
  gate: Config["gate"];
  checks: CheckSpec;
  nights: { window: number; refitEveryNights: number };
}

/**
 * @param overrides what the command line says instead of the configuration; files, where they were looked for already
 * @param given the columns, where the configuration leaves them to the data
 * @throws E_CONFIG naming every problem of a network with columns that the data chose; E_FILE_MISSING when a path or pattern matches nothing; E_VOCABULARY_FILE
 */
export function compileConfig(
  loaded: LoadedConfig,
  given: Record<string, ColumnConfig>,
  overrides: { seed?: number; files?: CompiledConfig["files"] } = {},
): CompiledConfig {
  const { config } = loaded;
  const columns = withEmbeddedFields(given, config);
  const specs = Object.entries(columns).map(([name, column]) => columnSpec(name, column, loaded.directory));
  const slices = sliceSets(config.evaluate.slices);
  const files = overrides.files ?? sourceFiles(loaded);
  return {
    files,
    data: dataSpec(
      config,
      columns,
      [...slices.map((set) => set.map(sliceColumn)), ...searchedFields(config, columns), config.evaluate.fairness],
      trainingFormat(config, files),
    ),
    columns: specs,
    model: v1.ModelSpec.create({
      ...headSpec(config),
      l1: config.model.l1,
      l2: config.model.l2,
      ...modelParts(loaded, columns),
    }),
    train: trainSpec(config, overrides.seed ?? config.train.seed),
    warmStart: config.train.warmStart === false ? null : { from: config.train.warmStart, keepState: config.train.optimizerState === "keep" },
    recalibrate: config.train.recalibrate ?? null,
    slices,
    fairness: [...new Set(config.evaluate.fairness)],
    search: config.evaluate.findSlices === false ? null : { ...config.evaluate.findSlices, columns: config.evaluate.findSlices.columns ?? null },
    bins: config.evaluate.calibration.bins,
    threshold: thresholdChoice(config.evaluate.threshold),
    knownRate: config.evaluate.knownRate ?? null,
    gate: config.gate,
    checks: checkSpec(config.data.checks),
    nights: { window: config.nights.window ?? 0, refitEveryNights: config.nights.refit?.everyNights ?? 0 },
  };
}

/** What depends on the kind of model. */
function modelParts({ path: where, config: { model } }: LoadedConfig, columns: Record<string, ColumnConfig>): v1.ModelSpec.$Properties {
  if (model.kind === "linear")
    return {
      columns: model.columns ?? Object.keys(columns),
      weights: model.weights === "q2.13" ? v1.ModelSpec.WeightFormat.Q2_13 : v1.ModelSpec.WeightFormat.FULL,
    };
  throwProblems(where, networkColumnProblems(model, columns));
  return networkSpec(model, columns);
}

/** What is searched for slices but is no column whose ids have names: the packs must hold its values. */
function searchedFields({ evaluate: { findSlices } }: Config, columns: Record<string, ColumnConfig>): string[][] {
  const named = findSlices === false ? [] : (findSlices.columns ?? []);
  const hasNames = (name: string): boolean => Object.hasOwn(columns, name) && ["vocabulary", "identity", "bucketized"].includes(columns[name]!.kind);
  return named.filter((name) => !hasNames(name)).map((name) => [name]);
}

/** The files a configuration names, absolute, each list in byte order of the names. */
export function sourceFiles({ config, directory }: LoadedConfig): CompiledConfig["files"] {
  const list = (value: string | string[] | undefined, field: string): string[] => {
    const patterns = textList(value).map(expandVariables(field));
    return expandPaths(patterns, directory, field);
  };
  const files = {
    train: list(config.data.train, "data.train"),
    validation: list(config.data.validation, "data.validation"),
    test: list(config.data.test, "data.test"),
  };
  if (Object.values(files).flatMap((of) => of.filter((file) => file === STANDARD_INPUT)).length > 1)
    throw new CrossbillError("E_FILE_TWICE", 'standard input ("-") is named more than once in data.train, data.validation and data.test; it can be read once', {
      exitCode: 2,
    });
  return files;
}

/** `${CROSSBILL_DATA}` in a path is the environment variable: where data that is not part of the project lies. */
function expandVariables(field: string): (text: string) => string {
  return (text) =>
    text.replace(/\$\{([A-Z_][A-Z0-9_]*)\}/g, (_, name: string) => {
      const value = process.env[name];
      if (value === undefined || value === "")
        throw new CrossbillError(
          "E_DATA_FOLDER",
          `${field}: ${text} needs the environment variable ${name}; set it to the folder that holds the data, e.g. ${name}=/path/to/data`,
          { exitCode: 2 },
        );
      return path.resolve(value);
    });
}

/**
 * How the files that are learned from are read: as `data.format` says, else by their extensions.
 * @throws E_FORMAT (exit code 2) when these differ
 */
export function trainingFormat(config: Config, files: CompiledConfig["files"]): SourceFormat {
  const all = [...files.train, ...files.validation, ...files.test];
  if (config.data.format !== undefined) return withDialect(config, config.data.format);
  const first = formatByName(shownSource(all[0] ?? "")) ?? "csv";
  const other = all.find((file) => (formatByName(shownSource(file)) ?? "csv") !== first);
  if (other === undefined) return withDialect(config, first);
  throw new CrossbillError(
    "E_FORMAT",
    `${shownSource(other)}: is ${formatByName(shownSource(other)) ?? "csv"} by its name, ${shownSource(all[0]!)} is ${first}; the files of a data set have one format: say data.format if they have`,
    { exitCode: 2, details: { path: shownSource(other) } },
  );
}

/**
 * How a file whose rows are scored is read: by its extension. Where that says nothing, and where it and `data.format` are both delimited text, as `data.format`
 * says (csv when it says nothing).
 */
export function inputFormat(config: Config, file: string): SourceFormat {
  const given = config.data.format;
  const named = formatByName(shownSource(file));
  if (named === null) return withDialect(config, given ?? "csv");
  return withDialect(config, given !== undefined && isDelimited(given) && isDelimited(named) ? given : named);
}

function isDelimited(format: FormatName): boolean {
  return format === "csv" || format === "tsv";
}

function withDialect({ data: { csv } }: Config, format: FormatName): SourceFormat {
  const dialect = v1.CsvDialect.create({
    delimiter: csv.delimiter ?? (format === "tsv" ? "\t" : ","),
    header: csv.header ?? true,
    names: csv.names ?? [],
    quote: csv.quote === undefined ? '"' : (csv.quote ?? ""),
    escape: csv.escape ?? "",
    comment: csv.comment ?? "",
    trim: csv.trim ?? false,
    missing: csv.missing,
  });
  return { format, csv: dialect };
}

function dataSpec(config: Config, columns: Record<string, ColumnConfig>, slices: string[][], { format, csv }: SourceFormat): v1.DataSpec {
  const { data } = config;
  return v1.DataSpec.create({
    format,
    csv,
    label: labelSpec(config),
    weight: data.weight ?? "",
    weightKind: data.weightKind === "frequency" ? v1.WeightKind.FREQUENCY : v1.WeightKind.IMPORTANCE,
    key: data.key ?? "",
    split: splitSpec(config),
    maxRejected: data.maxRejected,
    slices: [...new Set(slices.flat())],
    histories: historySpecs(columns),
  });
}

const SAMPLERS = { logUniform: v1.ModelSpec.Sampler.LOG_UNIFORM, uniform: v1.ModelSpec.Sampler.UNIFORM, unigram: v1.ModelSpec.Sampler.UNIGRAM };

function headSpec(config: Config): Pick<v1.ModelSpec.$Properties, "head" | "samples" | "sampler" | "labelSeparator"> {
  const head = headOf(config);
  const { labelSplit } = config.data;
  const separator = head.kind === "multiLabel" ? { labelSeparator: labelSplit === undefined || labelSplit === "list" ? "|" : labelSplit } : {};
  return { head: HEADS[head.kind], ...("samples" in head ? { samples: head.samples, sampler: SAMPLERS[head.sampler] } : {}), ...separator };
}

function labelSpec(config: Config): v1.LabelSpec {
  const { data } = config;
  const head = headOf(config).kind;
  if (typeof data.label !== "string") return v1.LabelSpec.create({ fields: data.label, multi: true, classes: data.label, distribution: head === "softmax" });
  if (isOfClasses(HEADS[head])) return v1.LabelSpec.create({ field: data.label, multi: true, classes: data.classes ?? [], split: data.labelSplit ?? "" });
  return v1.LabelSpec.create({
    field: data.label,
    positive: textList(data.positive),
    negative: textList(data.negative),
    number: isOfNumbers(HEADS[head]),
    nonNegative: head === "poisson",
  });
}

function splitSpec({ data }: Config): v1.SplitSpec {
  const { split } = data;
  const free = { validation: data.validation === undefined, test: data.test === undefined };
  const part = <T>(given: T | undefined, isFree: boolean): T | number => given ?? (isFree ? 0.1 : 0);
  switch (split?.by) {
    case undefined:
      return v1.SplitSpec.create({ index: v1.IndexSplit.create({ every: 10, validation: free.validation ? [1] : [], test: free.test ? [0] : [] }) });
    case "index":
      return v1.SplitSpec.create({ index: v1.IndexSplit.create({ every: split.every, validation: split.validation, test: split.test }) });
    case "column":
      return v1.SplitSpec.create({ column: v1.ColumnSplit.create({ field: split.column }) });
    case "order":
      return v1.SplitSpec.create({ order: v1.OrderSplit.create({ validation: part(split.validation, free.validation), test: part(split.test, free.test) }) });
    case "time":
      return v1.SplitSpec.create({
        time: v1.TimeSplit.create({
          field: split.column,
          validation: timePart(part(split.validation, free.validation)),
          test: timePart(part(split.test, free.test)),
        }),
      });
    case "hash":
      return v1.SplitSpec.create({
        hash: v1.HashSplit.create({
          field: split.column,
          validation: part(split.validation, free.validation),
          test: part(split.test, free.test),
        }),
      });
  }
}

function timePart(part: number | { days: number }): v1.TimePart {
  return v1.TimePart.create(typeof part === "number" ? { share: part } : part);
}

const SCALES = {
  none: v1.NumericSpec.Scale.NONE,
  standardize: v1.NumericSpec.Scale.STANDARDIZE,
  minmax: v1.NumericSpec.Scale.MINMAX,
  log: v1.NumericSpec.Scale.LOG,
  log1p: v1.NumericSpec.Scale.LOG1P,
  clip: v1.NumericSpec.Scale.CLIP,
};
const OUTLIERS = {
  keep: v1.NumericSpec.Outliers.KEEP,
  clip: v1.NumericSpec.Outliers.TO_BOUND,
  null: v1.NumericSpec.Outliers.AS_MISSING,
  "reject-row": v1.NumericSpec.Outliers.REJECT_ROW,
};
const MISSING = {
  mean: v1.NumericSpec.Missing.MEAN,
  indicator: v1.NumericSpec.Missing.INDICATOR,
  zero: v1.NumericSpec.Missing.ZERO,
  error: v1.NumericSpec.Missing.REJECT,
};

function numericSpec(c: Extract<ColumnConfig, { kind: "numeric" | "product" }>, field: string): v1.NumericSpec {
  return v1.NumericSpec.create({
    field,
    ...(typeof c.scale === "string" ? { scale: SCALES[c.scale] } : { scales: c.scale.map((step) => SCALES[step]) }),
    missing: MISSING[c.missing],
    clipLow: c.clip?.[0] ?? null,
    clipHigh: c.clip?.[1] ?? null,
    ...(c.robust === true ? { robust: true } : {}),
    ...(c.outliers === undefined ? {} : { outliers: OUTLIERS[c.outliers] }),
    ...(c.bounds === undefined ? {} : { bounds: v1.OutlierBounds.create(outlierBounds(c.bounds)) }),
  });
}

function outlierBounds(bounds: NonNullable<Extract<ColumnConfig, { kind: "numeric" }>["bounds"]>): v1.OutlierBounds.$Properties {
  const sides = ([low, high]: readonly [number | null, number | null]): { low: number | null; high: number | null } => ({ low, high });
  if (Array.isArray(bounds)) return { fixed: v1.FixedBounds.create(sides(bounds)) };
  if (bounds.quantiles !== undefined) return { quantiles: v1.QuantileBounds.create(sides(bounds.quantiles)) };
  return bounds.zScore !== undefined ? { zScore: bounds.zScore } : { iqr: bounds.iqr ?? null };
}

function columnSpec(name: string, c: ColumnConfig, directory: string): v1.ColumnSpec {
  switch (c.kind) {
    case "numeric":
      return v1.ColumnSpec.create({ name, numeric: numericSpec(c, c.column) });
    case "product":
      return v1.ColumnSpec.create({ name, product: v1.ProductSpec.create({ fields: c.columns, number: numericSpec(c, "") }) });
    case "bucketized":
      return v1.ColumnSpec.create({
        name,
        bucketized: v1.BucketizedSpec.create({ field: c.column, boundaries: c.boundaries ?? [], quantiles: c.quantiles ?? 0, ofNonZero: c.of === "nonZero" }),
      });
    case "vocabulary":
    case "history":
      return v1.ColumnSpec.create({
        name,
        vocabulary: v1.VocabularySpec.create({
          maxSize: c.maxSize ?? 0,
          minCount: c.minCount,
          outOfVocabulary: c.outOfVocabulary,
          values: c.file === undefined ? (c.values ?? []) : readVocabularyFile(c.file, directory, name),
          ...readsOf(name, c),
        }),
      });
    case "identity":
      return v1.ColumnSpec.create({
        name,
        identity: v1.IdentitySpec.create({ size: c.size, defaultValue: c.default ?? null, ...readsOf(name, c) }),
      });
    case "hashed":
      return v1.ColumnSpec.create({ name, hashed: v1.HashedSpec.create({ buckets: c.buckets, salt: c.salt, ...readsOf(name, c) }) });
    case "crossed":
      return v1.ColumnSpec.create({
        name,
        crossed: v1.CrossedSpec.create({
          inputs: c.columns,
          buckets: c.buckets ?? 0,
          salt: c.salt,
          ...(c.vocabulary === undefined ? {} : { vocabulary: v1.CrossVocabulary.create({ ...c.vocabulary, maxSize: c.vocabulary.maxSize ?? 0 }) }),
        }),
      });
  }
}

/** The field of a column, and how its text holds several values. */
function readsOf(name: string, c: Extract<ColumnConfig, { kind: "vocabulary" | "history" | "identity" | "hashed" }>): { field: string; items?: v1.ItemsSpec } {
  const history = historyField(name, c);
  if (history !== null) return history;
  return c.kind === "history" ? { field: name } : { field: c.column, ...itemsSpec(c) };
}
