import type { DetectedDialect, FormatName } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { broughtFields } from "../config/brought-fields.js";
import { fieldNames } from "../config/detected.js";
import { type FieldProfile, profileField } from "./field-profile.js";
import { guessGroup, guessKey, guessTime, type RoleGuess } from "./guess-keys.js";
import { guessLabel, type LabelGuess, namedLabel } from "./guess-label.js";
import { missingTexts } from "./missing-texts.js";
import { type ColumnProposal, type LeftOut, proposeColumn } from "./propose-column.js";
import type { Sample } from "./sample.js";
import { shown } from "./source-text.js";
import { tellsLabel } from "./tells-label.js";

/** Everything that goes into a first configuration, with reasons. */
export interface InitPlan {
  /** As the configuration names it. */
  readonly file: string;
  readonly format: FormatName;
  /** Of the file, and of the sample. */
  readonly rows: number;
  readonly sampled: number;
  /** What differs from the defaults; empty for other formats than delimited text. */
  readonly csv: CsvPlan;
  readonly label: LabelGuess;
  readonly key: RoleGuess | null;
  readonly time: RoleGuess | null;
  /** Whose rows are split together. */
  readonly group: RoleGuess | null;
  readonly columns: readonly ColumnProposal[];
  readonly leftOut: readonly LeftOut[];
  readonly slices: readonly string[];
  /** null: the exact optimum, of a regression and of several classes. */
  readonly train: { readonly epochs: number; readonly batchSize: number } | null;
}

export interface CsvPlan {
  readonly delimiter?: string;
  readonly header?: false;
  readonly names?: readonly string[];
  readonly quote?: string | null;
  readonly escape?: string;
  readonly comment?: string;
  readonly trim?: true;
  readonly missing?: readonly string[];
}

export interface InitChoices {
  readonly file: string;
  readonly format: FormatName;
  /** Of delimited text; null for other formats. */
  readonly dialect: DetectedDialect | null;
  /** What the command line says instead of a guess. */
  readonly label?: string;
  readonly positive?: string;
}

/** Values of a field that is sliced on. */
const SLICE_VALUES = 20;
const MOST_SLICES = 2;

/**
 * Decides what a first configuration says. Depends on the sample and the choices alone.
 * @throws E_NO_ROWS without any row; E_INIT_LABEL (exit code 2) where no label is found, or the one that is named cannot be one
 */
export function planInit(sample: Sample, choices: InitChoices): InitPlan {
  if (sample.rows === 0)
    throw new CrossbillError("E_NO_ROWS", `${choices.file}: no rows that could be read (${sample.flawed} could not)`, {
      exitCode: 2,
      details: { path: choices.file },
    });
  const missing = missingTexts(sample);
  const texts = new Set(missing);
  const profiles = sample.fields.map((field, i) => profileField(field, sample.texts[i]!, texts));
  const label = chooseLabel(profiles, choices);
  const brought = broughtFields(choices.format);
  const others = profiles.filter((profile) => profile.name !== label.field && !brought.includes(profile.name));
  const key = guessKey(others);
  const group = guessGroup(
    others.filter(({ name }) => name !== key?.field),
    sample.rows,
  );
  const proposals = others.map((profile) => proposeColumn(profile, sample.rows, group?.field));
  const columns = proposals.filter((one): one is ColumnProposal => "kind" in one);
  const leftOut = proposals.filter((one): one is LeftOut => !("kind" in one));
  if (columns.length === 0)
    throw new CrossbillError(
      "E_INIT_COLUMNS",
      `${choices.file}: no field beside the label ${shown(label.field)} can be learned from: ${leftOut.map(({ field, why }) => `${shown(field)} ${why}`).join("; ") || "there is none"}`,
      { exitCode: 2, details: { path: choices.file } },
    );
  return {
    file: choices.file,
    format: choices.format,
    rows: sample.rows,
    sampled: sample.texts[0]?.length ?? 0,
    csv: { ...dialectPlan(choices), ...(missing.length > 1 ? { missing } : {}) },
    label,
    key,
    time: guessTime(others),
    group,
    columns: withSafeNames(withDoubts(columns, profiles, label, (field) => valuesOf(sample, field, texts))),
    leftOut,
    slices: columns
      .filter(
        ({ kind, field, options }) =>
          kind === "vocabulary" && options["split"] === undefined && (profiles.find(({ name }) => name === field)?.distinct ?? 0) <= SLICE_VALUES,
      )
      .slice(0, MOST_SLICES)
      .map(({ field }) => field),
    train: trainPlan(label, sample.rows),
  };
}

