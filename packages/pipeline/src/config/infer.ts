import { readTexts, type SourceFormat } from "@crossbill/ingest";
import { sourceFiles, trainingFormat } from "./compile.js";
import type { LoadedConfig } from "./load.js";
import type { ColumnConfig } from "./schema.js";

/** Rows that the choice of columns looks at. */
const SAMPLE_ROWS = 10_000;
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/**
 * The columns of a configuration; where it names none, every field of the data but label, weight, key and the split's is one: numbers
 * standardized, texts as vocabularies. The choice looks at the first rows of the first training file, and is told through `notice`.
 */
export async function chooseColumns(loaded: LoadedConfig, notice: (text: string) => void): Promise<Record<string, ColumnConfig>> {
  const { config } = loaded;
  if (config.columns !== undefined) return config.columns;
  const files = sourceFiles(loaded);
  const numeric = await numericFields(files.train[0] ?? "", trainingFormat(config, files));
  const apart = new Set([
    config.data.label,
    config.data.weight,
    config.data.key,
    config.data.split !== undefined && "column" in config.data.split ? config.data.split.column : undefined,
  ]);
  const chosen = new Map<string, ColumnConfig>();
  for (const [field, isNumber] of numeric) {
    if (apart.has(field)) continue;
    chosen.set(
      field,
      isNumber
        ? { kind: "numeric", column: field, scale: "standardize", missing: "indicator" }
        : { kind: "vocabulary", column: field, minCount: 1, outOfVocabulary: 1, weighted: false, occurrences: "count" },
    );
  }
  notice(`columns: none are configured, so every field is one: ${[...chosen].map(([field, c]) => `${field} (${c.kind})`).join(", ")}`);
  return Object.fromEntries(chosen);
}

class Enough extends Error {}

/** By field, in file order: whether every value seen is a number (and there is one). */
async function numericFields(file: string, format: SourceFormat): Promise<Map<string, boolean>> {
  const missing = new Set(format.csv.missing);
  let fields: readonly string[] = [];
  const values: number[] = [];
  const texts: number[] = [];
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
            const text = batch.text(field, row);
            if (text === null || missing.has(text)) continue;
            const column = NUMBER.test(text) ? values : texts;
            column[field] = (column[field] ?? 0) + 1;
          }
          if (++seen >= SAMPLE_ROWS) throw new Enough();
        }
      },
    });
  } catch (thrown) {
    if (!(thrown instanceof Enough)) throw thrown;
  }
  return new Map(fields.map((name, field) => [name, (texts[field] ?? 0) === 0 && (values[field] ?? 0) > 0]));
}
