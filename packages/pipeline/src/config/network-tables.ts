import type { Columns, Tower } from "./network-columns.js";
import type { EmbeddingConfig } from "./network-schema.js";
import type { ColumnConfig } from "./schema.js";

const OPTIONS = ["dimension", "initializer", "l2", "maxNorm", "trainable", "from"] as const;
type Options = { -readonly [K in (typeof OPTIONS)[number]]?: NonNullable<EmbeddingConfig[K]> };

/** The vectors of one or several columns, with what their embeddings say of them together. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly options: Readonly<Options>;
}

/** The tables of the towers, in order of first use, and what is wrong with them. */
export function tablesOf(towers: readonly Tower[], columns: Columns): { readonly tables: Table[]; readonly problems: string[] } {
  const tables = new Map<string, { columns: string[]; options: Options }>();
  const problems: string[] = [];
  for (const { field, inputs } of towers)
    for (const [i, input] of inputs.entries()) {
      if (typeof input === "string") continue;
      const at = `model.${field}.${i}`;
      const name = tableName(input);
      const table = tables.get(name);
      if (table === undefined) {
        tables.set(name, { columns: [input.column], options: given(input) });
        continue;
      }
      for (const option of OPTIONS) {
        const [was, now] = [table.options[option], input[option]];
        if (was !== undefined && now !== undefined && JSON.stringify(was) !== JSON.stringify(now))
          problems.push(
            `${at}.${option}: is ${JSON.stringify(now)}, and ${JSON.stringify(was)} of another embedding of the table "${name}"; say it once, or give this one a table of its own`,
          );
      }
      table.options = { ...given(input), ...table.options };
      if (table.columns.includes(input.column)) continue;
      const why = difference(columns, table.columns[0]!, input.column);
      if (why !== null) problems.push(`${at}.table: "${name}" is of "${table.columns[0]!}", too, and ${why}`);
      table.columns.push(input.column);
    }
  for (const [name, { options }] of tables)
    if (options.trainable === false && options.from === undefined)
      problems.push(
        `model: the embedding of "${name}" is not trainable, and without from its vectors stay as they were drawn; leave trainable out, or give from`,
      );
  return { tables: [...tables].map(([name, table]) => ({ name, ...table })), problems };
}

export function tableName({ table, column }: EmbeddingConfig): string {
  return table ?? column;
}

function given(input: EmbeddingConfig): Options {
  return Object.fromEntries(OPTIONS.flatMap((option) => (input[option] === undefined ? [] : [[option, input[option]]])));
}

/** Why an id of one column means another value than the same id of the other; null: it does not. */
function difference(columns: Columns, a: string, b: string): string | null {
  const [one, other] = [columns[a], columns[b]];
  if (one === undefined || other === undefined) return null; // told as columns that are not there
  const [was, now] = [idsOf(one), idsOf(other)];
  if (was !== null && was === now) return null;
  return was === null || now === null
    ? `the ids of ${[...(was === null ? [a] : []), ...(now === null ? [b] : [])].map((name) => `"${name}"`).join(" and ")} are fitted for that column alone: give both the same values (or file), or hash both into as many buckets with the same salt`
    : "their ids mean different values: give both the same values, size, or buckets and salt";
}

/** What tells which value an id stands for, the same for every column in which it does; null: the column's own fit. */
function idsOf(column: ColumnConfig): string | null {
  switch (column.kind) {
    case "vocabulary":
    case "history": {
      const { values, file, maxSize, minCount, outOfVocabulary } = column;
      return values === undefined && file === undefined ? null : JSON.stringify(["values", values, file, maxSize, minCount, outOfVocabulary]);
    }
    case "identity":
      return JSON.stringify(["identity", column.size, column.default]);
    case "hashed":
      return JSON.stringify(["hashed", column.buckets, column.salt]);
    case "bucketized":
      return column.boundaries === undefined ? null : JSON.stringify(["buckets", column.boundaries]);
    default:
      return null;
  }
}
