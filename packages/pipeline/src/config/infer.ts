import { readTexts, type SourceFormat, type Spool } from "@crossbill/ingest";
import { bringsFeatures, FEATURES_FIELD } from "./brought-fields.js";
import { type CompiledConfig, sourceFiles, trainingFormat } from "./compile.js";
import { isList } from "./is-list.js";
import type { LoadedConfig } from "./load.js";
import type { ColumnConfig } from "./schema.js";

/** Rows that the choice of columns looks at. */
const SAMPLE_ROWS = 10_000;
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

const VOCABULARY = { kind: "vocabulary", minCount: 1, outOfVocabulary: 1, weighted: false, occurrences: "count" } as const;

/**
 * The columns of a configuration; where it names none, every field of the data but label, weight, key and the split's is one: numbers
 * standardized, texts as vocabularies, lists of formats that have them as vocabularies of their items. The choice looks at the first rows of the first training file, and is told through `notice`.
 */
export async function chooseColumns(
  loaded: LoadedConfig,
  notice: (text: string) => void,
  files: CompiledConfig["files"] = sourceFiles(loaded),
  spool?: Spool,
): Promise<Record<string, ColumnConfig>> {
  const { config } = loaded;
  if (config.columns !== undefined) return config.columns;
  const format = trainingFormat(config, files);
  if (bringsFeatures(format.format)) {
    notice(`columns: none are configured, so the features that ${format.format} brings are one: ${FEATURES_FIELD} (vocabulary, split "list")`);
    return { [FEATURES_FIELD]: { ...VOCABULARY, column: FEATURES_FIELD, split: "list" } };
  }
  const first = files.train[0] ?? "";
  const kinds = await (spool === undefined ? fieldKinds(first, format) : spool.naming(async () => fieldKinds((await spool.plain([first]))[0]!, format)));
  const apart = new Set([
    config.data.label,
    config.data.weight,
    config.data.key,
    config.data.split !== undefined && "column" in config.data.split ? config.data.split.column : undefined,
  ]);
  const chosen = new Map<string, ColumnConfig>();
  for (const [field, kind] of kinds) {
    if (apart.has(field)) continue;
    if (kind === "number") chosen.set(field, { kind: "numeric", column: field, scale: "standardize", missing: "indicator" });
    else chosen.set(field, { ...VOCABULARY, column: field, ...(kind === "list" ? { split: "list" } : {}) });
  }
  const told = [...chosen].map(([field, c]) => `${field} (${c.kind}${"split" in c && c.split === "list" ? ', split "list"' : ""})`);
  notice(`columns: none are configured, so every field is one: ${told.join(", ")}`);
  return Object.fromEntries(chosen);
}

class Enough extends Error {}

type FieldKind = "number" | "list" | "text";

/** By field, in file order: what every value seen is. */
async function fieldKinds(file: string, format: SourceFormat): Promise<Map<string, FieldKind>> {
  const missing = new Set(format.csv.missing);
  const lists = format.format !== "csv" && format.format !== "tsv";
  let fields: readonly string[] = [];
  const kinds: (FieldKind | undefined)[] = [];
  let seen = 0;
  try {
    await readTexts(file, format, {
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