function chooseLabel(profiles: readonly FieldProfile[], { file, label: named, positive }: InitChoices): LabelGuess {
  const refuse = (why: string): CrossbillError =>
    new CrossbillError("E_INIT_LABEL", `${file}: ${why}`, { exitCode: 2, details: { path: file, fields: profiles.map(({ name }) => name) } });
  const all = (of: readonly FieldProfile[]): string =>
    of
      .slice(0, 40)
      .map(({ name }) => shown(name))
      .join(", ") + (of.length > 40 ? ` and ${of.length - 40} more` : "");
  if (named === undefined) {
    const guess = guessLabel(profiles);
    if (guess === null) {
      const pairs = profiles.filter(({ distinct }) => distinct === 2);
      throw refuse(
        `no field looks like a label; name it with --label <field> (and, to tell one of its values from all others, --positive <text>). ${pairs.length > 0 ? `Two values have ${all(pairs)}` : `There are ${all(profiles)}`}`,
      );
    }
    return positive === undefined ? guess : { ...guess, head: "logistic", positive, whyPositive: "named by --positive" };
  }
  const profile = profiles.find(({ name }) => name === named);
  if (profile === undefined) throw refuse(`has no field ${shown(named)}, which --label names; there are ${all(profiles)}`);
  const guess = namedLabel(profile, positive);
  if (guess !== null) return guess;
  if (profile.distinct < 2) throw refuse(`the field ${shown(named)}, which --label names, has ${profile.distinct === 0 ? "no value" : "one value only"}`);
  throw refuse(
    `the field ${shown(named)}, which --label names, has ${profile.distinct} values, too many or too rare for classes, and is no number; name the positive one with --positive <text>${profile.counts.length > 0 ? `: ${profile.counts.map(([text]) => shown(text)).join(", ")}` : ""}`,
  );
}

function dialectPlan({ format, dialect }: InitChoices): CsvPlan {
  if (dialect === null) return {};
  return {
    ...(dialect.delimiter === (format === "tsv" ? "\t" : ",") ? {} : { delimiter: dialect.delimiter }),
    ...(dialect.header ? {} : { header: false, names: fieldNames(dialect) }),
    ...(dialect.quote === '"' ? {} : { quote: dialect.quote }),
    ...(dialect.escape === null ? {} : { escape: dialect.escape }),
    ...(dialect.comment === null ? {} : { comment: dialect.comment }),
    ...(dialect.trim ? { trim: true } : {}),
  };
}

/** The sampled texts of a field, null for what means "no value". */
function valuesOf({ fields, texts }: Sample, field: string, missing: ReadonlySet<string>): (string | null)[] {
  return texts[fields.indexOf(field)]!.map((text) => (text === null || missing.has(text) ? null : text));
}

/** Says it of columns that tell the label suspiciously well. */
function withDoubts(
  columns: readonly ColumnProposal[],
  profiles: readonly FieldProfile[],
  { field: label, positive }: LabelGuess,
  valuesOfField: (field: string) => (string | null)[],
): readonly ColumnProposal[] {
  if (positive === null) return columns;
  const labels = valuesOfField(label).map((text) => text === positive);
  return columns.map((column) => {
    const profile = profiles.find(({ name }) => name === column.field)!;
    const tells = tellsLabel(profile, valuesOfField(column.field), labels);
    return tells ? { ...column, why: `${column.why}. CHECK: alone it tells the label almost surely; is it known before the label is?` } : column;
  });
}

/** `__proto__` cannot be the name of an entry: another one that is free stands for it. */
function withSafeNames(columns: readonly ColumnProposal[]): ColumnProposal[] {
  const names = new Set(columns.map(({ name }) => name));
  return columns.map((column) => {
    let name = column.name;
    if (name === "__proto__") for (name = "proto"; names.has(name); ) name += "_";
    return { ...column, name };
  });
}

/** Small data go round more often. */
function trainPlan({ head }: LabelGuess, rows: number): InitPlan["train"] {
  if (head !== "logistic") return null;
  return rows < 50_000 ? { epochs: 20, batchSize: 256 } : { epochs: 5, batchSize: 1024 };
}
