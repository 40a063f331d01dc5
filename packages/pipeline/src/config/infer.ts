import { readTexts, type SourceFormat, type Spool } from "@crossbill/ingest";
import { bringsFeatures, FEATURES_FIELD } from "./brought-fields.js";
import { type CompiledConfig, sourceFiles, trainingFormat } from "./compile.js";
import { isList } from "./is-list.js";
import type { LoadedConfig } from "./load.js";
import { embeddedNames, withEmbeddedFields } from "./network-columns.js";
import { PLAIN_VOCABULARY } from "./plain-vocabulary.js";
import type { ColumnConfig } from "./schema.js";

/** Rows that the choice of columns looks at; of formats of one row a line, at most those in so many bytes. */
const SAMPLE_ROWS = 10_000;
const SAMPLE_BYTES = 4 * 2 ** 20;
/** Formats of one row a line, of which the beginning of a file is enough. */
const LINES: ReadonlySet<string> = new Set(["jsonl", "libsvm", "vw"]);
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/**
 * The columns of a configuration; where it names none, every field of the data but label, weight, key and the split's is one: numbers
 * standardized, texts as vocabularies, lists of formats that have them as vocabularies of their items. A field with an embedding is a vocabulary, whatever it holds. Where it names columns, vocabularies and hashes that do not say
 * `split` have `split: "list"` if their field holds lists. The choice looks at the first rows of the first training file, and is told through `notice`.
 */
export async function chooseColumns(
  loaded: LoadedConfig,
  notice: (text: string) => void,
  files: CompiledConfig["files"] = sourceFiles(loaded),
  spool?: Spool,
): Promise<Record<string, ColumnConfig>> {
  const { config } = loaded;
  const format = trainingFormat(config, files);
  const look = (): Promise<Map<string, FieldKind>> => {
    const first = files.train[0] ?? "";
    if (spool === undefined) return fieldKinds(first, format);
    return spool.naming(async () =>
      fieldKinds(LINES.has(format.format) ? await spool.beginning(first, SAMPLE_BYTES) : (await spool.plain([first]))[0]!, format),
    );
  };
  if (config.columns !== undefined) {
    const given = withEmbeddedFields(config.columns, config);
    return isDelimited(format) ? given : withLists(given, look, notice);
  }
  if (bringsFeatures(format.format)) {
    notice(`columns: none are configured, so the features that ${format.format} brings are one: ${FEATURES_FIELD} (vocabulary, split "list")`);
    return { [FEATURES_FIELD]: { ...PLAIN_VOCABULARY, column: FEATURES_FIELD, split: "list" } };
  }
  const kinds = await look();
  const apart = new Set([
    ...[config.data.label].flat(),
    config.data.weight,
    config.data.key,
    config.data.split !== undefined && "column" in config.data.split ? config.data.split.column : undefined,
  ]);
  const embedded = embeddedNames(config);
  const chosen = new Map<string, ColumnConfig>();
  for (const [field, kind] of kinds) {
    if (apart.has(field) && !embedded.has(field)) continue;
    if (kind === "number" && !embedded.has(field)) chosen.set(field, { kind: "numeric", column: field, scale: "standardize", missing: "indicator" });
    else chosen.set(field, { ...PLAIN_VOCABULARY, column: field, ...(kind === "list" ? { split: "list" } : {}) });
  }
  const told = [...chosen].map(([field, c]) => `${field} (${c.kind}${"split" in c && c.split === "list" ? ', split "list"' : ""})`);
  notice(`columns: none are configured, so every field is one: ${told.join(", ")}`);
  return Object.fromEntries(chosen);
}

type Columns = Record<string, ColumnConfig>;

/** The columns, with `split: "list"` where vocabularies and hashes read lists and do not say how a text holds several values. */
async function withLists(columns: Columns, look: () => Promise<Map<string, FieldKind>>, notice: (text: string) => void): Promise<Columns> {
  const open = Object.entries(columns).filter(
    ([, column]) => (column.kind === "vocabulary" || column.kind === "hashed") && column.split === undefined && column.history === undefined,
  );
  if (open.length === 0) return columns;
  const kinds = await look();
  const lists = new Set(open.filter(([, column]) => "column" in column && kinds.get(column.column) === "list").map(([name]) => name));
  if (lists.size === 0) return columns;
  notice(`columns: ${[...lists].join(", ")}: the field holds lists, so split "list" is used; say split to have it otherwise`);
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, lists.has(name) ? ({ ...column, split: "list" } as ColumnConfig) : column]));
}

class Enough extends Error {}

type FieldKind = "number" | "list" | "text";

function isDelimited({ format }: SourceFormat): boolean {
  return format === "csv" || format === "tsv";
}

/** By field, in file order: what every value seen is. */
async function fieldKinds(file: string, format: SourceFormat): Promise<Map<string, FieldKind>> {
  const missing = new Set(format.csv.missing);
  const lists = !isDelimited(format);
  let fields: readonly string[] = [];
  const kinds: (FieldKind | undefined)[] = [];
  let seen = 0;
  try {
    await readTexts(file, format, {
      beginning: SAMPLE_BYTES,
      wanted: (all) => {
        fields = all;
        return all.map((_, field) => field);
      },
      take: (batch) => {
        for (let row = 0; row < batch.rows; row++) {
          if (batch.problem(row) !== null) continue;
          for (let field = 0; field < fields.length; field++) {
            if (kinds[field] === "text") continue;
            const text = batch.text(field, row);
            if (text === null || missing.has(text)) continue;
            const kind = NUMBER.test(text) ? "number" : lists && isList(text) ? "list" : "text";
            kinds[field] = kinds[field] === undefined || kinds[field] === kind ? kind : "text";
          }
          if (++seen >= SAMPLE_ROWS) throw new Enough();
        }
      },
    });
  } catch (thrown) {
    if (!(thrown instanceof Enough)) throw thrown;
  }
  return new Map(fields.map((name, field) => [name, kinds[field] ?? "text"]));
}
